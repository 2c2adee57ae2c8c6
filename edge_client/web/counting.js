/** Sentences that count: words have a form for each of the kinds of number that a language tells apart (CLDR). */

import { numbersIn } from "./locale.js";

/**
 * @param {import("./words.js").Strings} strings with `<name>-one`, `<name>-other` and whatever else the language has
 * @param {string} name
 * @param {number} count
 * @param {string} lang
 * @returns {string}
 */
export function counted(strings, name, count, lang) {
  const form = new Intl.PluralRules(lang).select(count);
  const words = strings[`${name}-${form}`] ?? strings[`${name}-other`]; // Spanish has another one for millions
  return words.replace("{count}", numbersIn(lang).format(count));
}
