/**
 * What a citizen asked this browser to keep: listed in the panel, gone from any page once it is over, and deleted with
 * everything else. The worker's own storage is not of it.
 */

import { openStorage } from "./choice.js";
import { GREET } from "./greet.js";
import { eraseValue } from "./ours.js";
import { PAUSE } from "./pause.js";

const DAY_MS = 86_400_000;
/** For how long a place is kept: what the purpose `place` says (edge_client/alerts/place.py). */
export const PLACE_KEPT_MS = 90 * DAY_MS;
export const FLOW = "nearside.flow.";
/** Answers to questions that were kept without a press: under consent to `remember`, and gone with it. */
export const DRAFT = "nearside.draft.";
export const PLACE = "nearside.place";
export const REMINDER = "nearside.reminder.";
/** Answers to forms, encrypted (vault/sealing.js). */
export const VAULT = "nearside.vault";
/** The key that they are encrypted under, in IndexedDB (store.js). */
export const VAULT_KEY = "vault-key";
/** The newest public file of alerts, kept after any yes: nothing about anybody, and gone with the last yes. */
export const ALERTS = "nearside.alerts";

/**
 * A reminder's days are those of its site, which may end so much later than the same days here: from the first time zone
 * of the world to the last. The reminders' own list ends them to the minute.
 */
const LATEST_CLOCK_MS = 26 * 60 * 60 * 1000;

/** How the keys begin, and when (Unix milliseconds) what is kept under one of them is over. */
const ENDS = /** @type {Record<string, (kept: any) => number>} */ ({
  [FLOW]: lastDay,
  [DRAFT]: lastDay,
  [REMINDER]: lastDay,
  [VAULT]: lastDay,
  [PLACE]: ({ since }) => since + PLACE_KEPT_MS,
});

/**
 * @typedef {object} Kept
 * @property {string} kind how its key begins
 * @property {string} key
 * @property {any} value null where it cannot be read
 * @property {number} ends Unix milliseconds; 0 where it cannot be read
 */

/**
 * @param {Storage | null} storage
 * @returns {Kept[]} by key
 */
export function listKept(storage) {
  return Object.keys(storage ?? {})
    .sort()
    .flatMap((key) => {
      const kind = Object.keys(ENDS).find((begin) => key.startsWith(begin));
      return kind ? [{ kind, key, ...read(kind, storage?.getItem(key) ?? "") }] : [];
    });
}

/**
 * @param {string} kind how its key begins
 * @param {any} value
 * @returns {number} when it is over (Unix milliseconds); 0 where it does not say
 */
export function endOf(kind, value) {
  return ENDS[kind](value) || 0;
}

/** @param {{until: string}} kept; @returns {number} the end of its last day, as the calendar here has it */
function lastDay({ until }) {
  return Date.parse(`${until}T24:00`);
}

/**
 * @param {string} kind
 * @param {string} text
 */
function read(kind, text) {
  try {
    const value = JSON.parse(text);
    return { value, ends: endOf(kind, value) };
  } catch {
    return { value: null, ends: 0 };
  }
}

/**
 * @param {Storage | null} storage
 * @param {number} before forget what ends by then (Unix milliseconds); Infinity for all
 * @param {string} [only] how the keys begin of what is forgotten: of everything, if nothing is said
 */
export function forgetKept(storage, before, only = "") {
  for (const { kind, key, ends } of listKept(storage)) {
    if (key.startsWith(only) && ends + (kind === REMINDER ? LATEST_CLOCK_MS : 0) <= before) {
      dropKept(storage, key);
    }
  }
}

/**
 * @param {Storage | null} storage
 * @param {string} key forget what is kept under it; with answers to forms, the key that they are encrypted under
 */
export function dropKept(storage, key) {
  storage?.removeItem(key);
  // A preview's storage is not this browser's, whose key stays.
  if (key === VAULT && storage === openStorage()) {
    // In turn with the pages that keep answers (vault/sealing.js): one may be about to keep new ones.
    navigator.locks
      ?.request(VAULT, async () => storage?.getItem(VAULT) ?? eraseValue(VAULT_KEY))
      .catch(() => {}); // a key that opens nothing is left
  }
}

/**
 * Forget what the citizen's choice covers no longer; what he asked for by its own button stays.
 *
 * @param {Storage | null} storage
 * @param {string[]} given purposes that are allowed from now on
 */
export function forgetUncovered(storage, given) {
  if (!given.includes("place")) {
    storage?.removeItem(PLACE);
  }
  if (!given.includes("remember")) {
    forgetKept(storage, Infinity, DRAFT);
  }
  if (!given.includes("suggest")) {
    storage?.removeItem(PAUSE);
    storage?.removeItem(GREET);
  }
  if (given.length === 0) {
    storage?.removeItem(ALERTS);
  }
}
