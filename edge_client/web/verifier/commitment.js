/** Commitments: what the public log holds in place of a record (HMAC-SHA-256, RFC 2104). */

import { Malformed, Untrue } from "./errors.js";
import { isEqual, own } from "./spelling.js";

export const SALT_BYTES = 32;

/**
 * @param {Uint8Array} salt
 * @param {Uint8Array} record in canonical JSON
 * @returns {Promise<Uint8Array>}
 */
export async function commit(salt, record) {
  if (salt.length !== SALT_BYTES) {
    // Keys are padded with zeroes: with salts of any length two of them could open one commitment.
    throw new Malformed("commitment: salt is not 32 bytes long");
  }
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", own(salt), algorithm, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, own(record)));
}

/**
 * @param {Uint8Array} commitment
 * @param {{salt: Uint8Array, record: Uint8Array}} opening throws `Untrue` when it opens to another record
 */
export async function verifyCommitment(commitment, { salt, record }) {
  if (!isEqual(await commit(salt, record), commitment)) {
    throw new Untrue("commitment: made to another record");
  }
}
