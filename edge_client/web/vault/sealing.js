/**
 * Answers to forms at rest (../sealed.js says what that is worth): all of them under one name and one key, and the key goes
 * with the last.
 */

import { dayText } from "../flows/day.js";
import { VAULT, VAULT_KEY } from "../kept.js";
import { alone, isLost, seal, sealingKey, settled, unseal } from "../sealed.js";
import { openStore } from "../store.js";
import { Malformed } from "../verifier/errors.js";
import { KEPT_DAYS, current, printVault, readVault } from "./vault.js";

/** @typedef {import("./vault.js").Entry} Entry */

const ABOUT = "nearside/v1/vault";

/**
 * @typedef {object} Safe
 * @property {(today: number) => Promise<Entry[]>} open all that may still be used; what can never be read goes
 * @property {(today: number, act: (entries: Entry[]) => Entry[]) => Promise<boolean>} change keep what `act` makes of it,
 * with no other page in between; says whether it is so now. Where it cannot be read just now nothing is changed
 */

/**
 * @param {Storage} storage
 * @param {import("../store.js").Store} [store]
 * @returns {Safe}
 */
export function openSafe(storage, store = openStore()) {
  return {
    async open(today) {
      try {
        return await alone(VAULT, async () => (await read(today)).entries);
      } catch {
        return []; // the storage failed: what is kept is kept
      }
    },
    async change(today, act) {
      try {
        return await alone(VAULT, async () => {
          await settled();
          for (;;) {
            const { text, entries } = await read(today);
            const after = act(entries);
            const sealed = after.length > 0 ? await shut(after) : null;
            // A press of "delete" on another page waits for no lock: what it deleted stays so.
            if (storage.getItem(VAULT) === text) {
              return await put(sealed);
            }
          }
        });
      } catch {
        return false; // no room, or no key to be had
      }
    },
  };

  /** @param {number} today; @returns {Promise<{text: string | null, entries: Entry[]}>} as it lies there, and read */
  async function read(today) {
    const text = storage.getItem(VAULT);
    if (text === null) {
      return { text, entries: [] };
    }
    const key = await store.load(VAULT_KEY);
    try {
      return { text, entries: current(await opened(text, key), today) };
    } catch (error) {
      if (!isLost(error)) {
        throw error;
      }
      await settled();
      if (storage.getItem(VAULT) !== text) {
        return read(today); // another page's, newer
      }
      storage.removeItem(VAULT);
      return { text: null, entries: [] };
    }
  }

  /** @param {string | null} text null to delete it, and its key; @returns {Promise<boolean>} */
  async function put(text) {
    if (text === null) {
      storage.removeItem(VAULT);
      await store.erase(VAULT_KEY);
    } else {
      storage.setItem(VAULT, text);
    }
    return storage.getItem(VAULT) === text;
  }

  /** @param {Entry[]} entries; @returns {Promise<string>} */
  async function shut(entries) {
    const sealed = await seal(await sealingKey(store, VAULT_KEY), ABOUT, printVault(entries));
    const until = dayText(Math.max(...entries.map(({ on }) => on)) + KEPT_DAYS);
    return JSON.stringify({ v: 1, until, ...sealed });
  }
}

/** @param {string} text; @param {unknown} key; @returns {Promise<Entry[]>} throws `Malformed`, or where the tag is wrong */
async function opened(text, key) {
  let sealed;
  try {
    sealed = JSON.parse(text);
  } catch {
    throw new Malformed("vault: not JSON");
  }
  return readVault(await unseal(key, ABOUT, sealed, "vault"));
}
