/** Storage in memory alone: what a preview keeps is gone with its page. */

/** Stands where local storage does; what is kept are its own properties, as there. */
class MemoryStorage {
  /** @param {string} key */
  getItem(key) {
    return Object.hasOwn(this, key) ? /** @type {Record<string, any>} */ (this)[key] : null;
  }

  /**
   * @param {string} key
   * @param {string} value
   */
  setItem(key, value) {
    /** @type {Record<string, any>} */ (this)[key] = String(value);
  }

  /** @param {string} key */
  removeItem(key) {
    delete (/** @type {Record<string, any>} */ (this)[key]);
  }
}

/**
 * @param {Record<string, string>} kept
 * @returns {Storage}
 */
export function openMemory(kept) {
  return /** @type {any} */ (Object.assign(new MemoryStorage(), kept));
}

/** @returns {import("../store.js").Store} a worker's, in the place of IndexedDB */
export function openMemoryStore() {
  /** @type {Map<string, any>} */
  const values = new Map();
  return {
    load: async (kind) => values.get(kind),
    save: async (kind, value) => void values.set(kind, value),
    erase: async (kind) => void values.delete(kind),
    change: async (kind, act) => void values.set(kind, act(values.get(kind))),
  };
}
