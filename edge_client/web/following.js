/** Those who follow what happens to a page: its parts, and its own scripts. */

/**
 * @template T
 * @param {Set<(said: T) => void>} acts of whoever follows: one that fails must stop nothing
 * @param {T} [said]
 */
export function each(acts, said) {
  for (const act of acts) {
    try {
      act(/** @type {T} */ (said));
    } catch (error) {
      reportError(error);
    }
  }
}
