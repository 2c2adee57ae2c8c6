/** What a table says after a history: every product and sum in 32 bits and in the order of `docs/formats/model.md`. */

import { pick } from "./best.js";

/** @typedef {import("./table.js").Table} Table */

const { fround } = Math;
const NOBODY = -1;

/**
 * @param {Table} table
 * @param {Int32Array} recent
 * @param {Float32Array} weights
 * @param {Float32Array} scores one for each page: becomes what all of them score
 */
export function scoreAll(table, recent, weights, scores) {
  const { starts, neighbours, values, scale, popularity, factor } = table;
  scores.set(popularity);
  for (let nth = 0; nth < recent.length; nth += 1) {
    const row = recent[nth];
    const times = fround(scale[row] * weights[nth]);
    for (let at = starts[row]; at < starts[row + 1]; at += 1) {
      // Stored in 32 bits; a sum of two such numbers taken in 64 bits rounds to the same.
      scores[neighbours[at]] += fround(values[at] * times);
    }
  }
  if (factor.length) {
    addRest(table, hide(table, recent, weights, NOBODY), scores);
  }
}

/**
 * @param {Table} table
 * @param {Int32Array} recent
 * @param {Float32Array} weights
 * @param {Int32Array} some pages, each once
 * @returns {Float32Array[]} for each entry of the history what `some` would score by `scoreAll` if it lacked that entry
 */
export function scoreWithout(table, recent, weights, some) {
  const { starts, neighbours, values, scale, pages, popularity, right, factor } = table;
  const places = new Int32Array(pages).fill(NOBODY);
  for (let place = 0; place < some.length; place += 1) {
    places[some[place]] = place;
  }
  const before = pick(popularity, some);
  const theirs = new Float32Array(factor.length * some.length); // the factors of `some`, side by side
  for (let nth = 0; nth < factor.length; nth += 1) {
    theirs.set(pick(right.subarray(nth * pages, (nth + 1) * pages), some), nth * some.length);
  }
  return Array.from(recent, (_, lacking) => {
    const scores = before.slice();
    for (let nth = 0; nth < recent.length; nth += 1) {
      const row = recent[nth];
      const times = fround(scale[row] * weights[nth]);
      for (let at = starts[row]; nth !== lacking && at < starts[row + 1]; at += 1) {
        const place = places[neighbours[at]];
        if (place !== NOBODY) {
          scores[place] += fround(values[at] * times);
        }
      }
    }
    const hidden = hide(table, recent, weights, lacking);
    for (let place = 0; factor.length && place < some.length; place += 1) {
      let rest = 0;
      for (let nth = 0; nth < factor.length; nth += 1) {
        rest = fround(rest + fround(theirs[nth * some.length + place] * hidden[nth]));
      }
      scores[place] += Math.max(0, rest);
    }
    return scores;
  });
}

/**
 * @param {Table} table
 * @param {Int32Array} recent
 * @param {Float32Array} weights
 * @param {number} lacking the entry of the history to leave out
 * @returns {Float32Array} how far each factor of what the table leaves out counts
 */
function hide({ left, factor }, recent, weights, lacking) {
  const hidden = new Float32Array(factor.length);
  for (let nth = 0; nth < recent.length; nth += 1) {
    for (let at = 0; nth !== lacking && at < factor.length; at += 1) {
      hidden[at] += fround(left[recent[nth] * factor.length + at] * weights[nth]);
    }
  }
  return hidden.map((number, at) => number * factor[at]);
}

/**
 * @param {Table} table
 * @param {Float32Array} hidden
 * @param {Float32Array} scores of all pages: what the factors say is added to them, where it is more than nothing
 */
function addRest({ right, pages }, hidden, scores) {
  const rest = new Float32Array(pages);
  let nth = 0;
  // Four factors a pass, still one after the other: twice as fast as a pass for each, which goes through memory more often.
  for (; nth + 4 <= hidden.length; nth += 4) {
    const first = nth * pages;
    const second = first + pages;
    const third = second + pages;
    const fourth = third + pages;
    // Each by itself: engines multiply in 32 bits only where they see that both numbers have no more.
    const a = fround(hidden[nth]);
    const b = fround(hidden[nth + 1]);
    const c = fround(hidden[nth + 2]);
    const d = fround(hidden[nth + 3]);
    for (let page = 0; page < pages; page += 1) {
      const one = fround(rest[page] + fround(right[first + page] * a));
      const two = fround(one + fround(right[second + page] * b));
      const three = fround(two + fround(right[third + page] * c));
      rest[page] = fround(three + fround(right[fourth + page] * d));
    }
  }
  for (; nth < hidden.length; nth += 1) {
    for (let page = 0; page < pages; page += 1) {
      rest[page] += fround(right[nth * pages + page] * hidden[nth]);
    }
  }
  for (let page = 0; page < pages; page += 1) {
    if (rest[page] > 0) {
      scores[page] += rest[page];
    }
  }
}
