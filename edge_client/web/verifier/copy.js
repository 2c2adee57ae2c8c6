/** A whole copy of a log: its checkpoint, tiles and entries compared with one another. */

import { checkQuorum, readSigned } from "./checkpoint.js";
import { settle } from "./claim.js";
import { Malformed, Untrue } from "./errors.js";
import { parseLeaf } from "./leaf.js";
import { leafHash, rootOf } from "./merkle.js";
import { parseNote } from "./note.js";
import { isEqual, printHex } from "./spelling.js";
import { readEntries, readHashes, tilesAt, WIDTH } from "./tiles.js";

/**
 * @typedef {object} CopyReport
 * @property {import("./checkpoint.js").Checkpoint} checkpoint
 * @property {Map<string, number>} kinds how many leaves of each kind
 * @property {number} erased how many consents the log says can no longer be opened
 */

/**
 * Read the whole copy and rebuild its root from the entries alone; in memory are the leaf hashes.
 *
 * @param {import("./tiles.js").PathReader} read
 * @param {Uint8Array} note the checkpoint
 * @param {import("./logkeys.js").LogKeys} trusted
 * @returns {Promise<CopyReport>} throws `Malformed` when the checkpoint or a bundle is unreadable; `Untrue` when two parts
 *   contradict each other, an entry is no leaf or stands twice, or more was erased than was consented to
 */
export async function verifyCopy(read, note, trusted) {
  const { checkpoint, byLog, byWitnesses } = readSigned(parseNote(note), trusted);
  checkQuorum(byWitnesses, trusted.quorum);
  /** @type {Map<string, number>} */
  const kinds = new Map();
  const hashes = [];
  const seen = new Set();
  let erased = 0;
  for (const tile of tilesAt(-1, checkpoint.size)) {
    for (const entry of await readEntries(tile, read)) {
      const leaf = readLeaf(entry);
      kinds.set(leaf.kind, (kinds.get(leaf.kind) ?? 0) + 1);
      erased += leaf.kind === "erasure" ? leaf.count : 0;
      const hash = await leafHash(entry);
      if (seen.size === seen.add(printHex(hash)).size) {
        throw new Untrue("copy: an entry stands twice");
      }
      hashes.push(hash);
    }
  }
  await compareTiles(hashes, checkpoint.size, read);
  if (!isEqual(await rootOf(hashes), checkpoint.root)) {
    throw new Untrue("copy: the entries lead to another root than the checkpoint's");
  }
  if (erased > (kinds.get("consent") ?? 0)) {
    throw new Untrue("copy: more was erased than was consented to");
  }
  await settle([...byLog, ...byWitnesses.map(({ claim }) => claim)]);
  return { checkpoint, kinds, erased };
}

/**
 * @param {Uint8Array[]} hashes of all leaves
 * @param {bigint} size
 * @param {import("./tiles.js").PathReader} read
 */
async function compareTiles(hashes, size, read) {
  let row = hashes;
  for (let level = 0; row.length > 0; level += 1) {
    const above = [];
    for (const tile of tilesAt(level, size)) {
      const from = Number(tile.index * WIDTH);
      const expected = row.slice(from, from + Number(tile.width));
      const held = await readHashes(tile, read);
      if (!held.every((hash, at) => isEqual(hash, expected[at]))) {
        throw new Untrue("copy: a tile contradicts the entries");
      }
      if (tile.width === WIDTH) {
        above.push(await rootOf(expected));
      }
    }
    row = above;
  }
}

/** @param {Uint8Array} entry */
function readLeaf(entry) {
  try {
    return parseLeaf(entry);
  } catch (error) {
    throw error instanceof Malformed ? new Untrue("copy: an entry is no leaf") : error;
  }
}
