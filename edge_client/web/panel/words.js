/** The panel's own labels, in the page's language or in English: the agency's notice may have no words in it. */

// @ts-ignore -- made by the build from words/*.json: what the panel shows
import words from "nearside-panel-words";

const ALL = /** @type {Record<string, import("../words.js").Strings>} */ (words);

/**
 * @param {import("../config.js").Config} config
 * @returns {string} the language that the panel speaks on this page
 */
export function languageFor({ lang }) {
  return Object.hasOwn(ALL, lang) ? lang : "en";
}

/**
 * @param {string} lang that the panel speaks
 * @returns {import("../words.js").Strings}
 */
export function stringsFor(lang) {
  return ALL[lang];
}
