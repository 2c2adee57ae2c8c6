/** Whole numbers in notes and proofs: tree sizes, indexes and quorums. */

import { Malformed } from "./errors.js";

const LARGEST = 2n ** 63n - 1n;

/**
 * @param {string} text
 * @param {string} noun begins the error text
 * @returns {bigint} ASCII decimal without leading zeroes, at most 2^63 - 1
 */
export function readDecimal(text, noun) {
  if (!/^(?:0|[1-9][0-9]{0,18})$/.test(text) || BigInt(text) > LARGEST) {
    throw new Malformed(`${noun}: not a decimal number`);
  }
  return BigInt(text);
}
