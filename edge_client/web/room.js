/** Keeping a text in this browser's storage, which may be full: of our own, or of what other scripts keep there. */

/** What the worker, or the next page that asks, makes anew: it gives way to what the citizen said. */
const MADE_ANEW = ["nearside.plan", "nearside.collect", "nearside.alerts"];

/**
 * @param {Storage | null} storage
 * @param {string} key
 * @param {string} text
 * @returns {boolean} whether it is kept; where it is not, what was kept there before may still be
 */
export function keepText(storage, key, text) {
  const attempt = () => {
    try {
      storage?.setItem(key, text);
      return true;
    } catch {
      return false; // full
    }
  };
  return attempt() || (MADE_ANEW.forEach((other) => storage?.removeItem(other)), attempt());
}
