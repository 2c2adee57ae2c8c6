/** Every name under which this browser holds something of ours: what it is, what for, how large, and when it ends. */

import { titleOf } from "../checking.js";
import { datesIn, listsIn, numbersIn } from "../locale.js";
import { element } from "../markup.js";
import { overAt, rowOf } from "./registry.js";

/** @typedef {import("./holdings.js").Holding} Holding */
/** @typedef {import("../words.js").Strings} Strings */

/**
 * @param {HTMLElement} place
 * @param {readonly Holding[]} holdings
 * @param {string} lang
 * @param {Strings} strings
 */
export function showStored(place, holdings, lang, strings) {
  const open = place.querySelector("details")?.open ?? false;
  const fold = /** @type {HTMLDetailsElement} */ (element("details", "", "nearside-details"));
  fold.open = open;
  const list = element("ul", "", "nearside-known-list nearside-stored-list");
  list.append(...holdings.map((holding) => line(holding, lang, strings)));
  const title = strings["stored-count"].replace("{count}", numbersIn(lang).format(holdings.length));
  fold.append(element("summary", title), element("p", strings["stored-what"]), list);
  // Whoever reads the list keeps the place: only what is said of it is put in anew.
  const before = place.querySelector("details");
  if (before) {
    before.replaceChildren(...fold.childNodes);
  } else {
    place.replaceChildren(fold);
  }
}

/**
 * @param {Holding} holding
 * @param {Strings} strings
 * @returns {string} what it is
 */
export function nameOf(holding, strings) {
  return strings[`stored-${rowOf(holding)?.words ?? "unknown"}`];
}

/**
 * @param {Holding} holding
 * @param {string} lang
 * @param {Strings} strings
 */
function line(holding, lang, strings) {
  const row = rowOf(holding);
  const key = element("code", holding.key);
  key.dir = "ltr";
  const named = element("div", `${nameOf(holding, strings)} `);
  named.append(key);
  const purposes = (row?.purposes ?? []).map(
    (purpose) => strings[`for-${purpose}`] ?? titleOf(purpose, lang),
  );
  const facts = [
    listsIn(lang).format(purposes),
    endOf(holding, lang, strings),
    sizeOf(holding, lang, strings),
  ];
  const made = element("li", "");
  made.dataset.where = holding.where;
  made.dataset.key = holding.key;
  made.append(named, element("div", facts.filter(Boolean).join(" · "), "nearside-hint"));
  return made;
}

/**
 * @param {Holding} holding
 * @param {string} lang
 * @param {Strings} strings
 * @returns {string} a day where it can be read off, or else what ends it
 */
function endOf(holding, lang, strings) {
  const over = overAt(holding);
  if (over > 0) {
    // The last day, and not the midnight at which it is over.
    const day = datesIn(lang, { dateStyle: "long" }).format(new Date(over - 1));
    return strings["kept-until"].replace("{until}", day);
  }
  return strings[`ends-${rowOf(holding)?.ends ?? "delete"}`];
}

/**
 * @param {Holding} holding
 * @param {string} lang
 * @param {Strings} strings
 */
function sizeOf({ bytes }, lang, strings) {
  const size = numbersIn(lang, { style: "unit", unit: "byte", unitDisplay: "long" });
  return bytes === null ? strings["stored-key"] : size.format(bytes);
}
