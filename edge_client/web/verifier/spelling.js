/** Bytes spelt as text: each value has one spelling, and a reader refuses all others. */

import { Malformed } from "./errors.js";

/**
 * @param {string} text
 * @param {number} length in bytes
 * @param {string} noun begins the error text
 * @returns {Uint8Array} what `text` spells in lower-case hex
 */
export function readHex(text, length, noun) {
  if (text.length !== 2 * length || !/^[0-9a-f]*$/.test(text)) {
    throw new Malformed(`${noun}: not ${length} bytes in lower-case hex`);
  }
  return Uint8Array.from({ length }, (_, at) => parseInt(text.slice(2 * at, 2 * at + 2), 16));
}

/** @param {Uint8Array} bytes */
export function printHex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * @param {string} text
 * @param {string} noun begins the error text
 * @returns {Uint8Array} what `text` spells in base64 with padding (RFC 4648, section 4)
 */
export function readBase64(text, noun) {
  let raw;
  try {
    raw = atob(text);
  } catch {
    throw new Malformed(`${noun}: not base64`);
  }
  // `atob` is lenient: it takes white space, missing padding, and a last character with unused bits.
  if (btoa(raw) !== text) {
    throw new Malformed(`${noun}: not canonical base64`);
  }
  return Uint8Array.from(raw, (letter) => letter.charCodeAt(0));
}

/** @param {Uint8Array} bytes */
export function printBase64(bytes) {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

/**
 * @param {Uint8Array} bytes
 * @param {string} noun begins the error text
 * @returns {string} a byte order mark stays, as the character that it is
 */
export function readUtf8(bytes, noun) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Malformed(`${noun}: not utf-8`);
  }
}

/**
 * @param {string} text
 * @param {string} noun begins the error text
 * @returns {Uint8Array}
 */
export function printUtf8(text, noun) {
  // The encoder would put another character in the place of a lone surrogate, and so sign other words.
  checkWhole(text, noun);
  return new TextEncoder().encode(text);
}

/**
 * @param {string} text
 * @param {string} noun begins the error text
 */
export function checkWhole(text, noun) {
  if (/\p{Surrogate}/u.test(text)) {
    throw new Malformed(`${noun}: lone surrogate`);
  }
}

/** @param {Uint8Array[]} parts */
export function join(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/**
 * @param {Uint8Array} one
 * @param {Uint8Array} other
 */
export function isEqual(one, other) {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

/**
 * @param {Uint8Array} bytes
 * @returns {Uint8Array<ArrayBuffer>} a copy in a buffer of its own, as WebCrypto's types ask for
 */
export function own(bytes) {
  return new Uint8Array(bytes);
}
