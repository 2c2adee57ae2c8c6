/** The agency's words, built into the loader so that the first frame can ask without fetching anything. */

// @ts-ignore -- made by the build from the agency's notices; its shape is Notice[]
import notices from "nearside:notices";

/**
 * @typedef {object} Notice
 * @property {number} version
 * @property {string} lang
 * @property {string} heading
 * @property {string[]} body
 * @property {{purpose: string, title: string, text: string}[]} purposes
 * @property {string} accept
 * @property {string} reject
 * @property {string} settings
 * @property {string} href address of the preferences page
 * @property {string} accepted
 * @property {string} rejected
 * @property {string} hide
 * @property {Record<string, string>} strings
 */

/**
 * @param {string} lang
 * @returns {Notice} in this language, or else the agency's first
 */
export function wordsFor(lang) {
  const all = /** @type {Notice[]} */ (notices);
  return all.find((notice) => notice.lang === lang) ?? all[0];
}
