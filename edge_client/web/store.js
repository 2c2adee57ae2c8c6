/** This device's own storage: one IndexedDB store of named values. */

/**
 * @typedef {object} Store
 * @property {(kind: string) => Promise<any>} load undefined where nothing was saved
 * @property {(kind: string, value: unknown) => Promise<void>} save
 * @property {(kind: string) => Promise<void>} erase
 */

const NAME = "nearside";

/** @returns {Store} */
export function openStore() {
  /** @type {Promise<IDBDatabase> | null} */
  let opened = null;
  const database = () =>
    (opened ??= new Promise((resolve, reject) => {
      const request = indexedDB.open(NAME, 1);
      request.onupgradeneeded = () => request.result.createObjectStore("values");
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    }));

  /**
   * @param {IDBTransactionMode} mode
   * @param {(values: IDBObjectStore) => IDBRequest} act
   * @returns {Promise<any>}
   */
  async function run(mode, act) {
    const db = await database();
    return new Promise((resolve, reject) => {
      const transaction = db.transaction("values", mode);
      const request = act(transaction.objectStore("values"));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onerror = () => reject(transaction.error);
      transaction.onabort = () => reject(transaction.error);
    });
  }

  return {
    load: async (kind) => run("readonly", (values) => values.get(kind)),
    save: async (kind, value) => void (await run("readwrite", (values) => values.put(value, kind))),
    erase: async (kind) => void (await run("readwrite", (values) => values.delete(kind))),
  };
}
