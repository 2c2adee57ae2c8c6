/**
 * What the citizen did and the worker may not have taken in yet. A page can be left before its worker has started: what is
 * in here is told with every message, until the worker says that it was taken in. It holds no page that was looked at
 * but for what a collector noticed, and that only where a rule needs it and the citizen has said yes.
 */

/** @typedef {[kind: string, about: string, at: number, bucket: number, mark?: string]} Noticed a path, or words of the catalogue, and a mark that a rule names; no more */

/** @typedef {[since: number, at: number]} Another when the page was opened, and when the citizen said so there (Unix milliseconds) */

/**
 * @typedef {object} Untold
 * @property {number} forgot when everything was to be forgotten (Unix milliseconds), or 0
 * @property {Another | null} another the visit that was for someone else
 * @property {string[]} dismissed items called not relevant
 * @property {Noticed[]} noticed
 * @property {Said[]} said what the citizen told, in that order: of topics, pins and answers
 */

/** @typedef {{type: string, at: number} & Record<string, unknown>} Said a message of a page to the worker, and when */

import { keepText } from "./room.js";

const KEY = "nearside.untold";

/** @type {Readonly<Untold>} */
export const NOTHING = { forgot: 0, another: null, dismissed: [], noticed: [], said: [] };

/**
 * @param {Storage | null} storage
 * @returns {Untold}
 */
export function readUntold(storage) {
  try {
    const { forgot, another, dismissed, noticed, said } = JSON.parse(storage?.getItem(KEY) ?? "{}");
    return {
      forgot: isTime(forgot) ? forgot : 0,
      another: rows(another).filter(isTime).length === 2 ? another.slice(0, 2) : null,
      dismissed: rows(dismissed).filter((item) => /^\//.test(item)),
      noticed: /** @type {Noticed[]} */ (rows(noticed).filter(Array.isArray)),
      said: rows(said).filter((each) => isTime(each?.at)),
    };
  } catch {
    return { ...NOTHING };
  }
}

/**
 * @param {Storage | null} storage
 * @param {Untold} untold
 * @returns {boolean} whether it is kept
 */
export function saveUntold(storage, untold) {
  if (isEmpty(untold)) {
    storage?.removeItem(KEY);
    return true;
  }
  return keepText(storage, KEY, JSON.stringify(untold));
}

/**
 * @param {Storage | null} storage
 * @param {{forgot: number, another?: number, dismissed: string[], noticed?: Noticed[], said?: Said[]}} taken what the worker has taken in
 */
export function forgetTold(storage, taken) {
  const { forgot, another, dismissed, noticed, said } = readUntold(storage);
  const told = (taken.noticed ?? []).map(String);
  const heard = (taken.said ?? []).map(({ at }) => at);
  saveUntold(storage, {
    forgot: forgot > taken.forgot ? forgot : 0,
    another: another?.[1] === taken.another ? null : another,
    dismissed: dismissed.filter((item) => !taken.dismissed.includes(item)),
    noticed: noticed.filter((row) => !told.includes(String(row))),
    said: said.filter(({ at }) => !heard.includes(at)),
  });
}

/**
 * @param {Untold} untold
 * @returns {boolean}
 */
export function isEmpty({ forgot, another, dismissed, noticed, said }) {
  return forgot === 0 && !another && dismissed.length + noticed.length + said.length === 0;
}

/** @param {unknown} value; @returns {boolean} whether the worker could read it as a time; what is damaged is left out */
function isTime(value) {
  return Number.isSafeInteger(value) && Number(value) > 0;
}

/** @param {unknown} value; @returns {any[]} */
function rows(value) {
  return Array.isArray(value) ? value : [];
}
