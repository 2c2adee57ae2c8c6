/** The plan as the page keeps it: decided on the page before, applied before this one is painted. */

/**
 * @typedef {[place: number, reason: string, because: number | null]} Placed
 * @typedef {object} Plan
 * @property {number} bundle version of the bundle it was made from
 * @property {string} lang
 * @property {[id: string, title: string, summary: string][]} items
 * @property {string[]} because titles that reasons name
 * @property {Record<string, Record<string, Placed[]>>} pages
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
    return plan?.v === 1 ? plan : null;
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
 * @param {Plan | null} plan
 * @param {{item: string, lang: string}} page
 * @param {string} slot
 * @returns {Suggestion[] | null} null where the server's own content stays
 */
export function suggestionsFor(plan, page, slot) {
  if (!plan || plan.lang !== page.lang) {
    return null;
  }
  const own = plan.pages[page.item];
  const placed = own ? own[slot] : plan.pages["*"]?.[slot];
  if (!placed) {
    return null;
  }
  const suggestions = placed.map(([place, reason, because]) => {
    const [item, title, summary] = plan.items[place];
    return { item, title, summary, reason, because: because === null ? null : plan.because[because] };
  });
  // Made for any page: this one must not suggest itself.
  return suggestions.some(({ item }) => item === page.item) ? null : suggestions;
}
