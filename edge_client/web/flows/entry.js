/** What is typed: one short field with its label, and a day in three of them. */

import { dayNumber } from "./day.js";
import { latin } from "./words.js";
import { element } from "../markup.js";

/**
 * @param {string} id the fields' own begin so
 * @param {import("../words.js").Strings} strings
 * @param {string} given `YYYY-MM-DD`, or nothing
 */
export function dayField(id, strings, given) {
  const [year, month, day] = given.split("-");
  const made = [
    entry(`${id}-0`, strings.day, 2, day),
    entry(`${id}-1`, strings.month, 2, month),
    entry(`${id}-2`, strings.year, 4, year),
  ];
  const row = document.createElement("div");
  row.className = "nearside-flow-date";
  row.append(...made.map(({ part }) => part));
  return {
    row,
    first: made[0].input,
    /** @returns {number} the day; NaN where there is no such day */
    read() {
      const [d, m, y] = made.map(({ input }) => latin(input.value));
      const text = `${y.padStart(4, "0")}-${m.padStart(2, "0")}-${d.padStart(2, "0")}`;
      return y.length === 4 ? dayNumber(text) : NaN;
    },
  };
}

/**
 * @param {string} id
 * @param {string} text
 * @param {number} length
 * @param {string} [value]
 */
export function entry(id, text, length, value = "") {
  const input = document.createElement("input");
  input.id = id;
  input.inputMode = "numeric";
  input.autocomplete = "off";
  input.maxLength = length * 2;
  input.size = length;
  input.value = value;
  const part = document.createElement("div");
  part.append(named(input, text), input);
  return { part, input };
}

/** @param {HTMLElement} control; @param {string} text */
export function named(control, text) {
  const label = element("label", text);
  label.setAttribute("for", control.id);
  return label;
}
