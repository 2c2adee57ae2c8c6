/** What the citizen pinned, list by list, in their own order: whatever suggests may not change it. */

import { button } from "../markup.js";

/** @typedef {Record<string, string[]>} Pins items by slot, the first one first */

/**
 * @param {readonly string[]} items of one slot
 * @param {number} at
 * @param {-1 | 1} by up or down
 * @returns {string[] | null} the items in their new order; null where there is no place to move to
 */
export function moved(items, at, by) {
  const to = at + by;
  if (at < 0 || to < 0 || to >= items.length) {
    return null;
  }
  const after = [...items];
  [after[at], after[to]] = [after[to], after[at]];
  return after;
}

/**
 * @param {readonly string[]} items
 * @param {readonly string[]} after the same in another order
 * @returns {string[]} what has to be pinned again, each behind all others, until they are in that order: what stays in its place
 *   and the first that moves need not
 */
export function pinnedAgain(items, after) {
  return after.slice(items.findIndex((each, at) => each !== after[at]) + 1);
}

/**
 * @param {Pins} pins
 * @param {string} item
 * @param {string} title
 * @param {import("../words.js").Strings} strings
 * @param {(message: {type: "pin", slot: string, item: string}) => void} say that an item is pinned, behind all others of its slot
 * @returns {HTMLElement[]} buttons for where it can move to; none for one alone
 */
export function movers(pins, item, title, strings, say) {
  const [slot, items] = Object.entries(pins).find(([, each]) => each.includes(item)) ?? ["", []];
  const ways = /** @type {const} */ ([
    ["up", -1],
    ["down", 1],
  ]);
  return ways.flatMap(([name, by]) => {
    const after = moved(items, items.indexOf(item), by);
    if (!after) {
      return [];
    }
    const made = button(strings[`pin-${name}`], "nearside-link nearside-move", title);
    made.dataset.move = `${item} ${name}`;
    made.addEventListener("click", () => {
      if (made.hasAttribute("aria-disabled")) {
        return; // it moves from where it was when this was shown: it is shown anew
      }
      made.setAttribute("aria-disabled", "true"); // `disabled` would take the focus away
      for (const each of pinnedAgain(items, after)) {
        say({ type: "pin", slot, item: each });
      }
    });
    return [made];
  });
}

/**
 * @param {HTMLElement} place
 * @param {string | undefined} move the button that had the focus
 * @returns {HTMLElement | null} the same, or the other way where an item can move no further
 */
export function moverLike(place, move) {
  const [item, name] = move?.split(" ") ?? [];
  const names = [name, name === "up" ? "down" : "up"];
  return item
    ? (names
        .map((each) => place.querySelector(`[data-move="${CSS.escape(`${item} ${each}`)}"]`))
        .find((found) => found instanceof HTMLElement) ?? null)
    : null;
}
