/** The plan as the page keeps it: decided on the page before, applied before this one is painted. */

/**
 * @typedef {[place: number, reason: string, because: number | null]} Placed
 * @typedef {Record<string, Record<string, Placed[]>>} Pages
 * @typedef {object} Plan
 * @property {number} bundle version of the bundle it was made from
 * @property {number} expires Unix seconds
 * @property {string} lang
 * @property {[id: string, title: string, summary: string][]} items
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
 */

const KEY = "nearside.plan";

/**
 * @param {Storage | null} storage
 * @returns {Plan | null}
 */
export function readPlan(storage) {
  try {
    const plan = JSON.parse(storage?.getItem(KEY) ?? "null");
    return plan?.v === 1 && Date.now() < plan.expires * 1000 ? plan : null;
  } catch {
    return null;
  }
}

/**
 * @param {Storage | null} storage
 * @param {string} text
 */
export function savePlan(storage, text) {
  storage?.setItem(KEY, text);
}

/** @param {Storage | null} storage */
export function erasePlan(storage) {
  storage?.removeItem(KEY);
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
 * @returns {Suggestion[] | null} null where the server's own content stays
 */
export function suggestionsFor(plan, page, slot) {
  if (!plan || plan.lang !== page.lang) {
    return null;
  }
  const { pages, later } = plan;
  const placed = (later && Date.now() >= later.from ? later.pages : pages)[page.item]?.[slot];
  if (!placed) {
    return null;
  }
  return placed.map(([place, reason, because]) => {
    const [item, title, summary] = plan.items[place];
    return { item, title, summary, reason, because: because === null ? null : plan.because[because] };
  });
}
