/** Everything of ours in this browser's storages, by how its names begin; and how all of it goes. */

import { SHARED } from "./choice.js";

/** How the names of everything of ours begin. */
export const OURS = "nearside";
/** What must stay while the agency has not taken what the citizen decided: the records of it, and the key that signs them. */
export const OWED = ["book", "consent-key"];

/**
 * @param {Storage} storage
 * @returns {string[]} the keys of ours in it
 */
export function keysOf(storage) {
  return Object.keys(storage)
    .filter((key) => key.startsWith(`${OURS}.`))
    .sort();
}

/**
 * Delete everything of ours that a page keeps, in local storage and in that of this tab. That the computer is shared stays: a
 * page of before that lets go now is none of those that may end it.
 *
 * @param {string} [except] the one key that stays
 */
export function clearStorages(except) {
  for (const open of [() => localStorage, () => sessionStorage]) {
    try {
      const storage = open();
      for (const key of keysOf(storage)) {
        if (key !== except && key !== SHARED) {
          storage.removeItem(key);
        }
      }
    } catch {
      // Blocked: nothing lies there.
    }
  }
}

/**
 * Delete everything of ours in the database and, where nothing is owed, in the caches. No worker writes meanwhile.
 *
 * @param {readonly string[]} owed what stays in the database
 */
export async function sweep(owed) {
  await navigator.locks.request(OURS, async () => {
    await within("readwrite", (values) => {
      const asked = values.getAllKeys();
      asked.onsuccess = () => {
        for (const key of asked.result) {
          if (!owed.includes(String(key))) {
            values.delete(key);
          }
        }
      };
      return asked;
    });
  });
  if (owed.length === 0) {
    const names = await cachesOfOurs();
    await Promise.all(names.map((name) => caches.delete(name)));
  }
}

/** @returns {Promise<boolean>} whether choices were taken in on this device */
export async function holdsChoices() {
  return (await within("readonly", (values) => values.getKey("book"))) !== undefined;
}

/** @param {string} key of a value in the database that is to be gone, if there is one */
export async function eraseValue(key) {
  await within("readwrite", (values) => values.delete(key));
}

/**
 * @template T
 * @param {IDBTransactionMode} mode
 * @param {(values: IDBObjectStore) => IDBRequest<T>} act
 * @returns {Promise<T | undefined>} what was asked, once it is done; undefined where there is no database
 */
async function within(mode, act) {
  const db = await openOurs();
  const [name] = db?.objectStoreNames ?? [];
  try {
    return await new Promise((resolve, reject) => {
      if (!db || !name) {
        resolve(undefined);
        return;
      }
      const transaction = db.transaction(name, mode);
      const asked = act(transaction.objectStore(name));
      transaction.oncomplete = () => resolve(asked.result);
      transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    db?.close();
  }
}

/** @returns {Promise<IDBDatabase | null>} null where there is none: looking must not make one */
export function openOurs() {
  return new Promise((resolve) => {
    try {
      const opening = indexedDB.open(OURS);
      opening.onupgradeneeded = () => opening.transaction?.abort();
      opening.onsuccess = () => {
        const db = opening.result;
        db.onversionchange = () => db.close();
        resolve(db);
      };
      opening.onerror = (event) => (event.preventDefault(), resolve(null));
    } catch {
      resolve(null); // blocked
    }
  });
}

/** @returns {Promise<string[]>} their names; none where a browser has no caches, as in some private windows */
export async function cachesOfOurs() {
  try {
    return (await caches.keys()).filter((name) => name.startsWith(`${OURS}-`));
  } catch {
    return [];
  }
}

/**
 * @template T
 * @param {IDBRequest<T>} asked
 * @returns {Promise<T>}
 */
export function answerOf(asked) {
  return new Promise((resolve, reject) => {
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}
