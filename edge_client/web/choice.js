/** The citizen's choice as this browser remembers it, and the browser's own signal (Global Privacy Control). */

/**
 * @typedef {object} Choice
 * @property {string[]} given purposes that the citizen has allowed
 * @property {string[]} [asked] purposes that the citizen has decided about; an older page's choice was of all in the banner
 * @property {number} [version] of the notice in whose words that was asked: what is asked in others is asked again
 * @property {number} at when it was chosen (Unix milliseconds); later choices have later times
 * @property {"absent" | "present" | "applied"} gpc what the browser's own signal had to do with it: applied, it decided
 * @property {boolean} ever whether the citizen has ever allowed anything, or asked for the receipt of a no: choices are logged
 * @property {boolean} [leaving] whether everything is to be deleted, this choice too, once nothing is owed to the agency
 * @property {import("./words.js").Notice | null} notice the words shown, until the choice is logged
 */

import { keepText } from "./room.js";

export const CHOICE = "nearside.choice";
/** That this computer is shared, and when somebody last did anything: every tab is apart meanwhile (apart/tab.js). */
export const SHARED = "nearside.shared";

/**
 * @param {Storage | null} storage null where the browser blocks storage
 * @returns {Choice | null} null while nothing was chosen
 */
export function readChoice(storage) {
  try {
    const value = JSON.parse(storage?.getItem(CHOICE) ?? "null");
    return isWhole(value) ? value : null;
  } catch {
    return null;
  }
}

/**
 * @param {Choice | null} before
 * @param {string[]} given purposes allowed from now on
 * @param {{about: string[], gpc: Choice["gpc"], notice: import("./words.js").Notice, now: number}} said
 * @returns {Choice} the newest choice, and with it all those before: a worker may hear of no other
 */
export function after(before, given, { about, gpc, notice, now }) {
  // Someone who says no, and had never said yes, has nothing that a worker would have to undo, and is sent nowhere.
  const ever = given.length > 0 || before?.ever === true;
  const at = Math.max(now, (before?.at ?? 0) + 1);
  const ended = before?.given.filter((purpose) => !given.includes(purpose)) ?? [];
  const asked = [...new Set([...askedBy(before, notice), ...about, ...ended])];
  return { given, asked, at, gpc, ever, version: notice.version, notice: ever ? notice : null };
}

/**
 * @param {Choice | null} choice
 * @param {import("./words.js").Notice} notice
 * @returns {boolean} whether nothing of what the banner asks was ever decided, by the citizen or by the browser's signal
 */
export function wantsBanner(choice, notice) {
  const asked = askedBy(choice, notice);
  return !asksForPrivacy() && !purposesOf(notice).some((purpose) => asked.includes(purpose));
}

/**
 * @param {Choice | null} choice
 * @param {import("./words.js").Notice} notice
 * @returns {string[]} purposes that the citizen has decided about, in the words of this notice
 */
export function askedBy(choice, notice) {
  return choice && (choice.version ?? notice.version) === notice.version
    ? (choice.asked ?? [...purposesOf(notice), ...choice.given])
    : [];
}

/**
 * @param {import("./words.js").Notice} notice
 * @returns {string[]} what its banner asks about
 */
export function purposesOf({ purposes }) {
  return purposes.map(({ purpose }) => purpose);
}

/**
 * @param {any} value
 * @returns {boolean} whether the worker could take it in: what is damaged is asked again
 */
function isWhole({ given, asked = [], at, gpc, notice }) {
  return (
    [given, asked].every(Array.isArray) &&
    [...given, ...asked].every((purpose) => typeof purpose === "string") &&
    Number.isSafeInteger(at) &&
    ["absent", "present", "applied"].includes(gpc) &&
    (notice === null || (notice.version > 0 && notice.lang && Array.isArray(notice.purposes)))
  );
}

/**
 * @param {Storage | null} storage
 * @param {Choice} choice
 * @returns {boolean} whether it is kept; where it is not, no earlier one is either
 */
export function saveChoice(storage, choice) {
  const kept = keepText(storage, CHOICE, JSON.stringify(choice));
  if (!kept) {
    dropChoice(storage);
  }
  return kept;
}

/** @param {Storage | null} storage */
export function dropChoice(storage) {
  storage?.removeItem(CHOICE);
}

/**
 * @param {string | null} key
 * @returns {boolean} whether a change under this key of the storage is one of the choice
 */
export function isChoice(key) {
  return key === CHOICE || key === null; // null: everything was cleared
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
