/**
 * Canonical JSON: one value, one spelling (RFC 8785, restricted to objects, arrays, strings, integers within plus or
 * minus 2^53 - 1, booleans and null). See docs/formats/consent-record.md.
 */

import { Malformed } from "./errors.js";
import { checkWhole, isEqual, printUtf8, readUtf8 } from "./spelling.js";

/** @typedef {null | boolean | number | string | Json[] | {[key: string]: Json}} Json */

const MAX_DEPTH = 32;
const MAX_BYTES = 16 * 1024 * 1024;
const NOUN = "canonical json";

/**
 * @param {unknown} value
 * @returns {Uint8Array} its one spelling; throws `Malformed` for what has none
 */
export function encode(value) {
  return printUtf8(print(value, 0), NOUN);
}

/**
 * @param {Uint8Array} data
 * @param {number} [maxBytes]
 * @returns {Json} throws `Malformed` for any spelling but the canonical one
 */
export function decode(data, maxBytes = MAX_BYTES) {
  if (data.length > maxBytes) {
    throw new Malformed(`${NOUN}: too long`);
  }
  const text = readUtf8(data, NOUN);
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Malformed(`${NOUN}: not json`);
  }
  // Repeated keys, spaces, other number forms and other escapes: none of them prints back.
  if (!isEqual(encode(value), data)) {
    throw new Malformed(`${NOUN}: not the canonical spelling`);
  }
  return value;
}

/**
 * @param {unknown} value
 * @param {number} depth
 * @returns {string}
 */
function print(value, depth) {
  if (value === null || typeof value === "boolean") {
    return String(value);
  }
  if (typeof value === "string") {
    // `stringify` would write an escape in the place of a lone surrogate, and so give it a spelling.
    checkWhole(value, NOUN);
    return JSON.stringify(value);
  }
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value)) {
      throw new Malformed(`${NOUN}: not an integer, or out of range`);
    }
    return String(value);
  }
  if (typeof value !== "object") {
    throw new Malformed(`${NOUN}: neither object, array, string, integer, boolean nor null`);
  }
  if (depth >= MAX_DEPTH) {
    throw new Malformed(`${NOUN}: nested too deeply`);
  }
  if (Array.isArray(value)) {
    return `[${value.map((item) => print(item, depth + 1)).join(",")}]`;
  }
  const fields = /** @type {Record<string, unknown>} */ (value);
  // Without a comparison `sort` orders by UTF-16 code units, as RFC 8785, section 3.2.3 does.
  const printed = Object.keys(fields)
    .sort()
    .map((key) => `${print(key, depth)}:${print(fields[key], depth + 1)}`);
  return `{${printed.join(",")}}`;
}
