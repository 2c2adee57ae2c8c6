/** How each slot of this page was decided: the device's own trace, shown and never worked out again. */

import { SLOTS } from "../slot.js";
import { element } from "../markup.js";

/**
 * @typedef {object} Slot one slot of one page (edge_client/preview/traced.py)
 * @property {string} page
 * @property {string} slot
 * @property {string} level
 * @property {number} wanted
 * @property {[name: string, came: number, went: Record<string, number>][]} steps
 * @property {[by: string, item: string | null, out: string | null][]} offers
 * @property {[item: string, milli: number, by: string, reason: string, topic: string][]} placed
 */

/** @typedef {{v: 1, at_ms: number, bundle: number | null, kept: Record<string, number>, slots: Slot[]}} Trace */

/**
 * @param {import("../parts.js").Page} page
 * @param {Trace | null} trace
 * @param {Record<string, string>} strings
 * @param {{format: (value: number) => string}} numbers
 * @returns {Element[]}
 */
export function slotsOf(page, trace, strings, numbers) {
  const slots = [...document.querySelectorAll(SLOTS)].map((slot) => slot.getAttribute("slot") ?? "");
  return slots.flatMap((name) => {
    const head = element("h3", strings.slot.replace("{name}", name));
    const found = trace?.slots.find(
      ({ slot, page: planned }) => slot === name && planned === page.config.item,
    );
    return found
      ? [
          head,
          ...placed(found, strings, numbers),
          ...offers(found, strings),
          ...steps(found, strings, numbers),
        ]
      : [head, element("p", strings[page.allows("suggest") ? "untraced" : "unasked"])];
  });
}

/**
 * @param {Slot} slot
 * @param {Record<string, string>} strings
 * @param {{format: (value: number) => string}} numbers
 */
function placed(slot, strings, numbers) {
  const full = slot.placed.length === slot.wanted;
  const list = document.createElement("ol");
  list.append(
    ...slot.placed.map(([item, milli, by, reason]) => {
      const score = numbers.format(milli / 1000);
      return line(`${item} — ${by}, ${score}, ${reason}`);
    }),
  );
  return [element("p", strings[full ? "filled" : "unfilled"]), list];
}

/**
 * @param {Slot} slot
 * @param {Record<string, string>} strings
 */
function offers({ offers: made }, strings) {
  const list = document.createElement("ul");
  list.append(
    ...made.map(([by, item, out]) => line([by, item, out ?? strings.placed].filter(Boolean).join(" — "))),
  );
  return made.length ? [element("p", strings.rules), list] : [];
}

/**
 * @param {Slot} slot
 * @param {Record<string, string>} strings
 * @param {{format: (value: number) => string}} numbers
 */
function steps({ steps: taken }, strings, numbers) {
  const list = document.createElement("ul");
  list.append(
    ...taken.map(([name, came, went]) => {
      const out = Object.entries(went).map(([why, count]) => `${why} ${numbers.format(count)}`);
      return line([`${name}: ${numbers.format(came)}`, ...out].join(" − "));
    }),
  );
  return [element("p", strings.steps), list];
}

/** @param {string} text names and addresses of ours, which run from left to right on any page */
function line(text) {
  const made = document.createElement("li");
  const said = element("bdi", text);
  said.dir = "ltr";
  made.append(said);
  return made;
}
