/** The twin of `edge_client/signals/words.py`: what was typed is scrubbed here, before a word reaches the worker. */

const SHORTEST = 3;
const LONGEST = 30;
const LONGEST_QUERY = 200;
const ARTICLE = "ال";
// What Python takes for space, too.
const SPACE = /[\s\u001c-\u001f\u0085]+/u;

/**
 * @param {string} text
 * @returns {string[]} the different words of it, each in one form; of what has a digit or an `@` in it nothing
 */
export function wordsOf(text) {
  /** @type {Set<string>} */
  const found = new Set();
  for (const piece of [...text].slice(0, LONGEST_QUERY).join("").toLowerCase().split(SPACE)) {
    if (!/[@\p{Nd}]/u.test(piece)) {
      for (const run of piece.match(/\p{L}+/gu) ?? []) {
        const word = oneForm([...run]);
        if (word.length >= SHORTEST && word.length <= LONGEST) {
          found.add(word.join(""));
        }
      }
    }
  }
  return [...found];
}

/**
 * @param {string} query
 * @param {string[]} known
 * @returns {string[]} the words of the query that are known
 */
export function scrubQuery(query, known) {
  return wordsOf(query).filter((word) => known.includes(word));
}

/** @param {string[]} run letters of one word; @returns {string[]} a plural and an Arabic article make no other word */
export function oneForm(run) {
  if (run.slice(0, 2).join("") === ARTICLE && run.length >= 2 + SHORTEST) {
    return run.slice(2);
  }
  const plural = run.length > SHORTEST && run.at(-1) === "s" && run.at(-2) !== "s";
  return plural ? run.slice(0, -1) : run;
}
