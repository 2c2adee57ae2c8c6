/**
 * What is found in a site's index by the words that were typed. The index came whole: what is looked for in it is asked of
 * nobody. How telling a word is, is a matter of the index alone, the same for everyone.
 */

import MiniSearch from "minisearch";
import { oneForm } from "../signals/words.js";

/**
 * @typedef {{id: string, title: string, summary: string, topic: string, words: string}} Page
 * @typedef {{v: number, lang: string, pages: Page[]}} Index `docs/formats/search.md`
 * @typedef {Page & {score: number, exact: boolean}} Found
 */

const FIELDS = ["title", "summary", "topic", "words"];
/** A title says what a page is for; a word somewhere on it says little. */
const BOOST = { title: 4, summary: 2, topic: 2, words: 1 };
const LONGEST = 200;
/** From so many letters on a word may be unfinished, or misspelt in a letter of five. */
const SHORTEST_PART = 4;
const MISSPELT = 0.2;
const MOST = 50;

/**
 * @param {string} term
 * @returns {string} one form of a word: without case, accents and vowel marks, plural and Arabic article
 */
export function formOf(term) {
  const plain = term.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  return oneForm([...plain]).join("");
}

/**
 * @param {Index} index
 * @returns {(query: string) => Found[]} what has all of the words, or else any of them, best first; a page that is called what
 *   was typed is the first
 */
export function openIndex({ pages }) {
  const search = new MiniSearch({ fields: FIELDS, processTerm: (term) => formOf(term) || null });
  search.addAll(pages);
  const byId = new Map(pages.map((page) => [page.id, page]));
  const options = {
    boost: BOOST,
    prefix: (/** @type {string} */ term) => term.length >= SHORTEST_PART,
    fuzzy: (/** @type {string} */ term) => (term.length > SHORTEST_PART ? MISSPELT : false),
  };
  return (query) => {
    const typed = query.slice(0, LONGEST);
    const all = search.search(typed, { ...options, combineWith: "AND" });
    const found = all.length > 0 ? all : search.search(typed, options);
    const called = formsOf(typed);
    const results = found.map(({ id, score }) => {
      const page = /** @type {Page} */ (byId.get(id));
      return { ...page, score, exact: formsOf(page.title) === called };
    });
    const first = results.filter(({ exact }) => exact);
    return [...first, ...results.filter(({ exact }) => !exact)].slice(0, MOST);
  };
}

/** @param {string} text */
function formsOf(text) {
  return (text.match(/[\p{L}\p{M}\p{N}]+/gu) ?? []).map(formOf).join(" ");
}
