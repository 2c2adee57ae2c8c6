/** Signed notes and the keys that sign them (C2SP signed-note). */

import { Malformed, Untrue } from "./errors.js";
import { sha256 } from "./merkle.js";
import { isEqual, join, printUtf8, readBase64, readHex, readUtf8 } from "./spelling.js";

/** Signature types (C2SP signed-note, "Signature types"): the log's, and a witness's. */
export const ED25519 = 0x01;
export const COSIGNATURE = 0x04;

const MAX_NOTE_BYTES = 1024 * 1024;
const MAX_SIGNATURES = 64;
const MAX_KEY_CHARS = 1024;
const CONTROL = /[\x00-\x09\x0b-\x1f]/;
const NOT_IN_A_NAME = /[\x00-\x1f+\p{White_Space}]/u;

/**
 * @typedef {object} VerifierKey
 * @property {string} name
 * @property {Uint8Array} keyId 4 bytes
 * @property {Uint8Array} publicKey 32 bytes
 */

/**
 * @typedef {object} NoteSignature one line; who signed may be unknown to us
 * @property {string} name
 * @property {Uint8Array} keyId 4 bytes
 * @property {Uint8Array} signature
 */

/**
 * @typedef {object} Note
 * @property {string} text ends in a newline
 * @property {NoteSignature[]} signatures at least one
 */

/**
 * @param {string} text `<name>+<key id>+<base64 of type and key>`
 * @param {number} type
 * @returns {Promise<VerifierKey>} throws `Malformed`, also when the key id belongs to another key
 */
export async function parseVerifierKey(text, type) {
  if ([...text].length > MAX_KEY_CHARS) {
    throw new Malformed("verifier key: too long");
  }
  const [name, id, ...rest] = text.split("+");
  if (rest.length === 0) {
    throw new Malformed("verifier key: not name, key id and key");
  }
  const data = readBase64(rest.join("+"), "verifier key");
  if (data[0] !== type || data.length !== 33) {
    throw new Malformed("verifier key: of another signature type, or not 32 bytes long");
  }
  checkName(name, "verifier key");
  const keyId = readHex(id, 4, "verifier key: key id");
  const whole = await sha256(join(printUtf8(`${name}\n`, "verifier key"), data));
  if (!isEqual(keyId, whole.slice(0, 4))) {
    throw new Malformed("verifier key: the key id belongs to another key");
  }
  return { name, keyId, publicKey: data.slice(1) };
}

/**
 * @param {Uint8Array} data
 * @returns {Note} throws `Malformed`
 */
export function parseNote(data) {
  if (data.length > MAX_NOTE_BYTES) {
    throw new Malformed("note: too long");
  }
  const whole = readUtf8(data, "note");
  // The text may hold empty lines itself: the last one ends it.
  const gap = whole.lastIndexOf("\n\n");
  if (gap < 0 || !whole.endsWith("\n") || gap + 2 === whole.length || CONTROL.test(whole)) {
    throw new Malformed("note: not a text, an empty line and signature lines");
  }
  const lines = whole.slice(gap + 2, -1).split("\n");
  if (lines.length > MAX_SIGNATURES) {
    throw new Malformed("note: too many signatures");
  }
  return { text: whole.slice(0, gap + 1), signatures: lines.map(parseSignature) };
}

/**
 * The signatures of `keys` under a note, still to be settled; those by other keys are ignored.
 *
 * @param {Note} note
 * @param {readonly VerifierKey[]} keys
 * @returns {import("./claim.js").Claim[]} throws `Untrue` when none of `keys` has signed
 */
export function claimsOf(note, keys) {
  const message = printUtf8(note.text, "note");
  const claims = note.signatures.flatMap((line) => {
    const key = keys.find((known) => isBy(line, known));
    return key
      ? [{ publicKey: key.publicKey, message, signature: line.signature, label: `note by ${key.name}` }]
      : [];
  });
  if (claims.length === 0) {
    throw new Untrue("note: not signed by a trusted key");
  }
  return claims;
}

/**
 * @param {NoteSignature} line
 * @param {VerifierKey} key
 */
export function isBy(line, key) {
  return line.name === key.name && isEqual(line.keyId, key.keyId);
}

/**
 * @param {string} line
 * @returns {NoteSignature}
 */
function parseSignature(line) {
  const [dash, name, encoded, ...more] = line.split(" ");
  if (dash !== "\u2014" || encoded === undefined || more.length > 0) {
    throw new Malformed("note: not a signature line");
  }
  checkName(name, "note: signature");
  const data = readBase64(encoded, "note: signature");
  if (data.length < 5) {
    throw new Malformed("note: signature is too short");
  }
  return { name, keyId: data.slice(0, 4), signature: data.slice(4) };
}

/**
 * @param {string} name
 * @param {string} noun
 */
function checkName(name, noun) {
  if (name === "" || NOT_IN_A_NAME.test(name)) {
    throw new Malformed(`${noun}: name is empty or holds a space, a plus or a control character`);
  }
}
