/** The fields of one JSON object, taken one by one; what nobody asked for is refused. */

import { Malformed } from "./errors.js";
import { readBase64, readHex } from "./spelling.js";

/** @typedef {import("./canonical.js").Json} Json */

/** A string that no pattern restricts. */
export const ANY = /^.*$/su;

export class Fields {
  /** @type {Map<string, Json>} */
  #left;
  #noun;

  /**
   * @param {Json} value
   * @param {string} noun begins every error text
   */
  constructor(value, noun) {
    if (value === null || typeof value !== "object" || Array.isArray(value)) {
      throw new Malformed(`${noun}: not an object`);
    }
    this.#left = new Map(Object.entries(value));
    this.#noun = noun;
  }

  /**
   * @param {string} name
   * @returns {Json}
   */
  take(name) {
    const value = this.#left.get(name);
    if (value === undefined) {
      throw this.#malformed(name, "is missing");
    }
    this.#left.delete(name);
    return value;
  }

  /**
   * @param {string} name
   * @param {RegExp} pattern of the whole string
   * @param {number} [maxLength] in Unicode code points
   * @returns {string}
   */
  text(name, pattern, maxLength = 4096) {
    const value = this.take(name);
    if (typeof value !== "string") {
      throw this.#malformed(name, "is not a string");
    }
    if (codePoints(value) > maxLength || !pattern.test(value)) {
      throw this.#malformed(name, "is not of the expected form");
    }
    return value;
  }

  /**
   * @param {string} name
   * @param {number} low
   * @param {number} [high]
   * @returns {number} an integer from `low` to `high`
   */
  whole(name, low, high = Number.MAX_SAFE_INTEGER) {
    const value = this.take(name);
    if (typeof value !== "number" || !Number.isSafeInteger(value)) {
      throw this.#malformed(name, "is not an integer");
    }
    if (value < low || value > high) {
      throw this.#malformed(name, "is out of range");
    }
    return value;
  }

  /**
   * @param {string} name
   * @param {number} low
   * @param {number} [high]
   * @returns {number | null}
   */
  optionalWhole(name, low, high) {
    if (this.#left.get(name) === null) {
      this.#left.delete(name);
      return null;
    }
    return this.whole(name, low, high);
  }

  /**
   * @param {string} name
   * @param {number} length in bytes
   */
  hex(name, length) {
    return readHex(this.text(name, ANY), length, `${this.#noun}: ${name}`);
  }

  /**
   * @param {string} name
   * @param {number} length in bytes
   */
  base64(name, length) {
    const bytes = readBase64(this.text(name, ANY), `${this.#noun}: ${name}`);
    if (bytes.length !== length) {
      throw this.#malformed(name, `is not ${length} bytes long`);
    }
    return bytes;
  }

  /**
   * @param {string} name
   * @param {number} maxLength
   * @returns {Json[]}
   */
  rows(name, maxLength) {
    const value = this.take(name);
    if (!Array.isArray(value) || value.length > maxLength) {
      throw this.#malformed(name, "is not an array, or is too long");
    }
    return value;
  }

  /** Refuse fields that nobody took: an unknown field could hide what another reader would see. */
  done() {
    if (this.#left.size > 0) {
      throw new Malformed(`${this.#noun}: unknown field`);
    }
  }

  /**
   * @param {string} name
   * @param {string} what
   */
  #malformed(name, what) {
    return new Malformed(`${this.#noun}: ${name} ${what}`);
  }
}

/** @param {string} text */
export function codePoints(text) {
  let count = 0;
  for (const _ of text) {
    count += 1;
  }
  return count;
}
