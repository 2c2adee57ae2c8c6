/** Signatures that somebody still has to verify, and their verification by WebCrypto (Ed25519, RFC 8032). */

import { Untrue } from "./errors.js";
import { own } from "./spelling.js";

/**
 * @typedef {object} Claim that the holder of a key signed a message
 * @property {Uint8Array} publicKey 32 bytes
 * @property {Uint8Array} message
 * @property {Uint8Array} signature
 * @property {string} label says in an error text whose signature it is
 */

/**
 * @param {readonly Claim[]} claims
 * @returns {Promise<void>} throws `Untrue` when one of them is false
 */
export async function settle(claims) {
  for (const claim of claims) {
    if (!(await holds(claim))) {
      throw new Untrue(`signature: ${claim.label} does not verify`);
    }
  }
}

/** @param {Claim} claim */
async function holds({ publicKey, message, signature }) {
  try {
    const key = await crypto.subtle.importKey("raw", own(publicKey), "Ed25519", false, ["verify"]);
    return await crypto.subtle.verify("Ed25519", key, own(signature), own(message));
  } catch (error) {
    if (error instanceof DOMException && error.name === "NotSupportedError") {
      throw error; // an old browser: nothing is known about the signature
    }
    return false; // bytes that are no key, or a signature of another length
  }
}
