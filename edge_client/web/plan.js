/** The plan as the page keeps it: decided on the page before, applied before this one is painted. */

/**
 * @typedef {[place: number, reason: string, because: number | null]} Placed
 * @typedef {Record<string, Record<string, Placed[]>>} Pages
 * @typedef {object} Plan
 * @property {number} bundle version of the bundle it was made from
 * @property {number} expires Unix seconds
 * @property {string} lang
 * @property {[id: string, title: string, summary: string, picture?: string, alt?: string][]} items
 * @property {string[]} because titles that reasons name
 * @property {Pages} pages
 * @property {{from: number, pages: Pages}} [later] what counts from then on (Unix milliseconds): this visit is over
 */

/**
 * @typedef {object} Suggestion
 * @property {string} item
 * @property {string} title
 * @property {string} summary
 * @property {string} reason
 * @property {string | null} because
 * @property {string} [said] the reason in words, where there are other ones than the loader's own for it
 * @property {string} [picture] its name in the site's one file of pictures
 * @property {string} [alt] what the picture shows
 */

import { keepText } from "./room.js";

export const PLAN = "nearside.plan";

/**
 * @param {Storage | null} storage
 * @param {number} now Unix milliseconds
 * @returns {Plan | null}
 */
export function readPlan(storage, now) {
  try {
    const plan = JSON.parse(storage?.getItem(PLAN) ?? "null");
    return plan?.v === 1 && now < plan.expires * 1000 && isWhole(plan) ? plan : null;
  } catch {
    return null; // damaged: the server's own content stays
  }
}

/** @param {Plan} plan; @returns {boolean} whether every place names an item; throws where there is none to look for */
function isWhole({ pages, later, items, because }) {
  const all = [pages, later ? later.pages : {}].flatMap(Object.values).flatMap(Object.values).flat();
  return (
    Array.isArray(because) &&
    all.every(([place]) => items[place].slice(0, 3).every((text) => typeof text === "string"))
  );
}

/**
 * @param {Storage | null} storage
 * @param {string} text
 */
export function savePlan(storage, text) {
  keepText(storage, PLAN, text);
}

/** @param {Storage | null} storage */
export function erasePlan(storage) {
  storage?.removeItem(PLAN);
}

/**
 * @param {Plan} plan
 * @param {string} item
 * @returns {Plan} the plan that suggests the item nowhere
 */
export function withoutItem(plan, item) {
  /** @param {Pages} pages */
  const kept = (pages) =>
    mapped(pages, (slots) =>
      mapped(slots, (placed) => placed.filter(([place]) => plan.items[place][0] !== item)),
    );
  const { pages, later } = plan;
  return { ...plan, pages: kept(pages), ...(later && { later: { ...later, pages: kept(later.pages) } }) };
}

/**
 * @template T
 * @param {Record<string, T>} values
 * @param {(value: T) => T} act
 */
function mapped(values, act) {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, act(value)]));
}

/**
 * @param {Plan | null} plan
 * @param {{item: string, lang: string}} page
 * @param {string} slot
 * @param {number} now Unix milliseconds
 * @returns {Suggestion[] | null} null where the server's own content stays
 */
export function suggestionsFor(plan, page, slot, now) {
  if (!plan || plan.lang !== page.lang) {
    return null;
  }
  const { pages, later } = plan;
  const slots = own(later && now >= later.from ? later.pages : pages, page.item);
  const placed = slots && own(slots, slot);
  if (!placed) {
    return null;
  }
  return placed.map(([place, reason, because]) => {
    const [item, title, summary, picture, alt] = plan.items[place];
    const named = because === null ? null : plan.because[because];
    return { item, title, summary, picture, alt, reason, because: named };
  });
}

/**
 * @template T
 * @param {Record<string, T>} values
 * @param {string} name may be written by anybody, and be that of something that every object has
 */
function own(values, name) {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}
