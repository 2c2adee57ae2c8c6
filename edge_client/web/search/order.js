/**
 * The order of what was found: that of the words, moved a little by what this device says is near. However near a page is,
 * what fits the words half as well again comes before it; and why a page was moved is what its reader looked at.
 */

/**
 * @typedef {import("./index.js").Found} Found
 * @typedef {{near: [item: string, milli: number, because: string][], still: string[]}} Order what the worker answers
 * @typedef {Found & {because: string | null}} Placed with the title of the page because of which it stands further up
 */

/** How far the nearest page of all is brought up: by half of what its words are worth. */
export const SWAY = 0.5;

/**
 * @param {Found[]} found best first
 * @param {Order | null} order null where nothing is known, or may be used
 * @param {number} [sway]
 * @returns {Placed[]} the same, each once; a page that is called what was typed, and what no device may learn from, stay
 *   where the words put them
 */
export function inOrder(found, order, sway = SWAY) {
  const near = new Map(order?.near.map(([item, milli, because]) => [item, { milli, because }]) ?? []);
  const still = new Set(order?.still ?? []);
  const isMoved = (/** @type {Found} */ { id, exact }) => !exact && !still.has(id);
  const worth = (/** @type {Found} */ { id, score }) =>
    score * (1 + (sway * (near.get(id)?.milli ?? 0)) / 1000);
  const moved = found.filter(isMoved).sort((one, other) => worth(other) - worth(one));
  const before = new Map(found.map(({ id }, at) => [id, at]));
  const next = moved.values();
  return found.map((each, at) => {
    const placed = isMoved(each) ? /** @type {Found} */ (next.next().value) : each;
    const isUp = at < (before.get(placed.id) ?? 0);
    return { ...placed, because: (isUp && near.get(placed.id)?.because) || null };
  });
}
