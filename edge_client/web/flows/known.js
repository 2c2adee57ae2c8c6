/** Answers that pages suggest, for the citizen to confirm: never counted before. */

/** @typedef {import("./tables.js").Answer} Answer */
/** @typedef {import("./tables.js").Flow} Flow */

/**
 * @typedef {object} Hints
 * @property {Record<string, Answer>} answers by question
 * @property {Record<string, string[]>} because titles of the pages that suggest each
 */

/** @type {Readonly<Hints>} */
export const NO_HINTS = { answers: {}, because: {} };

/**
 * @param {Flow} flow
 * @param {string[]} seen
 * @returns {Record<string, Answer>} answers that the pages seen suggest
 */
export function knownFrom(flow, seen) {
  return hintsFrom(
    flow,
    seen.map((page) => [page, page]),
  ).answers;
}

/**
 * @param {Flow} flow
 * @param {[item: string, title: string, ...rest: unknown[]][]} visits pages that were looked at, on this device
 * @returns {Hints} of a question with one answer nothing, where pages of more than one were looked at
 */
export function hintsFrom(flow, visits) {
  const titles = new Map(visits.map(([item, title]) => [item, title]));
  /** @type {Hints} */
  const hints = { answers: {}, because: {} };
  for (const { id, kind, options } of flow.questions) {
    const hinted = (options ?? []).filter(({ pages }) => pages.some((page) => titles.has(page)));
    if (hinted.length === 0 || (kind === "single" && hinted.length > 1)) {
      continue;
    }
    hints.answers[id] = kind === "several" ? hinted.map((option) => option.id) : hinted[0].id;
    const pages = hinted.flatMap((option) => option.pages.filter((page) => titles.has(page)));
    hints.because[id] = [...new Set(pages.map((page) => titles.get(page) ?? page))];
  }
  return hints;
}

/**
 * @param {Document} document
 * @returns {string[]} the page of this site that led here, if one did: nothing is kept for that
 */
export function pagesBefore({ referrer, location }) {
  const before = referrer ? new URL(referrer) : null;
  return before?.origin === location.origin ? [before.pathname] : [];
}
