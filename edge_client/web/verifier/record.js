/** Consent records: one decision about one purpose, signed by the device that took it. */

import { decode, encode } from "./canonical.js";
import { Malformed, Untrue } from "./errors.js";
import { layOut } from "./layout.js";
import { HASH_BYTES } from "./merkle.js";
import { PURPOSES } from "./purposes.js";
import { isEqual, join, printUtf8, readHex } from "./spelling.js";

/** @typedef {import("./canonical.js").Json} Json */

const NOUN = "consent record";
const SIGNATURE_PREFIX = "nearside/v1/consent-record\n";
const MAX_RECORD_BYTES = 3776;
const STATUSES = ["dpv:ConsentGiven", "dpv:ConsentRefused", "dpv:ConsentWithdrawn"];
const SIGNALS = ["absent", "present", "applied"];
const BASES = ["dpv:Consent", "eu-gdpr:A6-1-a"];
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const CONTROLLER = /^[a-z0-9](?:[a-z0-9.-]{0,98}[a-z0-9])?$/;
const TIME = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$/;

/**
 * @typedef {object} ConsentRecord the parts of a record that vary
 * @property {string} uuid
 * @property {Uint8Array} subject the device's consent key
 * @property {string} controller
 * @property {string} purpose
 * @property {string} status
 * @property {string} gpc what the browser's own signal had to do with it
 * @property {string} basis
 * @property {Uint8Array} notice SHA-256 of the exact words shown
 * @property {number} noticeVersion
 * @property {string} language two letters
 * @property {string} time UTC to the second, by the device's clock
 * @property {Uint8Array | null} previous leaf hash of the same subject's last event
 */

/**
 * @param {Uint8Array} data
 * @returns {ConsentRecord} throws as `readRecord`
 */
export function parseRecord(data) {
  return readRecord(decode(data, MAX_RECORD_BYTES));
}

/**
 * @param {Json} value
 * @returns {ConsentRecord} throws `Malformed` for anything but the layout, and `Untrue` for a withdrawal of nothing and
 *   for consent that a browser's signal is said to have given
 */
export function readRecord(value) {
  const process = ["dpv:hasProcess", 0];
  const status = [...process, "dpv:hasConsentStatus", 0];
  const notice = ["dpv:hasNotice", 0];
  const previous = at(value, "dpv:isAfter");
  const record = {
    uuid: matching(UUID, after("urn:uuid:", at(value, "dpv:hasIdentifier"))),
    subject: hex("urn:ed25519:", at(value, "dpv:hasDataSubject", "dpv:hasIdentifier")),
    controller: matching(CONTROLLER, after("agency:", at(value, ...process, "dpv:hasDataController", 0))),
    purpose: one(
      Object.keys(PURPOSES),
      after("nearside:", at(value, ...process, "dpv:hasPurpose", 0, "dpv:hasIdentifier")),
    ),
    status: one(STATUSES, at(value, ...status, "@type", 0)),
    gpc: one(SIGNALS, at(value, ...status, "nearside:globalPrivacyControl")),
    basis: one(BASES, at(value, ...process, "dpv:hasLegalBasis", 0)),
    notice: hex("urn:sha256:", at(value, ...notice, "dpv:hasIdentifier")),
    noticeVersion: version(at(value, ...notice, "dct:hasVersion")),
    language: matching(/^[a-z]{2}$/, at(value, ...notice, "dct:language")),
    time: time(at(value, "dct:created")),
    previous: previous === null ? null : hex("urn:sha256:", previous),
  };
  if (record.status === "dpv:ConsentWithdrawn" && record.previous === null) {
    throw new Untrue(`${NOUN}: withdraws what was never decided`);
  }
  if (record.status === "dpv:ConsentGiven" && record.gpc === "applied") {
    throw new Untrue(`${NOUN}: a signal for privacy cannot give consent`);
  }
  // Everything that was not looked at above must be exactly what the layout says.
  if (!isEqual(encode(layOut(record)), encode(value))) {
    throw new Malformed(`${NOUN}: not the layout of this schema`);
  }
  return record;
}

/** @param {ConsentRecord} record */
export function printRecord(record) {
  return encode(layOut(record));
}

/**
 * That the subject's own key signed the record: without it an agency could invent a "given".
 *
 * @param {ConsentRecord} record
 * @param {Uint8Array} signature
 * @returns {import("./claim.js").Claim}
 */
export function claimOf(record, signature) {
  const message = join(printUtf8(SIGNATURE_PREFIX, NOUN), printRecord(record));
  return { publicKey: record.subject, message, signature, label: "consent record by its subject" };
}

/**
 * @param {Json} value
 * @param {(string | number)[]} path
 * @returns {Json}
 */
function at(value, ...path) {
  for (const step of path) {
    // An array has only its places, an object only its own names.
    const isPlace = Array.isArray(value) === (typeof step === "number");
    if (value === null || typeof value !== "object" || !isPlace || !Object.hasOwn(value, step)) {
      throw new Malformed(`${NOUN}: a field is missing`);
    }
    value = /** @type {Record<string | number, Json>} */ (value)[step];
  }
  return value;
}

/**
 * @param {string} prefix
 * @param {Json} value
 */
function after(prefix, value) {
  if (typeof value !== "string" || !value.startsWith(prefix)) {
    throw new Malformed(`${NOUN}: an identifier is of another kind`);
  }
  return value.slice(prefix.length);
}

/**
 * @param {RegExp} pattern
 * @param {Json} value
 */
function matching(pattern, value) {
  if (typeof value !== "string" || !pattern.test(value)) {
    throw new Malformed(`${NOUN}: a field is not of the expected form`);
  }
  return value;
}

/**
 * @param {string} prefix
 * @param {Json} value
 */
function hex(prefix, value) {
  return readHex(after(prefix, value), HASH_BYTES, `${NOUN}: key or hash`);
}

/**
 * @param {string[]} words
 * @param {Json} value
 */
function one(words, value) {
  if (typeof value !== "string" || !words.includes(value)) {
    throw new Malformed(`${NOUN}: a word is not in its vocabulary`);
  }
  return value;
}

/** @param {Json} value */
function version(value) {
  if (typeof value !== "number" || value < 1) {
    throw new Malformed(`${NOUN}: notice version is out of range`);
  }
  return value;
}

/** @param {Json} value */
function time(value) {
  const text = matching(TIME, value);
  const parsed = new Date(text);
  // A day that is not in the calendar is either refused here or becomes another day.
  const same = !Number.isNaN(parsed.valueOf()) && parsed.toISOString() === text.replace("Z", ".000Z");
  if (!same || text < "1970") {
    throw new Malformed(`${NOUN}: not a time in utc`);
  }
  return text;
}
