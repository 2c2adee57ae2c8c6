/** Tiles: where a tree's hashes and entries lie, as files that never change (C2SP tlog-tiles). */

import { Malformed, Untrue } from "./errors.js";
import { HASH_BYTES } from "./merkle.js";

export const WIDTH = 256n;
const HEIGHT = 8n;

/**
 * @typedef {object} Tile
 * @property {number} level -1 for the bundle of entries
 * @property {bigint} index
 * @property {bigint} width how many hashes or entries it holds, 1 to 256
 */

/** @typedef {(path: string) => Promise<Uint8Array | null>} PathReader a file below the log's prefix, or null */

/**
 * @param {Tile} tile
 * @returns {string} its path below the log's prefix
 */
export function pathOf({ level, index, width }) {
  const digits = String(index);
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, "0");
  const parts = padded.match(/.../g) ?? [];
  const number = [...parts.slice(0, -1).map((part) => `x${part}`), parts.at(-1)].join("/");
  return `tile/${level < 0 ? "entries" : level}/${number}${width === WIDTH ? "" : `.p/${width}`}`;
}

/**
 * @param {number} level
 * @param {bigint} index
 * @param {bigint} size of the tree
 * @returns {Tile} the widest tile at this place; throws `Malformed` when there is none
 */
export function tileAt(level, index, size) {
  const left = countAt(level, size) - index * WIDTH;
  if (index < 0n || left <= 0n) {
    throw new Malformed("tile: outside the tree");
  }
  return { level, index, width: left < WIDTH ? left : WIDTH };
}

/**
 * @param {number} level
 * @param {bigint} size of the tree
 * @returns {Iterable<Tile>} every tile of one level
 */
export function* tilesAt(level, size) {
  const count = countAt(level, size);
  for (let index = 0n; index * WIDTH < count; index += 1n) {
    yield tileAt(level, index, size);
  }
}

/**
 * @param {Tile} tile
 * @param {PathReader} read
 * @returns {Promise<Uint8Array[]>} its hashes; throws `Untrue` when it is missing or of another width
 */
export async function readHashes(tile, read) {
  const { data, width } = await readTile(tile, read);
  if (data.length !== Number(width) * HASH_BYTES) {
    throw new Untrue("tile: of another width than its name");
  }
  return Array.from({ length: Number(tile.width) }, (_, at) =>
    data.slice(at * HASH_BYTES, (at + 1) * HASH_BYTES),
  );
}

/**
 * @param {Tile} tile
 * @param {PathReader} read
 * @returns {Promise<Uint8Array[]>} its entries; throws `Untrue` when it is missing or of another width, `Malformed` when
 *   it is no bundle
 */
export async function readEntries(tile, read) {
  const { data, width } = await readTile(tile, read);
  const entries = decodeEntries(data);
  if (BigInt(entries.length) !== width) {
    throw new Untrue("tile: of another width than its name");
  }
  return entries.slice(0, Number(tile.width));
}

/**
 * @param {Uint8Array} data entries, each after its length as big-endian uint16
 * @returns {Uint8Array[]} throws `Malformed`
 */
export function decodeEntries(data) {
  const entries = [];
  for (let at = 0; at < data.length;) {
    if (at + 2 > data.length) {
      throw new Malformed("entry bundle: ends within a length");
    }
    const end = at + 2 + data[at] * 256 + data[at + 1];
    if (end > data.length) {
      throw new Malformed("entry bundle: ends within an entry");
    }
    entries.push(data.slice(at + 2, end));
    at = end;
  }
  return entries;
}

/**
 * @param {Tile} tile
 * @param {PathReader} read
 * @returns {Promise<{data: Uint8Array, width: bigint}>} the bytes, and the width that the file's name promises
 */
async function readTile(tile, read) {
  // A full tile stands in for its partial one: logs may remove what it replaced.
  for (const width of [tile.width, WIDTH]) {
    const data = await read(pathOf({ ...tile, width }));
    if (data !== null) {
      return { data, width };
    }
  }
  throw new Untrue("tile: missing");
}

/**
 * @param {number} level
 * @param {bigint} size
 */
function countAt(level, size) {
  return size >> (HEIGHT * BigInt(Math.max(level, 0)));
}
