/** What the panel says of choices: the receipt of each, to keep and to check, and what is still on its way. */

import { showChecked, titleOf } from "../checking.js";
import { readConfig } from "../config.js";
import { languageFor, stringsFor } from "./words.js";
import { button, element } from "../markup.js";
import { parseLine } from "../verifier/logkeys.js";
import { printUtf8 } from "../verifier/spelling.js";
import { datesIn } from "../locale.js";

/** @typedef {import("../words.js").Strings} Strings */

/**
 * @typedef {object} ReceiptFacts
 * @property {string} entry
 * @property {string} purpose
 * @property {string} status
 * @property {number} event_at Unix seconds
 * @property {number} index
 * @property {boolean} erased whether the agency has deleted its copy
 * @property {string} receipt the whole receipt, to keep
 */

/**
 * @param {HTMLElement} section
 * @param {{pending: number, receipts: ReceiptFacts[]}} book
 * @param {import("../parts.js").Page} with_
 */
export function showReceipts(section, book, with_) {
  const lang = languageFor(with_.config);
  const strings = stringsFor(lang);
  const parts = [element("h3", strings.receipts)];
  if (book.receipts.length === 0 && book.pending === 0) {
    const refused = with_.choice()?.ever === false;
    parts.push(...(refused ? provable(with_, strings) : [element("p", strings["receipts-none"])]));
  } else {
    parts.push(element("p", strings["receipts-what"]));
  }
  if (book.pending > 0) {
    const pending = element("p", strings["receipts-pending"]);
    pending.setAttribute("role", "status");
    parts.push(pending);
  }
  const when = datesIn(lang, { dateStyle: "long", timeStyle: "short" });
  for (const facts of [...book.receipts].reverse()) {
    const title = titleOf(facts.purpose, lang);
    const terms = document.createElement("dl");
    terms.className = "nearside-receipt";
    for (const [term, value] of [
      [strings["receipt-purpose"], title],
      [strings["receipt-status"], strings[facts.status] ?? facts.status],
      [strings["receipt-when"], when.format(new Date(facts.event_at * 1000))],
      [strings["receipt-index"], String(facts.index)],
      [strings["receipt-entry"], facts.entry],
      [strings["receipt-copy"], strings[facts.erased ? "copy-erased" : "copy-kept"]],
      [strings["receipt-proof"], `✓ ${strings["receipt-checked"]}`],
    ]) {
      const row = document.createElement("div");
      row.append(element("dt", term), element("dd", value));
      terms.append(row);
    }
    const keep = button(strings["receipt-save"], "nearside-link", title);
    keep.addEventListener("click", () => download(`receipt-${facts.entry.slice(0, 12)}.json`, facts.receipt));
    parts.push(terms, keep, ...checkable(facts, title, lang));
  }
  section.toggleAttribute("aria-busy", book.pending > 0);
  section.replaceChildren(...parts);
}

/**
 * A no that stands alone is not sent to anybody, unless the citizen wants to be able to prove it.
 *
 * @param {import("../parts.js").Page} with_
 * @param {Strings} strings
 */
function provable(with_, strings) {
  const log = button(strings["refused-log"], "nearside-button");
  log.addEventListener("click", () => {
    const pending = element("p", strings["receipts-pending"]);
    pending.setAttribute("role", "status");
    pending.tabIndex = -1;
    log.replaceWith(pending);
    pending.focus();
    Object.assign(with_.choice() ?? {}, { ever: true }); // from now on there is something to show
    with_.choose([], []); // the same no again, about nothing else
    with_.send({ type: "profile" });
  });
  return [element("p", strings["refused-what"]), log];
}

/**
 * A receipt can be checked again at any time, on this page and by other code than the worker's.
 *
 * @param {ReceiptFacts} facts
 * @param {string} title
 * @param {string} lang
 */
function checkable(facts, title, lang) {
  const check = button(stringsFor(lang)["receipt-check"], "nearside-link", title);
  const result = document.createElement("div");
  check.addEventListener("click", async () => {
    const trust = () => parseLine(readConfig(document).ledgerKey);
    const shown = await showChecked(printUtf8(facts.receipt, "receipt"), trust, { lang, heading: "h4" });
    result.replaceChildren(shown);
    shown.querySelector("h4")?.focus();
  });
  return [check, result];
}

/**
 * @param {string} name
 * @param {string} text
 */
function download(name, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
