/** Where answers lie in this browser's storage: by a press of the button for it, or as they are given where that is allowed. */

import { DRAFT, FLOW } from "../kept.js";

/** How many days answers are kept. */
export const KEPT_DAYS = 30;

/** @param {Storage | null} storage; @returns {string[]} every key that answers lie under */
export function keysKept(storage) {
  return Object.keys(storage ?? {})
    .filter((key) => [FLOW, DRAFT].some((begin) => key.startsWith(begin)))
    .sort();
}

/**
 * @param {Storage | null} storage
 * @returns {{name: string, text: string}[]} of all flows of this site, once each, as it lies there: what was kept as it was given is newer
 *   than what was saved
 */
export function listKept(storage) {
  const names = keysKept(storage).map((key) => key.slice((key.startsWith(FLOW) ? FLOW : DRAFT).length));
  return [...new Set(names)].sort().map((name) => ({
    name,
    text: storage?.getItem(DRAFT + name) ?? storage?.getItem(FLOW + name) ?? "",
  }));
}

/** @param {Storage | null} storage; @param {string} name; @returns {boolean} whether anything of a flow is kept */
export function isKept(storage, name) {
  return [FLOW, DRAFT].some((begin) => (storage?.getItem(begin + name) ?? null) !== null);
}

/**
 * @param {Storage | null} storage
 * @param {string} key
 * @param {string} text
 * @returns {boolean} whether it is kept now; where there is no room for it, the storage has what it had
 */
export function keepAt(storage, key, text) {
  try {
    storage?.setItem(key, text);
    return storage?.getItem(key) === text;
  } catch {
    return false; // no room
  }
}
