/** Cosignatures: a witness saw a log grow without rewriting its past (C2SP tlog-cosignature, Ed25519, version 1). */

import { Untrue } from "./errors.js";
import { isBy } from "./note.js";
import { printUtf8 } from "./spelling.js";

const TIME_BYTES = 8;
const SIGNED_BYTES = TIME_BYTES + 64;
const LATEST = 2n ** 63n - 1n;

/**
 * @typedef {object} Cosignature
 * @property {import("./note.js").VerifierKey} witness
 * @property {bigint} cosignedAt seconds since 1970
 * @property {import("./claim.js").Claim} claim still to be settled
 */

/**
 * @param {import("./note.js").Note} note
 * @param {import("./note.js").VerifierKey} witness
 * @returns {Cosignature[]} one for each time that it signed; throws `Untrue` when one of its lines cannot be one
 */
export function cosignatureClaims(note, witness) {
  return note.signatures.filter((line) => isBy(line, witness)).map((line) => read(note, witness, line));
}

/**
 * @param {import("./note.js").Note} note
 * @param {import("./note.js").VerifierKey} witness
 * @param {import("./note.js").NoteSignature} line
 * @returns {Cosignature}
 */
function read(note, witness, { signature: signed }) {
  if (signed.length !== SIGNED_BYTES) {
    throw new Untrue("cosignature: not a time and a signature");
  }
  const cosignedAt = new DataView(signed.buffer, signed.byteOffset).getBigUint64(0);
  if (cosignedAt > LATEST) {
    throw new Untrue("cosignature: time is out of range");
  }
  const claim = {
    publicKey: witness.publicKey,
    message: printUtf8(`cosignature/v1\ntime ${cosignedAt}\n${note.text}`, "cosignature"),
    signature: signed.slice(TIME_BYTES),
    label: `cosignature by ${witness.name}`,
  };
  return { witness, cosignedAt, claim };
}
