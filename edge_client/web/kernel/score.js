/** What a table says after a history: every product and sum in 32 bits and in the order of `docs/formats/model.md`. */

/** @typedef {import("./table.js").Table} Table */

/**
 * @param {Table} table
 * @param {Int32Array} recent
 * @param {Float32Array} weights
 * @param {Float32Array} scores one for each page: becomes what all of them score
 */
export function scoreAll(table, recent, weights, scores) {
  const { starts, neighbours, values, scale, pages, right, factor } = table;
  scores.set(table.popularity);
  for (let nth = 0; nth < recent.length; nth += 1) {
    const times = Math.fround(scale[recent[nth]] * weights[nth]);
    for (let at = starts[recent[nth]]; at < starts[recent[nth] + 1]; at += 1) {
      // Stored in 32 bits; a sum of two such numbers taken in 64 bits rounds to the same.
      scores[neighbours[at]] += Math.fround(values[at] * times);
    }
  }
  if (factor.length) {
    const hidden = hide(table, recent, weights);
    const rest = new Float32Array(pages);
    for (let nth = 0; nth < factor.length; nth += 1) {
      const times = hidden[nth];
      const row = right.subarray(nth * pages, (nth + 1) * pages);
      for (let page = 0; page < pages; page += 1) {
        rest[page] += Math.fround(row[page] * times);
      }
    }
    for (let page = 0; page < pages; page += 1) {
      scores[page] += Math.max(0, rest[page]);
    }
  }
}

/**
 * @param {Table} table
 * @param {Int32Array} recent
 * @param {Float32Array} weights
 * @param {Int32Array} some pages, each once
 * @param {Float32Array} scores as many as `some`: becomes what these score, the same numbers as by `scoreAll`
 */
export function scoreSome(table, recent, weights, some, scores) {
  const { starts, neighbours, values, scale, pages, popularity, right, factor } = table;
  const places = new Int16Array(pages).fill(-1);
  some.forEach((page, place) => {
    places[page] = place;
    scores[place] = popularity[page];
  });
  for (let nth = 0; nth < recent.length; nth += 1) {
    const times = Math.fround(scale[recent[nth]] * weights[nth]);
    for (let at = starts[recent[nth]]; at < starts[recent[nth] + 1]; at += 1) {
      const place = places[neighbours[at]];
      if (place >= 0) {
        scores[place] += Math.fround(values[at] * times);
      }
    }
  }
  if (factor.length) {
    const hidden = hide(table, recent, weights);
    some.forEach((page, place) => {
      let rest = 0;
      for (let nth = 0; nth < factor.length; nth += 1) {
        rest = Math.fround(rest + Math.fround(right[nth * pages + page] * hidden[nth]));
      }
      scores[place] += Math.max(0, rest);
    });
  }
}

/**
 * @param {Table} table
 * @param {Int32Array} recent
 * @param {Float32Array} weights
 * @returns {Float32Array} how far each factor of what the table leaves out counts
 */
function hide({ left, factor }, recent, weights) {
  const hidden = new Float32Array(factor.length);
  for (let nth = 0; nth < recent.length; nth += 1) {
    for (let at = 0; at < factor.length; at += 1) {
      hidden[at] += Math.fround(left[recent[nth] * factor.length + at] * weights[nth]);
    }
  }
  return hidden.map((number, at) => number * factor[at]);
}
