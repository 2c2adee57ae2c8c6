/** The log that a verifier trusts: its keys, its witnesses, and how many of them must have cosigned. */

import { decode } from "./canonical.js";
import { readDecimal } from "./decimal.js";
import { Malformed } from "./errors.js";
import { ANY, Fields } from "./fields.js";
import { COSIGNATURE, ED25519, parseVerifierKey } from "./note.js";
import { printHex, printUtf8 } from "./spelling.js";

/** @typedef {import("./note.js").VerifierKey} VerifierKey */

const NOUN = "log keys";
const MAX_KEYS = 32;
const MAX_KEY_LIST_BYTES = 64 * 1024;
const MAX_NAME = 512;

/**
 * @typedef {object} LogKeys
 * @property {string} origin
 * @property {VerifierKey[]} keys that may sign its checkpoints
 * @property {VerifierKey[]} witnesses
 * @property {number} quorum how many of the witnesses must have cosigned
 */

/**
 * @param {readonly string[]} keys verifier keys of the log; the first one's name is the origin
 * @param {{witnesses?: readonly string[], quorum?: bigint}} [more]
 * @returns {Promise<LogKeys>} throws `Malformed`
 */
export async function parseLogKeys(keys, { witnesses = [], quorum = 0n } = {}) {
  const logs = await Promise.all(keys.map((key) => parseVerifierKey(key, ED25519)));
  if (logs.length === 0) {
    throw new Malformed(`${NOUN}: none given`);
  }
  const cosigners = await Promise.all(
    [...new Set(witnesses)].map((key) => parseVerifierKey(key, COSIGNATURE)),
  );
  const held = new Set(cosigners.map(({ publicKey }) => printHex(publicKey)));
  // One key under two names is one witness: what a witness signs does not name it.
  if (quorum < 0n || quorum > BigInt(held.size)) {
    throw new Malformed(`${NOUN}: quorum of more witnesses than there are`);
  }
  if (logs.some(({ publicKey }) => held.has(printHex(publicKey)))) {
    throw new Malformed(`${NOUN}: the log would be its own witness`);
  }
  return { origin: logs[0].name, keys: logs, witnesses: cosigners, quorum: Number(quorum) };
}

/**
 * @param {string} text one line: the log's keys and, where witnesses are asked for, the quorum and their keys, parted by
 *   single spaces
 * @returns {Promise<LogKeys>} throws `Malformed`
 */
export async function parseLine(text) {
  const words = text.split(" ");
  const count = words.findIndex((word) => /^[0-9]+$/.test(word));
  if (count < 0) {
    return parseLogKeys(words);
  }
  const witnesses = words.slice(count + 1);
  if (witnesses.length === 0) {
    throw new Malformed(`${NOUN}: not keys, quorum and witnesses in one line`);
  }
  return parseLogKeys(words.slice(0, count), { witnesses, quorum: readDecimal(words[count], NOUN) });
}

/**
 * @param {Uint8Array} data a key list, the document that a `keys` leaf names
 * @returns {Promise<LogKeys>} throws `Malformed`
 */
export async function parseKeyList(data) {
  const fields = new Fields(decode(data, MAX_KEY_LIST_BYTES), "key list");
  fields.whole("v", 1, 1);
  const origin = fields.text("origin", ANY, MAX_NAME);
  const [log, witnesses, bundles] = ["log", "witnesses", "bundles"].map((name) => keysOf(fields, name));
  const quorum = BigInt(fields.whole("quorum", 0, MAX_KEYS));
  fields.done();
  await Promise.all(bundles.map((key) => parseVerifierKey(key, ED25519)));
  const trusted = await parseLogKeys(log, { witnesses, quorum });
  if (trusted.keys.some(({ name }) => name !== origin)) {
    throw new Malformed("key list: a log key is not named after the origin");
  }
  return trusted;
}

/**
 * @param {Fields} fields
 * @param {string} name
 * @returns {string[]}
 */
function keysOf(fields, name) {
  const keys = fields.rows(name, MAX_KEYS).map((key) => {
    if (typeof key !== "string" || key.length > MAX_NAME) {
      throw new Malformed(`key list: ${name} holds something else than verifier keys`);
    }
    return key;
  });
  // In the order of their bytes and none twice: equal sets of keys are equal documents.
  if (keys.some((key, at) => at > 0 && !isBefore(keys[at - 1], key))) {
    throw new Malformed(`key list: ${name} is not sorted, or holds a key twice`);
  }
  return keys;
}

/**
 * @param {string} one
 * @param {string} other
 */
function isBefore(one, other) {
  const [left, right] = [printHex(printUtf8(one, NOUN)), printHex(printUtf8(other, NOUN))];
  return left < right;
}
