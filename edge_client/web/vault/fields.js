/** The fields of a form that may be kept, and what is written beside those that were filled in. */

import { element } from "../markup.js";
import { staysHere } from "./destination.js";
import { isSeen } from "./sight.js";
import { fieldKey } from "./tokens.js";

/** @typedef {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement} Control */
/** @typedef {{key: string, control: Control}} Field */

/** Kinds of control whose answers are words: never a password, a file, or something hidden. */
const KINDS = ["text", "email", "tel", "textarea", "select-one"];
const OUT = "[data-nearside-sensitive]";
const NOTE = "nearside-filled-note";
/** What somebody can act on, of whichever form. */
const ASKING = "button, input, select, textarea, [contenteditable]";

/**
 * @param {HTMLFormElement} form
 * @param {WeakSet<Control>} listed whose answers stand in a list to check, in their place (review.js)
 * @returns {Field[]} the first field of each key that somebody sees and may write in; what the agency calls sensitive is
 * none, and a form that goes elsewhere has none
 */
export function fieldsOf(form, listed) {
  const found = new Map();
  for (const control of /** @type {Iterable<Control>} */ (staysHere(form) ? form.elements : [])) {
    if (KINDS.includes(control.type) && !control.closest(OUT) && isOpen(control)) {
      const own = control.dataset.nearsideKeep ?? null;
      const key = fieldKey(control.getAttribute("autocomplete") ?? "", own);
      if (key !== null && !found.has(key) && (listed.has(control) || isSeen(control))) {
        found.set(key, { key, control });
      }
    }
  }
  return [...found.values()];
}

/** @param {Control} control; @returns {boolean} whether somebody may write in it: a disabled fieldset counts */
function isOpen(control) {
  return !control.matches(":disabled") && !("readOnly" in control && control.readOnly);
}

/** @param {Field[]} fields; @returns {Record<string, string>} what stands in them, by key */
export function answersIn(fields) {
  return Object.fromEntries(fields.map(({ key, control }) => [key, control.value.trim()]));
}

/** @param {Control} control; @returns {string} what the page calls it */
export function labelOf(control) {
  return control.labels?.[0]?.textContent?.trim() ?? control.getAttribute("aria-label") ?? "";
}

/**
 * @param {Control} control
 * @param {string} value
 * @returns {string | null} the value in words; null where the field cannot take it
 */
export function wordsFor(control, value) {
  if (!(control instanceof HTMLSelectElement)) {
    return value;
  }
  return [...control.options].find((option) => option.value === value)?.text ?? null;
}

/**
 * Write an answer into its field, as if it had been typed, and say beside it where it is from.
 *
 * @param {Control} control
 * @param {string} value
 * @param {string} note
 */
export function fill(control, value, note) {
  control.value = value;
  control.dispatchEvent(new Event("input", { bubbles: true }));
  control.dispatchEvent(new Event("change", { bubbles: true }));
  const said = element("p", note, NOTE);
  said.id = freeId(`${control.id || "nearside-field"}-filled`);
  // Not into a label: it would become part of the field's name.
  (control.closest("label") ?? control).before(said);
  control.classList.add("nearside-filled");
  const described = (control.getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean);
  control.setAttribute("aria-describedby", [...described, said.id].join(" "));
  // Once it is changed it is the citizen's own answer of today.
  control.addEventListener("input", () => unmark(control, said), { once: true });
}

/** @param {string} wanted; @returns {string} it, or one like it that nothing on the page has */
function freeId(wanted) {
  let id = wanted;
  for (let number = 2; document.getElementById(id); number++) {
    id = `${wanted}-${number}`;
  }
  return id;
}

/** @param {Control} control; @param {HTMLElement} said */
function unmark(control, said) {
  said.remove();
  control.classList.remove("nearside-filled");
  const described = (control.getAttribute("aria-describedby") ?? "").split(" ");
  const rest = described.filter((each) => each !== said.id);
  rest.length > 0
    ? control.setAttribute("aria-describedby", rest.join(" "))
    : control.removeAttribute("aria-describedby");
}

/**
 * @param {Control} control
 * @returns {HTMLElement | null} the field with its label and hint: what the page marks as such, or what holds both; null
 * where that holds another field or a button too
 */
export function groupOf(control) {
  const label = control.labels?.[0] ?? null;
  const marked = /** @type {HTMLElement | null} */ (control.closest("[data-nearside-group]"));
  return [marked, label?.parentElement].find((group) => group && isAloneIn(group, control)) ?? null;
}

/** @param {HTMLElement} group; @param {Control} control; @returns {boolean} whether it is in there, and nothing else is */
function isAloneIn(group, control) {
  const others = [
    .../** @type {HTMLFormElement} */ (control.form).elements,
    ...group.querySelectorAll(ASKING),
  ];
  return (
    group.contains(control) &&
    !group.contains(control.form) &&
    !others.some((other) => group.contains(other) && !other.contains(control))
  );
}
