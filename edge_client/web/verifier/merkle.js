/** The Merkle tree of the log: hashes and proofs (RFC 6962, section 2.1; RFC 9162, sections 2.1.3.2 and 2.1.4.2). */

import { Untrue } from "./errors.js";
import { isEqual, join, own } from "./spelling.js";

export const HASH_BYTES = 32;

/**
 * @param {Uint8Array} bytes
 * @returns {Promise<Uint8Array>} SHA-256
 */
export async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", own(bytes)));
}

/** @param {Uint8Array} entry */
export function leafHash(entry) {
  // The first byte keeps leaves and nodes apart: else an interior node could be presented as an entry.
  return sha256(join(Uint8Array.of(0), entry));
}

/**
 * @param {Uint8Array} left
 * @param {Uint8Array} right
 */
export function nodeHash(left, right) {
  return sha256(join(Uint8Array.of(1), left, right));
}

/**
 * @param {readonly Uint8Array[]} hashes of all leaves
 * @returns {Promise<Uint8Array>} the root of the tree; SHA-256 of nothing when there are none
 */
export async function rootOf(hashes) {
  if (hashes.length === 0) {
    return sha256(new Uint8Array());
  }
  let row = [...hashes];
  // An odd one out rises as it is: pairing from the left makes the largest perfect subtrees first.
  while (row.length > 1) {
    const above = [];
    for (let at = 0; at < row.length; at += 2) {
      above.push(at + 1 < row.length ? await nodeHash(row[at], row[at + 1]) : row[at]);
    }
    row = above;
  }
  return row[0];
}

/**
 * Check that a leaf hash is at `index` of the tree; throws `Untrue` when it is not.
 *
 * @param {{index: bigint, size: bigint, leaf: Uint8Array, proof: readonly Uint8Array[], root: Uint8Array}} claim
 */
export async function verifyInclusion({ index, size, leaf, proof, root }) {
  if (index < 0n || index >= size) {
    throw new Untrue("inclusion proof: index outside the tree");
  }
  let position = index;
  let last = size - 1n;
  let result = leaf;
  for (const sibling of proof) {
    if (last === 0n) {
      throw new Untrue("inclusion proof: too long");
    }
    if (position & 1n || position === last) {
      result = await nodeHash(sibling, result);
      while (!(position & 1n) && position !== 0n) {
        position >>= 1n;
        last >>= 1n;
      }
    } else {
      result = await nodeHash(result, sibling);
    }
    position >>= 1n;
    last >>= 1n;
  }
  if (last !== 0n) {
    throw new Untrue("inclusion proof: too short");
  }
  // In a tree of one leaf nothing is hashed: leaf and root could be equal and no hashes at all.
  if (!isEqual(result, root) || root.length !== HASH_BYTES) {
    throw new Untrue("inclusion proof: leads to another root");
  }
}

/**
 * Check that the new tree begins with the old one; throws `Untrue` when it does not.
 *
 * @param {{old: bigint, size: bigint, oldRoot: Uint8Array, root: Uint8Array, proof: readonly Uint8Array[]}} claim
 */
export async function verifyConsistency({ old, size, oldRoot, root, proof }) {
  if (old < 0n || old > size) {
    throw new Untrue("consistency proof: the tree has shrunk");
  }
  if (old === 0n || old === size) {
    const expected = old === 0n ? await rootOf([]) : root;
    if (proof.length > 0 || !isEqual(oldRoot, expected) || (old === size && !isEqual(oldRoot, root))) {
      throw new Untrue("consistency proof: too long, or leads to another root");
    }
    return;
  }
  // A perfect old tree is a node of the new one, and the proof leaves its hash out.
  const [first, ...path] = (old & (old - 1n)) === 0n ? [oldRoot, ...proof] : proof;
  if (!first) {
    throw new Untrue("consistency proof: too short");
  }
  let position = old - 1n;
  let last = size - 1n;
  while (position & 1n) {
    position >>= 1n;
    last >>= 1n;
  }
  let [before, after] = [first, first];
  for (const sibling of path) {
    if (last === 0n) {
      throw new Untrue("consistency proof: too long");
    }
    if (position & 1n || position === last) {
      before = await nodeHash(sibling, before);
      after = await nodeHash(sibling, after);
      while (!(position & 1n) && position !== 0n) {
        position >>= 1n;
        last >>= 1n;
      }
    } else {
      after = await nodeHash(after, sibling);
    }
    position >>= 1n;
    last >>= 1n;
  }
  if (last !== 0n) {
    throw new Untrue("consistency proof: too short");
  }
  if (!isEqual(before, oldRoot) || !isEqual(after, root)) {
    throw new Untrue("consistency proof: leads to another root");
  }
}
