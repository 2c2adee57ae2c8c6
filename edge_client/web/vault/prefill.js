/** `<nearside-prefill for="form">`: what was kept before is offered, with where from, and filled in only when asked for. */

import { button, element } from "../markup.js";
import { dayWords } from "../reminders/saying.js";
import { fieldsOf, fill, labelOf, wordsFor } from "./fields.js";
import { showReview } from "./review.js";
import { offers, without } from "./vault.js";

/** @typedef {import("./fields.js").Field} Field */
/** @typedef {import("./vault.js").Entry} Entry */
/** @typedef {Field & {entry: Entry, words: string}} Offer */

/**
 * @typedef {object} Collaborators
 * @property {import("./sealing.js").Safe} safe
 * @property {string} lang
 * @property {import("../words.js").Strings} strings
 * @property {() => number} today
 * @property {WeakSet<import("./fields.js").Control>} listed fields in whose place a list to check stands
 */

/**
 * @param {HTMLElement} place
 * @param {HTMLFormElement} form
 * @param {Collaborators} with_
 */
export async function showPrefill(place, form, with_) {
  const { safe, lang, strings, today, listed } = with_;
  const name = form.dataset.nearsideForm ?? "";
  const kept = await safe.open(today());
  const found = offersFor(fieldsOf(form, listed), { name, kept, today: today() });
  if (found.length === 0 || place.contains(document.activeElement)) {
    return; // the server's own words stay
  }
  const own = found.every(({ entry }) => entry.form === name);
  const again = place.hasAttribute("review") && own;
  const heading = element("h2", strings[again ? "again-title" : "offer-title"], "nearside-remind-heading");
  const use = button(strings[again ? "again-use" : "use"], "nearside-button");
  use.addEventListener("click", () => {
    // Meanwhile somebody may have typed, and the page may have changed its form.
    const fits = new Map(fieldsOf(form, listed).map(({ key, control }) => [control, key]));
    const filled = found.filter(({ key, control }) => fits.get(control) === key && control.value === "");
    for (const { control, entry } of filled) {
      fill(control, entry.value, sourceOf(entry));
    }
    const checked = again ? showReview(form, filled, with_) : null;
    const said = filled.length === 0 ? "not-used" : checked ? "review" : "filled";
    note(strings[said].replace("{count}", String(filled.length)), checked);
  });
  const not = button(strings["not-now"], "nearside-button nearside-button-plain");
  not.addEventListener("click", () => note(strings["not-used"]));
  const forget = button(strings.forget, "nearside-link");
  forget.addEventListener("click", async () => {
    const from = [...new Set(found.map(({ entry }) => entry.form))];
    const done = await safe.change(today(), (entries) => from.reduce(without, entries));
    note(strings[done ? "forgotten" : "not-forgotten"]);
  });
  const list = document.createElement("dl");
  list.className = "nearside-prefill-list";
  for (const { control, entry, words } of found) {
    const row = document.createElement("div");
    const value = element("dd", "");
    value.append(element("bdi", words), element("span", sourceOf(entry), "nearside-hint"));
    row.append(element("dt", labelOf(control)), value);
    list.append(row);
  }
  const actions = element("div", "", "nearside-flow-actions");
  actions.append(use, not, forget);
  place.dataset.offered = "";
  place.replaceChildren(heading, element("p", strings["offer-what"]), list, actions);

  /** @param {Entry} entry */
  function sourceOf({ title, on }) {
    return strings.source.replace("{form}", title).replace("{day}", dayWords(on, lang));
  }

  /** @param {string} text what was done; @param {HTMLElement | null} [focus] */
  function note(text, focus) {
    const noted = element("p", text, "nearside-noted");
    noted.setAttribute("role", "status");
    noted.tabIndex = -1;
    delete place.dataset.offered;
    place.replaceChildren(noted);
    (focus ?? noted).focus();
  }
}

/**
 * @param {Field[]} all of the form
 * @param {{name: string, kept: Entry[], today: number}} form its type, and what could be offered
 * @returns {Offer[]} for fields that are still empty, and can take the answer
 */
function offersFor(all, { name, kept, today }) {
  const fields = all.filter(({ control }) => control.value === "");
  const keys = fields.map(({ key }) => key);
  return offers(kept, name, keys, today).flatMap((entry) => {
    const field = /** @type {Field} */ (fields.find(({ key }) => key === entry.key));
    const words = wordsFor(field.control, entry.value);
    return words === null ? [] : [{ ...field, entry, words }];
  });
}
