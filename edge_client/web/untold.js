/**
 * What the citizen did and the worker may not have taken in yet. A page can be left before its worker has started: what is
 * in here is told again on the next page, until the worker says that it has kept it.
 */

/** @typedef {{type: string, id: string} & Record<string, unknown>} Told */

const KEY = "nearside.untold";

/**
 * @param {Storage | null} storage
 * @returns {Told[]} oldest first
 */
export function readUntold(storage) {
  try {
    return [...JSON.parse(storage?.getItem(KEY) ?? "[]")];
  } catch {
    return [];
  }
}

/**
 * @param {Storage | null} storage
 * @param {Told[]} messages
 */
export function saveUntold(storage, messages) {
  if (messages.length > 0) {
    storage?.setItem(KEY, JSON.stringify(messages));
  } else {
    storage?.removeItem(KEY);
  }
}
