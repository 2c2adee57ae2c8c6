/** This device's own storage: one IndexedDB store of named values. */

/**
 * @typedef {object} Store
 * @property {(kind: string) => Promise<any>} load undefined where nothing was saved
 * @property {(kind: string, value: unknown) => Promise<void>} save
 * @property {(kind: string) => Promise<void>} erase
 * @property {(kind: string, act: (value: any) => unknown) => Promise<void>} change load and save with nobody in between, beside the
 *   book of choices: where there is none everything was deleted, and what comes only then is kept no more
 */

const NAME = "nearside";
const VALUES = "values";

/** @returns {Store} */
export function openStore() {
  /** @type {Promise<IDBDatabase> | null} */
  let opened = null;
  const database = () => {
    opened ??= openDatabase(() => (opened = null));
    opened.catch(() => (opened = null)); // it may open the next time
    return opened;
  };

  /**
   * @param {IDBTransactionMode} mode
   * @param {(values: IDBObjectStore) => IDBRequest} act
   * @returns {Promise<any>}
   */
  async function run(mode, act) {
    const transaction = await begin(mode);
    return new Promise((resolve, reject) => {
      const request = act(transaction.objectStore(VALUES));
      transaction.oncomplete = () => resolve(request.result);
      // A transaction that failed is aborted, and has its error only then; or none. Python waits for ever for a null.
      transaction.onabort = () => reject(transaction.error ?? new Error("store: aborted"));
    });
  }

  /** @param {IDBTransactionMode} mode */
  async function begin(mode) {
    try {
      return (await database()).transaction(VALUES, mode);
    } catch {
      opened = null; // the browser has closed it, and has not said so yet
      return (await database()).transaction(VALUES, mode);
    }
  }

  return {
    load: async (kind) => run("readonly", (values) => values.get(kind)),
    save: async (kind, value) => void (await run("readwrite", (values) => values.put(value, kind))),
    change: async (kind, act) => {
      await run("readwrite", (values) => {
        const request = values.get(kind);
        const other = values.getKey("book");
        other.onsuccess = () => other.result && values.put(act(request.result), kind);
        return request;
      });
    },
    erase: async (kind) => void (await run("readwrite", (values) => values.delete(kind))),
  };
}

/**
 * Open the database, of whatever version: one of a later version of this software has the same values, or none. One without
 * values is of no use to any, and is begun anew.
 *
 * @param {() => void} gone called when it was closed: evicted, or deleted by the citizen
 * @returns {Promise<IDBDatabase>}
 */
async function openDatabase(gone) {
  const found = await request();
  if (found.objectStoreNames.contains(VALUES)) {
    return found;
  }
  found.close();
  await settled(indexedDB.deleteDatabase(NAME));
  return request();

  async function request() {
    const opening = indexedDB.open(NAME);
    opening.onupgradeneeded = () => opening.result.createObjectStore(VALUES);
    const db = await settled(opening);
    db.onversionchange = () => (db.close(), gone());
    db.onclose = gone;
    return db;
  }
}

/**
 * @param {IDBOpenDBRequest} opening
 * @returns {Promise<IDBDatabase>}
 */
function settled(opening) {
  return new Promise((resolve, reject) => {
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
}
