/** Answers that pages suggest, for the citizen to confirm: never counted before. */

/**
 * @param {import("./flow_tables.js").Flow} flow
 * @param {string[]} seen
 * @returns {Record<string, import("./flow_tables.js").Answer>} answers that the pages seen suggest
 */
export function knownFrom(flow, seen) {
  /** @type {Record<string, import("./flow_tables.js").Answer>} */
  const known = {};
  for (const { id, kind, options } of flow.questions) {
    const hinted = (options ?? []).filter(({ pages }) => pages.some((page) => seen.includes(page)));
    if (kind === "several" && hinted.length) {
      known[id] = hinted.map((option) => option.id);
    } else if (kind === "single" && hinted.length === 1) {
      known[id] = hinted[0].id;
    }
  }
  return known;
}

/**
 * @param {Document} document
 * @returns {string[]} the page of this site that led here, if one did: nothing is kept for that
 */
export function pagesBefore({ referrer, location }) {
  const before = referrer ? new URL(referrer) : null;
  return before?.origin === location.origin ? [before.pathname] : [];
}
