/** Checkpoints: what a log says about itself, signed (C2SP tlog-checkpoint). */

import { cosignatureClaims } from "./cosignature.js";
import { readDecimal } from "./decimal.js";
import { Malformed, Untrue } from "./errors.js";
import { HASH_BYTES } from "./merkle.js";
import { claimsOf } from "./note.js";
import { printHex, readBase64 } from "./spelling.js";

/**
 * @typedef {object} Checkpoint
 * @property {string} origin
 * @property {bigint} size
 * @property {Uint8Array} root
 * @property {string[]} extensions opaque lines that other logs may add
 */

/**
 * @param {string} text
 * @returns {Checkpoint} throws `Malformed`
 */
export function parseCheckpoint(text) {
  const [origin, size, encoded, ...extensions] = text.split("\n");
  if (!origin || extensions.pop() !== "" || extensions.includes("")) {
    throw new Malformed("checkpoint: not origin, size and root");
  }
  const root = readBase64(encoded, "checkpoint: root");
  if (root.length !== HASH_BYTES) {
    throw new Malformed("checkpoint: root is not 32 bytes long");
  }
  return { origin, size: readDecimal(size, "checkpoint: size"), root, extensions };
}

/**
 * @typedef {object} Signed
 * @property {Checkpoint} checkpoint
 * @property {import("./claim.js").Claim[]} byLog still to be settled
 * @property {import("./cosignature.js").Cosignature[]} byWitnesses still to be settled
 */

/**
 * @param {import("./note.js").Note} note
 * @param {import("./logkeys.js").LogKeys} trusted
 * @returns {Signed} throws `Malformed` for no checkpoint, `Untrue` for another log's, one that is not signed by its
 *   keys, and a line by a witness that is no cosignature
 */
export function readSigned(note, trusted) {
  const checkpoint = parseCheckpoint(note.text);
  if (checkpoint.origin !== trusted.origin) {
    throw new Untrue("checkpoint: from another log");
  }
  const byLog = claimsOf(note, trusted.keys);
  return {
    checkpoint,
    byLog,
    byWitnesses: trusted.witnesses.flatMap((witness) => cosignatureClaims(note, witness)),
  };
}

/**
 * Each key counts once, however often and under whichever name it signed.
 *
 * @param {readonly import("./cosignature.js").Cosignature[]} cosignatures
 * @param {number} quorum
 */
export function checkQuorum(cosignatures, quorum) {
  const keys = new Set(cosignatures.map(({ witness }) => printHex(witness.publicKey)));
  if (keys.size < quorum) {
    throw new Untrue("checkpoint: cosigned by too few witnesses");
  }
}
