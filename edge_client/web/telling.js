/**
 * What the citizen chose and wishes, as this page has it and tells the worker: the choice, and wishes that no worker has taken
 * in yet. Both are kept for the next page; where the storage is full, this page alone tells them.
 */

import { asksForPrivacy, dropChoice, readChoice, saveChoice } from "./choice.js";
import { forgetTold, readUntold, saveUntold } from "./untold.js";

/** @typedef {import("./choice.js").Choice} Choice */
/** @typedef {import("./untold.js").Untold} Untold */

/** @typedef {ReturnType<typeof openTelling>} Telling */

/** @param {Storage | null} storage */
export function openTelling(storage) {
  /** @type {Choice | null} */
  let unkept = null;
  /** @type {Partial<Untold>} */
  let unsaid = {};
  let choice = latest();
  return {
    untold,
    latest,
    off,

    /** @returns {Choice | null} the choice that this page goes by */
    choice: () => choice,

    /** @param {string} purpose */
    allows: (purpose) => !off() && (choice?.given.includes(purpose) ?? false),

    /** Go by the newest choice from now on. */
    reread() {
      choice = latest();
    },

    /** @param {Choice} made */
    keepChoice(made) {
      choice = made;
      unkept = saveChoice(storage, made) ? null : made;
    },

    /** Go by no choice, and keep none: the next page asks again. */
    dropChoice() {
      choice = null;
      dropChoice(storage);
    },

    /** @param {Partial<Untold>} part what the citizen wants, told until a worker has taken it in */
    wish(part) {
      unsaid = saveUntold(storage, { ...untold(), ...part }) ? {} : { ...unsaid, ...part };
    },

    /** @param {Parameters<typeof forgetTold>[1]} taken what a worker has taken in */
    taken(taken) {
      unsaid = {};
      forgetTold(storage, taken);
    },

    /** Forget what no storage has: everything else was deleted. */
    untell() {
      choice = unkept = null;
      unsaid = {};
    },
  };

  /** @returns {Choice | null} the newest choice, of whichever tab */
  function latest() {
    const kept = readChoice(storage);
    return unkept && unkept.at > (kept?.at ?? 0) ? unkept : kept;
  }

  /** @returns {boolean} whether the browser asks not to be tracked, and no later choice of the citizen's says otherwise */
  function off() {
    return asksForPrivacy() && choice?.gpc !== "present";
  }

  /** @returns {Untold} */
  function untold() {
    return { ...readUntold(storage), ...unsaid };
  }
}
