/**
 * Bytes at rest, not in plain words: encrypted under a key whose bytes no script is given. It is no protection from those
 * who use this browser, copy its files with the key among them, or have a script on this site: all of them can read them.
 * Keys lie in IndexedDB; what is encrypted beside all else that the citizen asked to keep (kept.js), and goes with it.
 */

import { Malformed } from "./verifier/errors.js";
import { own, printBase64, readBase64 } from "./verifier/spelling.js";

/** @typedef {{iv: string, data: string}} Sealed both base64 */

const IV_BYTES = 12; // NIST SP 800-38D, section 8.2.2: random, under one key for far fewer than 2^32 times
const SETTLES_MS = 50;

/**
 * @param {import("./store.js").Store} store
 * @param {string} name
 * @returns {Promise<CryptoKey>} the key of that name, made where there is none
 */
export async function sealingKey(store, name) {
  const kept = await store.load(name);
  if (kept instanceof CryptoKey) {
    return kept;
  }
  const made = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, [
    "encrypt",
    "decrypt",
  ]);
  await store.save(name, made);
  return made;
}

/**
 * @param {CryptoKey} key
 * @param {string} about what it is, which it opens as and as nothing else
 * @param {Uint8Array} bytes
 * @returns {Promise<Sealed>}
 */
export async function seal(key, about, bytes) {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const data = await crypto.subtle.encrypt(aesGcm(iv, about), key, own(bytes));
  return { iv: printBase64(iv), data: printBase64(new Uint8Array(data)) };
}

/**
 * @param {unknown} key
 * @param {string} about
 * @param {any} sealed
 * @param {string} noun what it is, for errors
 * @returns {Promise<Uint8Array>} throws `Malformed`, or where the tag is wrong
 */
export async function unseal(key, about, sealed, noun) {
  if (!(key instanceof CryptoKey)) {
    throw new Malformed(`${noun}: its key is gone`);
  }
  const [iv, data] = [sealed?.iv, sealed?.data].map((each) => readBase64(each, noun));
  return new Uint8Array(await crypto.subtle.decrypt(aesGcm(iv, about), key, own(data)));
}

/** @param {unknown} error; @returns {boolean} whether no later time can read it either */
export function isLost(error) {
  // The second is what WebCrypto says of a tag that is wrong.
  return error instanceof Malformed || (error instanceof DOMException && error.name === "OperationError");
}

/**
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} act
 * @returns {Promise<T>} what it returns, while no other page reads or changes what is kept under that name
 */
export async function alone(name, act) {
  return navigator.locks.request(name, act);
}

/** Wait for what a page wrote just before: a lock may reach another process sooner than the storage does. */
export function settled() {
  return new Promise((done) => setTimeout(done, SETTLES_MS));
}

/** @param {Uint8Array} iv; @param {string} about */
function aesGcm(iv, about) {
  return { name: "AES-GCM", iv: own(iv), additionalData: new TextEncoder().encode(about) };
}
