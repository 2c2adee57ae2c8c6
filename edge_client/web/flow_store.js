/** Answers kept in this browser because somebody pressed the button for it: listed, expiring, deletable. */

const PREFIX = "nearside.flow.";
/** How many days answers are kept. */
export const KEPT_DAYS = 30;

/** @typedef {{name: string, text: string}} Kept the name of a flow, and what `save` printed */

/**
 * @param {Storage | null} storage
 * @returns {Kept[]} what is kept, of all flows of this site
 */
export function listKept(storage) {
  return Object.keys(storage ?? {})
    .filter((key) => key.startsWith(PREFIX))
    .sort()
    .map((key) => ({ name: key.slice(PREFIX.length), text: storage?.getItem(key) ?? "" }));
}

/**
 * @param {Storage | null} storage
 * @param {Kept} kept
 * @returns {boolean} whether it is kept now
 */
export function keep(storage, { name, text }) {
  try {
    storage?.setItem(PREFIX + name, text);
    return storage?.getItem(PREFIX + name) === text;
  } catch {
    return false; // no room
  }
}

/**
 * @param {Storage | null} storage
 * @param {string} name
 */
export function drop(storage, name) {
  storage?.removeItem(PREFIX + name);
}
