/**
 * What pages remember of questions that were asked: the answer and its end, as the worker last said, or that somebody skipped
 * it; and which one was asked last. By it a page asks nobody twice while the worker has not started, and the panel has the words that were answered. Kept under suggestions alone, and gone with them.
 */

import { ANSWERS } from "../collect.js";
import { keepText } from "../room.js";

/** How long nobody is asked again who skipped a question. */
const SKIPPED_MS = 90 * 24 * 60 * 60 * 1000;

/** How long a worker may take to hear of an answer: a page believes it no longer without the worker's word, which takes none that a flow
 *  alone may ask for. */
const HEARD_MS = 60 * 1000;
/** Under what it is kept which question was asked last: no question is called so. */
const LAST = "*";
/** Whoever was asked a question is asked no other for a day, and so none in the same visit. */
const ONE_IN_MS = 24 * 60 * 60 * 1000;
/** How much of a page's words is kept. */
const MOST_SAID = 200;

/** @typedef {{asked: string, answer: string, lang: string}} Said the words of the page where it was answered, and their language */
/** @typedef {{option: string | null, until: number | null, at: number, said?: Said, of?: string}} Answer option null: skipped; until null: not said yet; of: the question
 *   that was asked last */

/**
 * @param {Storage | null} storage
 * @param {number} now Unix milliseconds
 * @returns {Record<string, Answer>} by question; what has ended is not among them
 */
export function readAnswers(storage, now) {
  return readFor(HEARD_MS, storage, now);
}

/** @param {number} heard_ms for how long an answer counts without the worker's word; @param {Storage | null} storage; @param {number} now */
function readFor(heard_ms, storage, now) {
  try {
    /** @type {[string, Answer][]} */
    const kept = Object.entries(JSON.parse(storage?.getItem(ANSWERS) ?? "{}"));
    const endOf = (/** @type {Answer} */ { option, until, at }) =>
      until ?? at + (option === null ? SKIPPED_MS : heard_ms);
    return Object.fromEntries(kept.filter(([, answer]) => answer.at <= now && now < endOf(answer)));
  } catch {
    return {};
  }
}

/**
 * @param {Storage | null} storage
 * @param {string} question
 * @param {Omit<Answer, "at"> | null} answer null where it is taken back
 * @param {number} [now] Unix milliseconds
 */
export function keepAnswer(storage, question, answer, now = Date.now()) {
  const { [question]: before, ...others } = readAnswers(storage, now);
  save(storage, answer ? { ...others, [question]: { ...answer, at: now } } : others);
}

/**
 * Whether a question may be asked now: at most one in a visit, over all pages; then it is this one's turn.
 *
 * @param {Storage | null} storage
 * @param {string} question
 * @param {number} [now] Unix milliseconds
 * @returns {boolean}
 */
export function mayAsk(storage, question, now = Date.now()) {
  const { [LAST]: last, ...others } = readAnswers(storage, now);
  if (!last) {
    save(storage, { ...others, [LAST]: { option: null, until: now + ONE_IN_MS, at: now, of: question } });
  }
  return !last || last.of === question;
}

/**
 * Take in what the worker says: it alone knows which answers count. Who skipped a question is known to pages alone.
 *
 * @param {Storage | null} storage
 * @param {{answers?: Record<string, string>, ends?: Record<string, number>}} told
 * @param {number} [now] Unix milliseconds
 */
export function takeAnswers(storage, { answers = {}, ends = {} }, now = Date.now()) {
  // A worker that was slow to say so still finds the words.
  const before = readFor(SKIPPED_MS, storage, now);
  // What was answered a moment ago it may not have heard of yet when it said this.
  const isOwn = (/** @type {Answer} */ { option, until, at }) =>
    option === null || (until === null && now - at < HEARD_MS);
  const own = Object.entries(before).filter(([, answer]) => isOwn(answer));
  const given = Object.entries(answers).map(([name, option]) => {
    const said = before[name]?.option === option ? before[name].said : undefined;
    return [name, { option, until: ends[name] ?? null, at: now, said }];
  });
  save(storage, Object.fromEntries([...own, ...given]));
}

/**
 * @param {string} asked
 * @param {string} answer
 * @param {string} lang
 * @returns {Said} as much of it as is kept
 */
export function wordsOf(asked, answer, lang) {
  return { asked: asked.slice(0, MOST_SAID), answer: answer.slice(0, MOST_SAID), lang };
}

/** @param {Storage | null} storage; @param {Record<string, Answer>} answers */
function save(storage, answers) {
  if (Object.keys(answers).length === 0) {
    storage?.removeItem(ANSWERS);
  } else {
    keepText(storage, ANSWERS, JSON.stringify(answers));
  }
}
