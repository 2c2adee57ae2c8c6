/** The table of one of our own model files, checked so that nothing in it points anywhere else, and what it scores. */

import { readGraph } from "./graph.js";
import { Malformed, Strange } from "./protobuf.js";

const FLOAT32 = 1;
const UINT8 = 2;
const INT8 = 3;
const UINT16 = 4;
const INT64 = 7;
/** @typedef {keyof typeof BYTES} Known */
const BYTES = { [FLOAT32]: 4, [UINT8]: 1, [INT8]: 1, [UINT16]: 2, [INT64]: 8 };

const MOST_PAGES = 65_535;
const MOST_SCORE = 2 ** 64; // far above any share, far below where 32 bits end

/**
 * Each page's neighbours are those from `starts[page]` up to `starts[page + 1]`; `values` are levels as they are multiplied.
 * `left` (pages, rank) and `right` (rank, pages) are the factors for what the table leaves out; none where `factor` is empty.
 *
 * @typedef {object} Table
 * @property {number} pages
 * @property {Uint32Array} starts
 * @property {Uint16Array} neighbours
 * @property {Uint8Array} values
 * @property {Float32Array} scale
 * @property {Float32Array} popularity
 * @property {Int8Array} left
 * @property {Float32Array} right whole numbers, in the type that they are multiplied in
 * @property {Float32Array} factor
 */

/**
 * @param {Uint8Array} bytes a model file
 * @returns {Table}
 * @throws {Malformed} where the bytes are no model file, or one of ours with constants that do not belong together
 * @throws {Strange} where it is no file of ours
 */
export function readTable(bytes) {
  const { tensors, pages, gaps, halves, rank } = readGraph(bytes);
  if (pages < 1 || pages > MOST_PAGES) {
    throw new Strange("model: more pages than our own files have, or none");
  }
  const constants = new Constants(tensors);
  const lengths = constants.short("lengths", pages);
  const starts = new Uint32Array(pages + 1);
  let entries = 0;
  for (let page = 0; page < pages; page += 1) {
    entries += lengths[page];
    if (entries > 2 * bytes.length) {
      throw new Malformed("model: more entries than the file has room for");
    }
    starts[page + 1] = entries;
  }
  const held = Math.max(1, entries); // an empty table has one entry that no row points at
  const table = {
    pages,
    starts,
    neighbours: gaps
      ? reached(constants.short("gaps", held), constants.short("first", pages), starts)
      : Uint16Array.from(constants.short("neighbours", held)),
    values: halves
      ? squares(constants.bytes("halves", Math.ceil(held / 2)), held)
      : constants.bytes("values", held),
    scale: constants.float("scale", pages),
    popularity: constants.float("popularity", pages),
    left: rank ? constants.small("left", [pages, rank]) : new Int8Array(),
    right: new Float32Array(rank ? constants.small("right", [rank, pages]) : []),
    factor: rank ? constants.float("factor", rank) : new Float32Array(),
  };
  for (let at = 0; at < held; at += 1) {
    if (table.neighbours[at] >= pages) {
      throw new Malformed("model: a neighbour is no page");
    }
  }
  const longest = Array.from(lengths).reduce((most, length) => Math.max(most, length), 1);
  constants.expect("flat", [1], [-1]);
  constants.expect("column", [2], [-1, 1]);
  constants.expect("axis", [], [0]);
  constants.expect("places", [1, longest], [...Array(longest).keys()]);
  constants.expect("last", [1, 1], [held - 1]);
  if (halves) {
    constants.expect("two", [], [2]);
    constants.expect("sixteen", [], [16]);
  }
  if (gaps) {
    constants.expect("across", [], [1]);
  }
  if (rank) {
    constants.expect("none", [], [0]);
    constants.expect("hidden_places", [1, rank], [...Array(rank).keys()]);
    for (let at = 0; at < rank; at += 1) {
      constants.expect(`factor_${at}`, [], [at]);
    }
    if (constants.float("hidden_nothing", rank).some(Boolean)) {
      throw new Malformed("model: a constant is not what its graph needs");
    }
  }
  if (tensors.size) {
    throw new Strange("model: a constant that our own files do not have");
  }
  return table;
}

/** The constants of a file, each taken out once; all copied, so that the file itself can go. */
class Constants {
  /** @param {Map<string, import("./graph.js").Tensor>} tensors */
  constructor(tensors) {
    this.tensors = tensors;
  }

  /**
   * @param {string} name
   * @param {number[]} dims
   * @param {number[]} types those that it may have
   */
  take(name, dims, ...types) {
    const tensor = this.tensors.get(name);
    const fits =
      tensor?.dims.length === dims.length && dims.every((length, at) => length === tensor.dims[at]);
    if (!tensor?.raw || !fits || !types.includes(tensor.type)) {
      throw new Malformed("model: a constant is missing, or of another type or shape than its graph needs");
    }
    const size = dims.reduce((all, length) => all * length, BYTES[/** @type {Known} */ (tensor.type)]);
    if (tensor.raw.length !== size) {
      throw new Malformed("model: a constant has too few bytes or too many");
    }
    this.tensors.delete(name);
    // Files are little-endian, and so is every machine that a browser runs on.
    return { type: tensor.type, buffer: Uint8Array.from(tensor.raw).buffer };
  }

  /** @param {string} name @param {number} length */
  bytes(name, length) {
    return new Uint8Array(this.take(name, [length], UINT8).buffer);
  }

  /** @param {string} name @param {number} length */
  short(name, length) {
    const { type, buffer } = this.take(name, [length], UINT8, UINT16);
    return type === UINT8 ? new Uint8Array(buffer) : new Uint16Array(buffer);
  }

  /** @param {string} name @param {number[]} dims */
  small(name, dims) {
    return new Int8Array(this.take(name, dims, INT8).buffer);
  }

  /** @param {string} name @param {number} length */
  float(name, length) {
    const found = new Float32Array(this.take(name, [length], FLOAT32).buffer);
    if (!found.every((number) => number >= 0 && number <= MOST_SCORE)) {
      throw new Malformed("model: a number is negative, too large or none at all");
    }
    return found;
  }

  /** @param {string} name @param {number[]} dims @param {number[]} expected */
  expect(name, dims, expected) {
    const found = new BigInt64Array(this.take(name, dims, INT64).buffer);
    if (!expected.every((number, at) => found[at] === BigInt(number))) {
      throw new Malformed("model: a constant is not what its graph needs");
    }
  }
}

/**
 * @param {Uint8Array} pairs two levels a byte, the first in the low half
 * @param {number} held how many there are
 * @returns {Uint8Array} their squares, which is what they are multiplied as
 */
function squares(pairs, held) {
  const values = new Uint8Array(held);
  for (let at = 0; at < held; at += 1) {
    values[at] = ((pairs[at >> 1] >> (4 * (at % 2))) & 15) ** 2;
  }
  return values;
}

/**
 * @param {Uint8Array | Uint16Array} gaps how far each entry is from the one before
 * @param {Uint8Array | Uint16Array} first where each row begins
 * @param {Uint32Array} starts
 * @returns {Uint16Array} the page of each entry
 */
function reached(gaps, first, starts) {
  const pages = new Uint16Array(gaps.length);
  for (let row = 0; row < first.length; row += 1) {
    let page = first[row];
    for (let at = starts[row]; at < starts[row + 1]; at += 1) {
      page += gaps[at];
      if (page > MOST_PAGES) {
        throw new Malformed("model: a neighbour is no page");
      }
      pages[at] = page;
    }
  }
  return pages;
}
