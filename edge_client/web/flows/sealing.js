/**
 * Answers to questions at rest (../sealed.js says what that is worth): each flow's under its own name, as that and no other's,
 * and all of them under one key, which goes with the last.
 */

import { dayNumber } from "./day.js";
import { readSaved } from "./saving.js";
import { keysKept } from "./store.js";
import { DRAFT, FLOW } from "../kept.js";
import { eraseValue } from "../ours.js";
import { openMemoryStore } from "../preview/memory.js";
import { alone, isLost, seal, sealingKey, settled, unseal } from "../sealed.js";
import { openStore } from "../store.js";
import { Malformed } from "../verifier/errors.js";

/** @typedef {import("./saving.js").Saved} Saved */
/**
 * @typedef {{storage: Storage | null, preview?: boolean, apart?: string | null, allows?: (purpose: string) => boolean}} Where of a page,
 *   what says where it may keep anything, and what for
 */

/**
 * @typedef {object} Found
 * @property {Saved | null} saved null where there is nothing, or where it cannot be read just now
 * @property {boolean} isDraft
 * @property {boolean} isLost whether something lay there that nobody can read any more, and is deleted
 */

/**
 * @typedef {object} Answers
 * @property {(name: string, today: number) => Promise<Found>} read the newest answers of a flow
 * @property {(name: string, bytes: Uint8Array, as?: {draft: () => boolean}) => Promise<boolean>} keep what `save` printed, in place of
 *   whatever was kept; as a draft beside what was saved, if `draft` says at the last moment that it still may be. Says whether it is so
 *   now: where no key can be had nothing is kept, least of all in plain words
 * @property {(name: string) => void} drop
 * @property {(today: number) => void} dropOver what is past its last day, or says none: each by itself, for a draft that cannot be read
 *   takes no saved answers with it
 * @property {() => Promise<Map<string, string>>} texts by key, what `save` printed: all that can be read
 * @property {() => Promise<void>} tidy drop drafts that nothing allows, seal what an earlier version kept in plain words; let a key go
 *   that opens nothing
 */

const KIND = "flows-key";
const NOUN = "saved answers";

/** @param {Where} where; @param {import("../store.js").Store | null} [store] null where no key may be kept; @returns {Answers} */
export function openAnswers({ storage, preview, apart, allows }, store = storeFor(preview, apart)) {
  return {
    async read(name, today) {
      let lost = false;
      for (const begin of [DRAFT, FLOW]) {
        const found = await look(begin + name);
        if (found !== null && found !== "lost" && dayNumber(found.until) >= today) {
          return { saved: found, isDraft: begin === DRAFT, isLost: lost };
        }
        lost ||= found === "lost";
        if (found !== null && found !== "lost") {
          storage?.removeItem(begin + name);
        }
      }
      return { saved: null, isDraft: false, isLost: lost };
    },
    async keep(name, bytes, as) {
      if (!storage) {
        return false; // before a key is made, which nobody would ever delete
      }
      const key = (as ? DRAFT : FLOW) + name;
      try {
        return await alone(KIND, async () => {
          const text = await shut(key, bytes);
          if (as && !as.draft()) {
            return false; // the yes was taken back meanwhile
          }
          storage.setItem(key, text);
          const kept = storage.getItem(key) === text;
          if (kept && !as) {
            storage.removeItem(DRAFT + name);
          }
          return kept;
        });
      } catch {
        return false; // no room, or no key to be had
      }
    },
    drop(name) {
      [FLOW, DRAFT].forEach((begin) => storage?.removeItem(begin + name));
      void letGo();
    },
    dropOver(today) {
      const over = keysKept(storage).filter((key) => !(lastDayOf(storage?.getItem(key) ?? "") >= today));
      over.forEach((key) => storage?.removeItem(key));
      if (over.length > 0) {
        void letGo();
      }
    },
    async texts() {
      /** @type {Map<string, string>} */
      const found = new Map();
      for (const key of keysKept(storage)) {
        try {
          found.set(key, new TextDecoder().decode(await open(key, storage?.getItem(key) ?? "")));
        } catch {
          // Whoever opens its page is told.
        }
      }
      return found;
    },
    async tidy() {
      if (allows && !allows("remember")) {
        // Another tab may have kept one before it heard that the yes was taken back.
        keysKept(storage).forEach((key) => key.startsWith(DRAFT) && storage?.removeItem(key));
      }
      try {
        await alone(KIND, async () => {
          for (const key of keysKept(storage)) {
            await sealPlain(key);
          }
        });
      } catch {
        // No key to be had: the next page tries again, and the last day comes all the same.
      }
      await letGo();
    },
  };

  /** @param {string} key; @returns {Promise<void>} throws where no key can be had */
  async function sealPlain(key) {
    const text = storage?.getItem(key) ?? "";
    const value = parse(text);
    if (value?.v !== 1 || !value.answers) {
      return;
    }
    let bytes;
    try {
      bytes = readPlain(key, text);
    } catch {
      storage?.removeItem(key); // plain words that nobody can go on with
      return;
    }
    const sealed = await shut(key, bytes);
    // Without a word in between: what was deleted meanwhile stays so.
    storage?.getItem(key) === text && storage.setItem(key, sealed);
  }

  /** @param {string} key; @returns {Promise<Saved | "lost" | null>} */
  async function look(key) {
    const text = storage?.getItem(key) ?? null;
    if (text === null || !store) {
      return null;
    }
    try {
      return readSaved(await open(key, text));
    } catch (error) {
      if (!isLost(error)) {
        return null; // the storage failed: what is kept is kept
      }
      await settled();
      if (storage?.getItem(key) !== text) {
        return look(key); // another page's, newer
      }
      storage.removeItem(key);
      return "lost";
    }
  }

  /** @param {string} key; @param {string} text; @returns {Promise<Uint8Array>} what `save` printed; throws where it is not so */
  async function open(key, text) {
    const value = parse(text);
    if (value?.v === 1) {
      return readPlain(key, text); // of an earlier version, which no key could be had for yet
    }
    if (value?.v !== 2) {
      throw new Malformed(`${NOUN}: of no version that is known`);
    }
    const bytes = await unseal(await store?.load(KIND), about(key, value.until), value, NOUN);
    return readPlain(key, new TextDecoder().decode(bytes), value.until);
  }

  /** @param {string} key; @param {Uint8Array} bytes; @returns {Promise<string>} as it lies there; throws where no key can be had */
  async function shut(key, bytes) {
    const { until } = readSaved(bytes);
    if (!store) {
      throw new Error(`${NOUN}: no key is kept here`);
    }
    const sealed = await seal(await sealingKey(store, KIND), about(key, until), bytes);
    return JSON.stringify({ v: 2, until, ...sealed });
  }

  /** Let the key go where nothing is kept that it opens: what a disk may still have of that opens for nobody. */
  async function letGo() {
    if (!storage) {
      return; // what lies in it cannot be seen from here
    }
    try {
      await alone(KIND, async () => {
        await settled();
        if (keysKept(storage).length === 0) {
          await store?.erase(KIND);
        }
      });
    } catch {
      // A key that opens nothing is left.
    }
  }
}

/**
 * @param {string} text as it lies there
 * @returns {number} its last day, which stands beside what is sealed; NaN where it is no answers
 */
export function lastDayOf(text) {
  const value = parse(text);
  const isOurs = value?.v === 2 ? typeof value.data === "string" : value?.v === 1 && value.answers;
  return isOurs && typeof value.until === "string" ? dayNumber(value.until) : NaN;
}

/** @param {string} text; @returns {any} null where it is no JSON */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** @param {string} key; @param {string} text; @param {string} [until]; @returns {Uint8Array} throws `Malformed` where it is no answers of that flow */
function readPlain(key, text, until) {
  const bytes = new TextEncoder().encode(text);
  let saved;
  try {
    saved = readSaved(bytes);
  } catch {
    throw new Malformed(`${NOUN}: not version 1`);
  }
  if (![FLOW, DRAFT].some((begin) => key === begin + saved.flow)) {
    throw new Malformed(`${NOUN}: of another flow`);
  }
  if (until !== undefined && saved.until !== until) {
    throw new Malformed(`${NOUN}: with another last day`);
  }
  return bytes;
}

/** @param {string} key; @param {string} until */
function about(key, until) {
  return `nearside/v1/answers ${key} ${until}`;
}

/** @param {boolean} [preview]; @param {string | null} [apart] */
function storeFor(preview, apart) {
  if (apart) {
    return null; // all that such a tab keeps lies in it, and a key cannot
  }
  // Erasing must not make a database for those who keep nothing.
  return preview ? openMemoryStore() : { ...openStore(), erase: eraseValue };
}
