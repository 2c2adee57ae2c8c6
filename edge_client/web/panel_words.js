/** The panel's own labels, in the citizen's language or in English. */

// @ts-ignore -- made by the build from words/*.json: what the panel shows
import words from "nearside-panel-words";

/**
 * @param {string} lang
 * @returns {import("./words.js").Strings}
 */
export function stringsFor(lang) {
  const all = /** @type {Record<string, import("./words.js").Strings>} */ (words);
  return all[lang] ?? all.en;
}
