/** The citizen's choice as this browser remembers it, and the browser's own signal (Global Privacy Control). */

/**
 * @typedef {object} Choice
 * @property {string[]} given purposes that the citizen has allowed
 * @property {number} at when it was chosen (Unix milliseconds); later choices have later times
 * @property {"absent" | "present" | "applied"} gpc what the browser's own signal had to do with it: applied, it decided
 * @property {boolean} ever whether the citizen has ever allowed anything, or asked for the receipt of a no: choices are logged
 * @property {import("./words.js").Notice | null} notice the words shown, until the choice is logged
 */

const KEY = "nearside.choice";

/**
 * @param {Storage | null} storage null where the browser blocks storage
 * @returns {Choice | null} null while nothing was chosen
 */
export function readChoice(storage) {
  try {
    const value = JSON.parse(storage?.getItem(KEY) ?? "null");
    return value && Array.isArray(value.given) && Number.isFinite(value.at) ? value : null;
  } catch {
    return null;
  }
}

/**
 * @param {Storage | null} storage
 * @param {Choice} choice
 */
export function saveChoice(storage, choice) {
  storage?.setItem(KEY, JSON.stringify(choice));
}

/**
 * @param {string | null} key
 * @returns {boolean} whether a change under this key of the storage is one of the choice
 */
export function isChoice(key) {
  return key === KEY || key === null; // null: everything was cleared
}

/** @returns {boolean} whether the browser asks not to be tracked (https://www.w3.org/TR/gpc/) */
export function asksForPrivacy() {
  return /** @type {{globalPrivacyControl?: boolean}} */ (navigator).globalPrivacyControl === true;
}

/** @returns {Storage | null} local storage, or null where it is blocked */
export function openStorage() {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}
