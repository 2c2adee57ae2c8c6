/**
 * What the citizen did and the worker may not have taken in yet. A page can be left before its worker has started: what is
 * in here is told with every message, until the worker says that it was taken in. It holds no page that was looked at.
 */

/**
 * @typedef {object} Untold
 * @property {number} forgot when everything was to be forgotten (Unix milliseconds), or 0
 * @property {string[]} dismissed items called not relevant
 */

const KEY = "nearside.untold";

/**
 * @param {Storage | null} storage
 * @returns {Untold}
 */
export function readUntold(storage) {
  try {
    const { forgot, dismissed } = JSON.parse(storage?.getItem(KEY) ?? "{}");
    return { forgot: Number(forgot) || 0, dismissed: Array.isArray(dismissed) ? dismissed : [] };
  } catch {
    return { forgot: 0, dismissed: [] };
  }
}

/**
 * @param {Storage | null} storage
 * @param {Untold} untold
 */
export function saveUntold(storage, untold) {
  if (isEmpty(untold)) {
    storage?.removeItem(KEY);
  } else {
    storage?.setItem(KEY, JSON.stringify(untold));
  }
}

/**
 * @param {Storage | null} storage
 * @param {Untold} taken what the worker has taken in
 */
export function forgetTold(storage, taken) {
  const { forgot, dismissed } = readUntold(storage);
  saveUntold(storage, {
    forgot: forgot > taken.forgot ? forgot : 0,
    dismissed: dismissed.filter((item) => !taken.dismissed.includes(item)),
  });
}

/**
 * @param {Untold} untold
 * @returns {boolean}
 */
export function isEmpty({ forgot, dismissed }) {
  return forgot === 0 && dismissed.length === 0;
}
