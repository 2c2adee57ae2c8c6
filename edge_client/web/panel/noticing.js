/** What this device may notice: a switch for each kind, which counts at once, and a list of what it noticed. */

import { retentionOf, showRetention } from "./retention.js";
import { languageFor, stringsFor } from "./words.js";
import { element } from "../markup.js";
import { datesIn, numbersIn } from "../locale.js";

/**
 * @typedef {[name: string, on: boolean, days: number, kept: number | null]} Switch days: how long it is kept at most; 0 where
 *   no rule needs it; kept: how long at most the citizen lets it be
 * @typedef {[kind: string, about: string, said: string, at_ms: number, bucket: number, mark?: string]} Noticed
 */

/**
 * @param {HTMLElement} place
 * @param {{switches?: Switch[] | null, noticed?: Noticed[]}} known
 * @param {import("../parts.js").Page} with_
 */
export function showNoticing(place, { switches, noticed = [] }, with_) {
  const lang = languageFor(with_.config);
  const strings = stringsFor(lang);
  if (!switches) {
    place.replaceChildren(); // nothing is noticed: nothing was allowed, or the worker is older than this page
    return;
  }
  if (!place.querySelector("fieldset")) {
    place.replaceChildren(
      element("h3", strings.noticing),
      element("p", strings["noticing-what"]),
      switchBoard(switches, lang, with_),
      said(),
      document.createElement("div"),
    );
  }
  const number = numbersIn(lang, { style: "unit", unit: "day", unitDisplay: "long" });
  for (const [name, on, days, kept = null] of switches) {
    const box = /** @type {HTMLInputElement} */ (place.querySelector(`[data-switch="${name}"]`));
    const hint = /** @type {HTMLElement} */ (box.parentElement?.querySelector(".nearside-hint"));
    box.checked = on;
    const chooser = /** @type {HTMLSelectElement} */ (place.querySelector(`[data-retention="${name}"]`));
    if (chooser !== document.activeElement) {
      showRetention(chooser, { days, kept }, { lang, strings });
    }
    hint.textContent =
      name === "context"
        ? strings["noticing-now"]
        : days
          ? strings["noticing-days"].replace("{days}", number.format(days))
          : strings["noticing-none"];
  }
  place.lastElementChild?.replaceChildren(...lines(noticed, lang, strings));
}

/**
 * @param {Switch[]} switches
 * @param {string} lang
 * @param {import("../parts.js").Page} with_
 */
function switchBoard(switches, lang, with_) {
  const strings = stringsFor(lang);
  const board = document.createElement("fieldset");
  board.append(element("legend", strings["noticing-legend"]));
  for (const [name] of switches) {
    const box = document.createElement("input");
    box.type = "checkbox";
    box.id = `nearside-notice-${name}`;
    box.dataset.switch = name;
    box.setAttribute("aria-describedby", `${box.id}-hint`);
    const label = element("label", strings[`noticing-${name}`]);
    label.setAttribute("for", box.id);
    const hint = element("span", "", "nearside-hint");
    hint.id = `${box.id}-hint`;
    box.addEventListener("change", () => {
      with_.send({ type: "noticing", kind: name, on: box.checked });
      const status = /** @type {HTMLElement} */ (board.nextElementSibling);
      const words = strings[box.checked ? "noticing-on" : "noticing-off"];
      status.textContent = words.replace("{what}", strings[`noticing-${name}`]);
    });
    const row = element("div", "", "nearside-switch");
    const chooser = retentionOf(name, { lang, strings }, (days, words) => {
      with_.send({ type: "retention", kind: name, days });
      const status = /** @type {HTMLElement} */ (board.nextElementSibling);
      status.textContent = words;
    });
    row.append(box, label, hint, chooser);
    board.append(row);
  }
  return board;
}

function said() {
  const status = element("p", "", "nearside-saved");
  status.setAttribute("role", "status");
  return status;
}

/**
 * @param {Noticed[]} noticed
 * @param {string} lang
 * @param {import("../words.js").Strings} strings
 * @returns {HTMLElement[]}
 */
function lines(noticed, lang, strings) {
  if (noticed.length === 0) {
    return [];
  }
  const when = datesIn(lang, { dateStyle: "long", timeStyle: "short" });
  const list = document.createElement("ol");
  list.className = "nearside-known-list";
  for (const [kind, , about, at, bucket, mark = ""] of [...noticed].reverse()) {
    const line = document.createElement("li");
    const [of, token] = mark.split(":");
    const name = kind === "read" ? `read-${bucket}` : mark ? `${kind}-${of}` : kind;
    const words = strings[`noticed-${name}`] ?? "{what}";
    line.append(
      element(
        "bdi",
        words
          .replace("{what}", () => (kind === "searched" ? about : apart(about)))
          .replace("{mark}", () => apart(token)),
      ),
      element("span", when.format(new Date(at)), "nearside-hint"),
    );
    list.append(line);
  }
  return [element("h4", strings["noticed-title"]), list];
}

/** @param {string} text; @returns {string} in its own direction of writing: a title may be in another language than the sentence */
function apart(text) {
  return `\u2068${text}\u2069`;
}
