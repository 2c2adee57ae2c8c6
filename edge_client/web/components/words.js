/** The labels of carousels and of `<nearside-why>`, built in. */

// @ts-ignore -- made by the build from words/*.json
import words from "nearside-components-words";

/**
 * @param {string} lang
 * @returns {Record<string, string>} in this language, or else in English
 */
export function stringsFor(lang) {
  return words[lang] ?? words.en;
}
