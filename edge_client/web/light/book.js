/**
 * The consent book without Python: choices, their signed records and the receipts for them, in the bytes of
 * `edge_client/consent.py`. What the agency was asked to erase is kept as it is, for a device with Python.
 */

import { decode, encode } from "../verifier/canonical.js";
import { SALT_BYTES, commit } from "../verifier/commitment.js";
import { Malformed } from "../verifier/errors.js";
import { Fields } from "../verifier/fields.js";
import { layOut } from "../verifier/layout.js";
import { leafHash, sha256 } from "../verifier/merkle.js";
import { printRecord, readRecord } from "../verifier/record.js";
import { parseReceipt } from "../verifier/receipt.js";
import { PURPOSES } from "../verifier/purposes.js";
import { printBase64, printHex, printUtf8, readHex } from "../verifier/spelling.js";

/** @typedef {import("../verifier/canonical.js").Json} Json */
/** @typedef {{record: Json, salt: string}} Unsigned a record that the device key has still to sign */
/** @typedef {Unsigned & {signature: string}} Opening a signed one, whose receipt is still to come */

/**
 * @typedef {object} Book
 * @property {Readonly<Record<string, string>>} choices given, refused or withdrawn, by purpose
 * @property {Readonly<Record<string, number>>} [versions] of the notice in whose words each was said last, where it is known
 * @property {number} chosen_ms
 * @property {string} filled
 * @property {string | null} last leaf hash of the latest record
 * @property {readonly Unsigned[]} unsigned
 * @property {readonly Opening[]} pending oldest first
 * @property {readonly string[]} accepted leaf hashes that the ledger said it has, sorted
 * @property {readonly string[]} receipts
 * @property {Readonly<Record<string, any>>} erasing
 */

/** @typedef {{subject: Uint8Array, controller: string, uuid: () => string, salt: () => Uint8Array}} Terms */

const BODY_BYTES = 4096;
const STATUSES = new Map([
  ["given", "dpv:ConsentGiven"],
  ["refused", "dpv:ConsentRefused"],
  ["withdrawn", "dpv:ConsentWithdrawn"],
]);

/** @type {Readonly<Book>} */
export const NO_BOOK = Object.freeze({
  choices: {},
  chosen_ms: 0,
  filled: "",
  last: null,
  unsigned: [],
  pending: [],
  accepted: [],
  receipts: [],
  erasing: { wanted: [], request: null, erased: [], answers: [], refused: false },
});

/**
 * @param {Uint8Array} raw
 * @returns {Book} throws `Malformed`
 */
export function parseBook(raw) {
  const value = /** @type {any} */ (decode(raw));
  const fields = new Fields(value, "consent book");
  fields.whole("v", 1, 1);
  const names = [...Object.keys(NO_BOOK), ...(Object.hasOwn(value, "versions") ? ["versions"] : [])];
  const book = Object.fromEntries(names.map((name) => [name, fields.take(name)]));
  fields.done();
  const lists = ["unsigned", "pending", "accepted", "receipts"].every((name) => Array.isArray(book[name]));
  const parts = [book.choices, book.versions ?? {}, book.erasing].every(
    (part) => part && typeof part === "object",
  );
  if (!lists || !parts || !Number.isSafeInteger(book.chosen_ms) || typeof book.filled !== "string") {
    throw new Malformed("consent book: not version 1");
  }
  for (const { record, salt } of /** @type {any[]} */ ([...value.unsigned, ...value.pending])) {
    readRecord(record);
    readHex(salt, SALT_BYTES, "consent book: salt");
  }
  return /** @type {any} */ (book);
}

/** @param {Book} book */
export function printBook(book) {
  return encode({ v: 1, ...book });
}

/**
 * @param {Pick<Book, "choices">} book
 * @param {string} purpose
 */
export function allows({ choices }, purpose) {
  return Object.hasOwn(choices, purpose) && choices[purpose] === "given";
}

/**
 * @param {Book} book
 * @param {any} choice as pages tell it, with the words shown
 * @param {Terms} terms
 * @returns {Promise<Book>} each purpose that changed with a record that waits to be signed; throws `Malformed` for no notice
 */
export async function choose(book, choice, terms) {
  const { gpc, at, notice } = choice;
  const isApplied = gpc === "applied" || choice.leaving === true;
  // It takes back all that was given; of what was refused, or never asked, it says nothing.
  const asked = isApplied
    ? Object.keys(book.choices).filter((name) => allows(book, name))
    : askedBy(book, choice);
  const given = isApplied ? [] : choice.given;
  const words = await sha256(encode(notice));
  let after = { ...book, chosen_ms: at };
  for (const purpose of asked) {
    const before = Object.hasOwn(book.choices, purpose) ? book.choices[purpose] : null;
    const had = before === "given" || before === "withdrawn";
    const status = given.includes(purpose) ? "given" : had ? "withdrawn" : "refused";
    // What was said to other words and is said again to these is said anew.
    if (status !== before || (after.versions?.[purpose] ?? notice.version) !== notice.version) {
      const record = {
        uuid: terms.uuid(),
        subject: terms.subject,
        controller: terms.controller,
        purpose,
        status: /** @type {string} */ (STATUSES.get(status)),
        gpc,
        basis: "dpv:Consent",
        notice: words,
        noticeVersion: notice.version,
        language: notice.lang,
        time: `${new Date(Math.floor(at / 1000) * 1000).toISOString().slice(0, 19)}Z`,
        previous: after.last === null ? null : readHex(after.last, 32, "consent book: last"),
      };
      const salt = terms.salt();
      const last = await entryOf(record, salt);
      const versions = { ...after.versions, [purpose]: notice.version };
      const unsigned = [...after.unsigned, { record: layOut(record), salt: printHex(salt) }];
      after = { ...after, choices: { ...after.choices, [purpose]: status }, versions, last, unsigned };
    }
  }
  return after;
}

/** @param {{choices: Record<string, string>}} book; @param {any} choice; @returns {string[]} the purposes that were decided about */
function askedBy(book, { asked, notice, given }) {
  const purposesIn = (/** @type {any} */ rows) =>
    (Array.isArray(rows) ? rows : []).map((row) => {
      if (!Object.hasOwn(PURPOSES, row?.purpose)) {
        throw new Malformed("notice: a purpose is not one of the vocabulary");
      }
      return row.purpose;
    });
  const [first, later] = [purposesIn(notice.purposes), purposesIn(notice.later)];
  const named = [...first, ...later];
  // Given once, no more, and not named by this notice any more.
  const unnamed = Object.keys(book.choices)
    .filter((name) => allows(book, name) && !named.includes(name) && !given.includes(name))
    .sort();
  return [...(asked === undefined ? first : named.filter((purpose) => asked.includes(purpose))), ...unnamed];
}

/**
 * @param {import("../verifier/record.js").ConsentRecord} record
 * @param {Uint8Array} salt
 * @returns {Promise<string>} leaf hash, in hex: the signature is no part of it
 */
async function entryOf(record, salt) {
  return printHex(await leafHash(encode(await leafOf(record, salt))));
}

/**
 * @param {import("../verifier/record.js").ConsentRecord} record
 * @param {Uint8Array} salt
 */
async function leafOf(record, salt) {
  const commitment = await commit(salt, printRecord(record));
  return { v: 1, k: "consent", c: printHex(commitment), n: printHex(record.notice) };
}

/** @param {Unsigned} left; @returns {Promise<string>} leaf hash, in hex */
export function entryIn({ record, salt }) {
  return entryOf(readRecord(record), readHex(salt, SALT_BYTES, "consent book: salt"));
}

/**
 * @param {Book} book
 * @param {Unsigned} left
 * @param {Uint8Array} signature by the device's key
 * @returns {Book}
 */
export function signed(book, left, signature) {
  const opening = { ...left, signature: printBase64(signature) };
  return {
    ...book,
    unsigned: book.unsigned.filter((each) => each !== left),
    pending: [...book.pending, opening],
  };
}

/** @param {Opening} opening; @returns {Uint8Array} the request that has it logged: always as many bytes */
export function requestOf(opening) {
  const room = BODY_BYTES - encode({ v: 1, ...opening, pad: "" }).length;
  if (room < 0) {
    throw new Malformed("consent request: the record is too long");
  }
  return encode({ v: 1, ...opening, pad: "x".repeat(room) });
}

/**
 * @param {Book} book
 * @param {string} entry that the ledger has
 * @returns {Book}
 */
export function logged(book, entry) {
  return { ...book, accepted: [...new Set([...book.accepted, entry])].sort() };
}

/**
 * @param {Opening} opening
 * @param {string} proof
 * @returns {Promise<Uint8Array>} a receipt, still to be verified
 */
export async function receiptOf(opening, proof) {
  const leaf = await leafOf(
    readRecord(opening.record),
    readHex(opening.salt, SALT_BYTES, "consent book: salt"),
  );
  return encode({ v: 1, ...opening, leaf, proof });
}

/**
 * @param {Book} book
 * @param {Opening} opening
 * @param {{entry: string, receipt: Uint8Array}} proven
 * @returns {Book} with the receipt in place of the pending record
 */
export function proven(book, opening, { entry, receipt }) {
  return {
    ...book,
    pending: book.pending.filter((each) => each !== opening),
    accepted: book.accepted.filter((each) => each !== entry),
    receipts: [...book.receipts, new TextDecoder().decode(receipt)],
  };
}

/** @param {Book} book; @returns {Promise<Uint8Array>} what pages show of it */
export async function summary({ choices, chosen_ms, unsigned, pending, receipts, erasing }) {
  const last = erasing.answers.at(-1);
  const rows = await Promise.all(receipts.map((text) => rowOf(text, erasing.erased)));
  const before = new Map(rows.map(({ row, previous }) => [row.entry, previous]));
  for (const opening of pending) {
    const { previous } = readRecord(opening.record);
    before.set(await entryIn(opening), previous && printHex(previous));
  }
  /** @param {string | null} previous; @returns {number} how many records came before: proofs arrive in any order */
  const placeOf = (previous) =>
    previous && before.has(previous) ? 1 + placeOf(before.get(previous) ?? null) : 0;
  const inOrder = rows.sort((one, other) => placeOf(one.previous) - placeOf(other.previous));
  return encode({
    choices,
    chosen: chosen_ms,
    pending: unsigned.length + pending.length,
    erasure: {
      pending: erasing.request !== null || erasing.wanted.length > 0,
      refused: erasing.refused,
      last: last === undefined ? null : decode(printUtf8(last, "consent book")),
    },
    receipts: inOrder.map(({ row }) => row),
  });
}

/**
 * @param {string} text
 * @param {string[]} erased
 */
async function rowOf(text, erased) {
  const { record, entry, proof } = parseReceipt(printUtf8(text, "consent book"));
  const hash = printHex(await leafHash(entry));
  const status = [...STATUSES].find(([, said]) => said === record.status)?.[0] ?? "";
  const row = {
    entry: hash,
    purpose: record.purpose,
    status,
    event_at: Date.parse(record.time) / 1000,
    notice: printHex(record.notice),
    index: Number(proof.index),
    erased: erased.includes(hash),
    receipt: text,
  };
  return { row, previous: record.previous && printHex(record.previous) };
}
