/** The words on the page: the agency's notice, and our own labels, built in so that nothing is fetched to ask. */

// @ts-ignore -- made by the build from the agency's notices
import notices from "nearside-notices";
// @ts-ignore -- made by the build from words/*.json: what the loader shows, as lines, in each language those of the same names
import words from "nearside-page-words";

/**
 * @typedef {object} Notice what the citizen reads before choosing; its hash goes into the consent record
 * @property {number} version
 * @property {string} lang
 * @property {string} heading
 * @property {string[]} body
 * @property {Asked[]} purposes
 * @property {Asked[]} [later] what no banner asks: asked where it is used (asking.js)
 * @property {string} accept
 * @property {string} reject
 * @property {string} settings
 * @property {string} href address of the preferences page
 * @property {string} accepted
 * @property {string} rejected
 * @property {string} hide
 */

/** @typedef {{purpose: string, title: string, text: string}} Asked */

/** @typedef {Record<string, string>} Strings */

/**
 * @param {string} lang
 * @returns {Notice} in this language, or else the agency's first
 */
export function noticeFor(lang) {
  const all = /** @type {Notice[]} */ (notices);
  return all.find((notice) => notice.lang === lang) ?? all[0];
}

/**
 * @param {string} lang
 * @returns {Strings} our labels in this language, or else in English
 */
export function stringsFor(lang) {
  const all = /** @type {Record<string, string>} */ (words);
  const texts = (all[lang] ?? all.en).split("\n");
  return Object.fromEntries(all.names.split("\n").map((name, place) => [name, texts[place]]));
}
