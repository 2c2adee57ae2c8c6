/** Everything of ours that this browser holds, as the browser itself says: asked anew each time, and believed over our memory. */

import { answerOf, cachesOfOurs, keysOf, openOurs } from "../ours.js";

/**
 * @typedef {object} Holding
 * @property {"local" | "session" | "database" | "cache"} where
 * @property {string} key
 * @property {number | null} bytes null for a key, whose bytes no script is given
 * @property {any} value as it lies there; of a cache, the addresses of its files
 */

/**
 * @param {Map<string, number>} [sizes] of files that were looked at before: their bytes never change, and are many
 * @returns {Promise<Holding[]>} by place and key
 */
export async function listHoldings(sizes = new Map()) {
  const storages = [inStorage("local", () => localStorage), inStorage("session", () => sessionStorage)];
  return [...storages.flat(), ...(await inDatabase()), ...(await inCaches(sizes))];
}

/**
 * @param {"local" | "session"} where
 * @param {() => Storage} open
 * @returns {Holding[]}
 */
function inStorage(where, open) {
  try {
    const storage = open();
    return keysOf(storage).map((key) => {
      const value = storage.getItem(key) ?? "";
      return { where, key, bytes: lengthOf(value), value };
    });
  } catch {
    return []; // blocked: nothing can lie there
  }
}

/** @returns {Promise<Holding[]>} */
async function inDatabase() {
  const db = await openOurs();
  if (!db) {
    return [];
  }
  try {
    const [name] = db.objectStoreNames;
    if (!name) {
      return [];
    }
    const values = db.transaction(name).objectStore(name);
    const [keys, kept] = await Promise.all([answerOf(values.getAllKeys()), answerOf(values.getAll())]);
    return keys.map((key, place) => {
      const value = kept[place];
      return { where: /** @type {const} */ ("database"), key: String(key), bytes: sizeOf(value), value };
    });
  } finally {
    db.close();
  }
}

/** @param {Map<string, number>} sizes; @returns {Promise<Holding[]>} */
async function inCaches(sizes) {
  return (await Promise.all((await cachesOfOurs()).map((key) => inCache(key, sizes)))).flat();
}

/** @param {string} key; @param {Map<string, number>} sizes; @returns {Promise<Holding[]>} none where nothing is in it */
async function inCache(key, sizes) {
  const cache = await caches.open(key);
  const files = await cache.keys();
  if (files.length === 0) {
    await caches.delete(key); // deleted a moment ago: to open one makes it anew
    return [];
  }
  for (const file of files.filter(({ url }) => !sizes.has(url))) {
    sizes.set(file.url, (await (await cache.match(file))?.blob())?.size ?? 0);
  }
  const bytes = files.reduce((sum, { url }) => sum + (sizes.get(url) ?? 0), 0);
  return [{ where: "cache", key, bytes, value: files.map(({ url }) => new URL(url).pathname).sort() }];
}

/** @param {any} value; @returns {number | null} */
function sizeOf(value) {
  return isKey(value) ? null : value instanceof Uint8Array ? value.length : lengthOf(JSON.stringify(value));
}

/** @param {any} value; @returns {boolean} whether it is a key, or a pair of them */
export function isKey(value) {
  return value instanceof CryptoKey || value?.privateKey instanceof CryptoKey;
}

/** @param {string} text */
function lengthOf(text) {
  return new TextEncoder().encode(text).length;
}
