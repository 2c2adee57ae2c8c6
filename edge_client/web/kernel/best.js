/** Questions in, candidates out: the same as `edge_client/scoring.py` says, for all of a decision's questions at once. */

/**
 * @typedef {object} Question
 * @property {Int32Array} recent page indexes, most recent first
 * @property {Float32Array} weights
 * @property {Uint8Array} eligible a byte for each page, 1 where it may appear
 * @property {Int32Array} suppressed pages that may not appear all the same
 */

/**
 * @typedef {object} Found
 * @property {Int32Array} indexes best first, equal ones by rising index
 * @property {Float32Array} scores
 * @property {Float32Array[]} without for each entry of the history what they score where it lacks that entry
 */

const HEAD = 3;
const PAGES = 65_536; // more than any catalogue has

/**
 * Read questions as `edge_client/crossing.py` writes them.
 *
 * @param {Int32Array} numbers for each: which of the masks, the numbers of recent and of suppressed pages, and those pages
 * @param {Float32Array} weights of all recent pages, one question after the other
 * @param {Uint8Array} masks one after the other, a byte for each page
 * @param {number} pages
 * @returns {Question[]}
 */
export function readQuestions(numbers, weights, masks, pages) {
  const questions = [];
  let weighed = 0;
  for (let at = 0; at < numbers.length;) {
    const [mask, recent, suppressed] = numbers.subarray(at, at + HEAD);
    const begin = at + HEAD;
    at = begin + recent + suppressed;
    const question = {
      recent: numbers.subarray(begin, begin + recent),
      weights: weights.subarray(weighed, weighed + recent),
      eligible: masks.subarray(mask * pages, (mask + 1) * pages),
      suppressed: numbers.subarray(begin + recent, at),
    };
    weighed += recent;
    const named = numbers.subarray(begin, at);
    if (question.eligible.length !== pages || !named.every((page) => page >= 0 && page < pages)) {
      throw new RangeError("model: asked about pages that it does not know");
    }
    questions.push(question);
  }
  return questions;
}

/**
 * @param {Question} question
 * @param {Float32Array} scores of all pages, none of them less than nothing counts; those of suppressed ones become nothing
 * @param {number} most
 * @returns {Int32Array} the best pages that may appear and score above nothing
 */
export function findBest({ eligible, suppressed }, scores, most) {
  for (const page of suppressed) {
    scores[page] = 0;
  }
  // Numbers above nothing are in the order of their bits: score and page together are one number, exact in 64 bits.
  const bits = new Int32Array(scores.buffer, scores.byteOffset, scores.length);
  const heap = new Float64Array(most); // the least first
  let count = 0;
  let enough = 0;
  for (let page = 0; page < bits.length; page += 1) {
    if (bits[page] > enough && eligible[page]) {
      const key = bits[page] * PAGES + (PAGES - 1 - page);
      if (count < most) {
        rise(heap, count, key);
        count += 1;
      } else {
        sink(heap, key);
      }
      enough = count < most ? 0 : Math.floor(heap[0] / PAGES);
    }
  }
  const best = heap.subarray(0, count).sort().reverse();
  const indexes = new Int32Array(count);
  for (let place = 0; place < count; place += 1) {
    indexes[place] = PAGES - 1 - (best[place] % PAGES);
  }
  return indexes;
}

/**
 * @param {Float32Array} scores of all pages
 * @param {Int32Array} indexes
 * @returns {Float32Array} the scores of those pages
 */
export function pick(scores, indexes) {
  const found = new Float32Array(indexes.length);
  for (let place = 0; place < found.length; place += 1) {
    found[place] = scores[indexes[place]];
  }
  return found;
}

/**
 * @param {Float64Array} heap
 * @param {number} at the place after its last
 * @param {number} key
 */
function rise(heap, at, key) {
  let place = at;
  for (let above = (place - 1) >> 1; place && heap[above] > key; above = (place - 1) >> 1) {
    heap[place] = heap[above];
    place = above;
  }
  heap[place] = key;
}

/**
 * @param {Float64Array} heap a full one, whose least goes
 * @param {number} key
 */
function sink(heap, key) {
  let place = 0;
  for (let below = 1; below < heap.length; below = 2 * place + 1) {
    below += below + 1 < heap.length && heap[below + 1] < heap[below] ? 1 : 0;
    if (heap[below] >= key) {
      break;
    }
    heap[place] = heap[below];
    place = below;
  }
  heap[place] = key;
}

/**
 * @param {Question} question
 * @returns {{recent: Int32Array, weights: Float32Array}[]} its history without each entry
 */
export function lacking({ recent, weights }) {
  return Array.from(recent, (_, place) => ({
    recent: recent.filter((_, at) => at !== place),
    weights: weights.filter((_, at) => at !== place),
  }));
}

/**
 * @param {Found[]} answers
 * @returns {Uint8Array} for each how many there are, their indexes, their scores and their scores without each entry
 */
export function writeAnswers(answers) {
  const size = answers.reduce(
    (all, { indexes, without }) => all + 1 + indexes.length * (2 + without.length),
    0,
  );
  const whole = new Int32Array(size);
  const real = new Float32Array(whole.buffer);
  let at = 0;
  for (const { indexes, scores, without } of answers) {
    whole[at] = indexes.length;
    whole.set(indexes, at + 1);
    at += 1 + indexes.length;
    for (const row of [scores, ...without]) {
      real.set(row, at);
      at += indexes.length;
    }
  }
  return new Uint8Array(whole.buffer);
}
