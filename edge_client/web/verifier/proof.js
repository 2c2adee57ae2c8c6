/** Proofs that travel: index, inclusion proof and checkpoint in one text (C2SP tlog-proof, version 1). */

import { readDecimal } from "./decimal.js";
import { Malformed } from "./errors.js";
import { codePoints } from "./fields.js";
import { HASH_BYTES } from "./merkle.js";
import { parseNote } from "./note.js";
import { printUtf8, readBase64 } from "./spelling.js";

const HEADER = "c2sp.org/tlog-proof@v1";
const MAX_HASHES = 63;

/** In Unicode code points. */
export const MAX_PROOF = 64 * 1024;

/**
 * @typedef {object} TlogProof
 * @property {bigint} index of the entry
 * @property {Uint8Array[]} hashes from the leaf's sibling to the root's child
 * @property {import("./note.js").Note} checkpoint
 * @property {Uint8Array | null} extra opaque and not authenticated
 */

/**
 * @param {string} text
 * @returns {TlogProof} throws `Malformed`
 */
export function parseProof(text) {
  if (codePoints(text) > MAX_PROOF) {
    throw new Malformed("proof: too long");
  }
  const gap = text.indexOf("\n\n");
  const [header, ...lines] = text.slice(0, Math.max(gap, 0)).split("\n");
  if (header !== HEADER) {
    throw new Malformed("proof: not a header, lines and a checkpoint");
  }
  const extra = lines[0]?.startsWith("extra ") ? readBase64(after(lines, "extra "), "proof: extra") : null;
  if (!lines[0]?.startsWith("index ")) {
    throw new Malformed("proof: no index");
  }
  const index = readDecimal(after(lines, "index "), "proof: index");
  if (lines.length > MAX_HASHES) {
    throw new Malformed("proof: too many hashes");
  }
  const hashes = lines.map((line) => readBase64(line, "proof: hash"));
  if (hashes.some((hash) => hash.length !== HASH_BYTES)) {
    throw new Malformed("proof: a hash is not 32 bytes long");
  }
  const checkpoint = parseNote(printUtf8(text.slice(gap + 2), "proof"));
  return { index, hashes, checkpoint, extra };
}

/**
 * @param {string[]} lines the first one is taken away
 * @param {string} prefix
 */
function after(lines, prefix) {
  return /** @type {string} */ (lines.shift()).slice(prefix.length);
}
