/** What the citizen told this device, in the same bytes as `edge_client/told.py`; and what was shown here (`shown.py`). */

import { decode, encode } from "../verifier/canonical.js";
import { Malformed } from "../verifier/errors.js";
import { Fields } from "../verifier/fields.js";
import { readUtf8 } from "../verifier/spelling.js";

const MOST_PINS = 12;
const MOST_REFUSALS = 200;
const MOST_IMPRESSIONS = 500;
const MOST_TOPICS = 100;
const STANCES = ["follow", "stop"];

/**
 * @typedef {object} Told
 * @property {Readonly<Record<string, string>>} answers
 * @property {Readonly<Record<string, string[]>>} pins
 * @property {Readonly<Record<string, number>>} refused_ms
 * @property {Readonly<Record<string, number>>} ends_ms when answers end; one that is not in it has no end
 * @property {Readonly<Record<string, string>>} topics that the citizen follows, or wants nothing suggested of
 */

/** @typedef {[item: string, at: number]} Impression */

/** @type {Readonly<Told>} */
export const NOTHING_TOLD = Object.freeze({ answers: {}, pins: {}, refused_ms: {}, ends_ms: {}, topics: {} });

/**
 * @param {Uint8Array} raw
 * @returns {Told} throws `Malformed`
 */
export function parseTold(raw) {
  const fields = new Fields({ ends_ms: {}, topics: {}, .../** @type {object} */ (decode(raw)) }, "told");
  fields.whole("v", 1, 1);
  const [answers, pins, refused, ends, topics] = Object.keys(NOTHING_TOLD).map((name) =>
    objectOf(fields.take(name)),
  );
  fields.done();
  const isTime = (/** @type {unknown} */ at) => Number.isSafeInteger(at) && Number(at) >= 0;
  const isPinned = (/** @type {unknown} */ items) =>
    Array.isArray(items) && items.length <= MOST_PINS && items.every((item) => typeof item === "string");
  const holds =
    Object.values(answers).every((answer) => typeof answer === "string") &&
    Object.values(pins).every(isPinned) &&
    [...Object.values(refused), ...Object.values(ends)].every(isTime) &&
    Object.keys(ends).every((name) => Object.hasOwn(answers, name)) &&
    Object.values(topics).every((stance) => STANCES.includes(stance)) &&
    Object.keys(topics).length <= MOST_TOPICS;
  if (!holds) {
    throw new Malformed("told: not answers, pins and times");
  }
  return { answers, pins, refused_ms: refused, ends_ms: ends, topics };
}

/** @param {Told} told */
export function printTold({ answers, pins, refused_ms, ends_ms, topics }) {
  // What is empty is not written: what an earlier version kept reads the same.
  const ends = Object.keys(ends_ms).length > 0 ? { ends_ms } : {};
  const more = Object.keys(topics).length > 0 ? { topics } : {};
  return encode({ ...ends, ...more, v: 1, answers, pins, refused_ms });
}

/**
 * @param {Told} told
 * @param {string} question
 * @param {{option: string | null, until: number}} given an answer and its end, or none
 * @returns {Told}
 */
export function answered(told, question, { option, until }) {
  const { [question]: _, ...others } = told.answers;
  const { [question]: __, ...ends } = told.ends_ms;
  return option === null
    ? { ...told, answers: others, ends_ms: ends }
    : { ...told, answers: { ...others, [question]: option }, ends_ms: { ...ends, [question]: until } };
}

/**
 * @param {Told} told
 * @param {string} topic
 * @param {{stance: string | null, catalogue: import("./catalogue.js").Catalogue}} wanted
 * @returns {Told} of a topic that is stopped nothing is pinned any more
 */
export function aboutTopic(told, topic, { stance, catalogue }) {
  const others = Object.entries(told.topics).filter(([name]) => name !== topic);
  const all = stance === null ? others : [...others, [topic, stance]].slice(-MOST_TOPICS);
  const after = { ...told, topics: Object.fromEntries(all) };
  const stopped = stoppedItems(after, catalogue);
  const pins = Object.values(after.pins).flat();
  return pins.filter((item) => stopped.has(item)).reduce(unpinned, /** @type {Told} */ (after));
}

/**
 * @param {Told} told
 * @param {import("./catalogue.js").Catalogue} catalogue
 * @returns {Set<string>} all items of topics that the citizen wants nothing suggested of
 */
export function stoppedItems({ topics }, catalogue) {
  const isStopped = (/** @type {string} */ topic) => Object.hasOwn(topics, topic) && topics[topic] === "stop";
  return new Set(catalogue.items.filter(({ topic }) => isStopped(topic)).map(({ id }) => id));
}

/**
 * @param {Told} told
 * @param {string} slot
 * @param {string} item
 * @returns {Told} with the item at the end of a slot's pins
 */
export function pinned(told, slot, item) {
  const before = Object.hasOwn(told.pins, slot) ? told.pins[slot].filter((each) => each !== item) : [];
  return { ...told, pins: { ...told.pins, [slot]: [...before, item].slice(-MOST_PINS) } };
}

/**
 * @param {Told} told
 * @param {string} item
 * @returns {Told} with the item pinned nowhere
 */
export function unpinned(told, item) {
  const left = Object.entries(told.pins).map(([slot, items]) => [
    slot,
    items.filter((each) => each !== item),
  ]);
  return { ...told, pins: Object.fromEntries(left.filter(([, items]) => items.length > 0)) };
}

/**
 * @param {Told} told
 * @param {string} item
 * @param {number} at
 * @returns {Told} with the time at which the item was called not relevant; it is pinned no more
 */
export function refused(told, item, at) {
  const { [item]: _, ...others } = told.refused_ms;
  const times = Object.entries(others).concat([[item, at]]);
  const newest = times.sort(([, one], [, other]) => one - other).slice(-MOST_REFUSALS);
  return { ...unpinned(told, item), refused_ms: Object.fromEntries(newest) };
}

/**
 * @param {Told} told
 * @param {(item: string) => boolean} isLeft
 * @returns {Told} without the times of the others at which they were called not relevant
 */
export function wanting(told, isLeft) {
  const left = Object.entries(told.refused_ms).filter(([item]) => isLeft(item));
  return { ...told, refused_ms: Object.fromEntries(left) };
}

/**
 * Decisions are kept by a device that asks its model, and with another's plan on the pages none of them counts: they go.
 *
 * @param {Uint8Array} raw
 * @returns {readonly Impression[]} throws `Malformed`
 */
export function parseShown(raw) {
  const [head] = readUtf8(raw, "decided").split("\n");
  const value = decode(new TextEncoder().encode(head));
  const fields = new Fields(value, "decided");
  fields.whole("v", 1, 1);
  if (Object.hasOwn(/** @type {object} */ (value), "outcomes")) {
    fields.take("outcomes"); // they move what the model suggests, and there is none here
  }
  const shown = fields.rows("shown", MOST_IMPRESSIONS);
  fields.done();
  const isOne = (/** @type {any} */ row) =>
    Array.isArray(row) && row.length === 2 && typeof row[0] === "string" && Number.isSafeInteger(row[1]);
  if (!shown.every(isOne)) {
    throw new Malformed("decided: not impressions");
  }
  return /** @type {any} */ (shown);
}

/** @param {readonly Impression[]} shown */
export function printShown(shown) {
  return encode({ v: 1, shown: [...shown] });
}

/**
 * @param {readonly Impression[]} shown
 * @param {Iterable<string>} items
 * @param {number} at
 * @returns {readonly Impression[]} with one impression more of each
 */
export function withShown(shown, items, at) {
  const more = [...new Set(items)].map((item) => /** @type {Impression} */ ([item, at]));
  return [...shown, ...more].slice(-MOST_IMPRESSIONS);
}

/** @param {any} value; @returns {Record<string, any>} */
function objectOf(value) {
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    throw new Malformed("told: not an object");
  }
  return value;
}
