/** The tests that conditions are made of, read strictly: the twin of `edge_client/wire/audience.py`. */

import { Malformed } from "../verifier/errors.js";
import { Fields } from "../verifier/fields.js";

/** @typedef {import("../verifier/canonical.js").Json} Json */
/** @typedef {Record<string, any>} When one test under the name of its kind */

export const NAME = /^[a-z][a-z0-9-]{0,39}$/;
const TEXT = /^.+$/u;
const MOST_NAMED = 64;
const SIGNALS = /^(?:clicked|read|searched|form-begun|form-finished|marked)$/;
/** What a page says of itself, as rules name it: the twin of `edge_client/wire/marks.py`. */
export const MARK = /^(?:type|service|audience|life-event|format|content):[a-z0-9][a-z0-9-]{0,59}$/;

/** @typedef {(fields: Fields) => any} Read of one field */

const texts = (/** @type {string} */ name, least = 0, pattern = TEXT) =>
  /** @type {[string, Read]} */ ([name, (fields) => textsIn(fields, name, { least, pattern })]);
const whole = (/** @type {string} */ name, /** @type {number} */ low, /** @type {number} */ high) =>
  /** @type {[string, Read]} */ ([name, (fields) => fields.whole(name, low, high)]);
const word = (/** @type {string} */ name, /** @type {RegExp} */ pattern) =>
  /** @type {[string, Read]} */ ([name, (fields) => fields.text(name, pattern)]);
const often = [whole("least", 1, 50), whole("days", 0, 730), whole("sessions", 1, 20)];

/** The fields of every kind of test that is an object; the others are below. */
const FIELDS = new Map(
  Object.entries({
    visited: [texts("items"), texts("topics"), ...often],
    noticed: [word("kind", SIGNALS), texts("items"), texts("topics"), ...often, whole("bucket", 0, 3)],
    answered: [word("question", NAME), texts("options", 1, NAME)],
    task: [texts("begun", 1), texts("done", 1), whole("days", 1, 730), word("is", /^(?:begun|done)$/)],
    archetype: [texts("names", 1)],
    hours: [whole("start", 0, 23), whole("end", 1, 24)],
    open: [word("calendar", NAME)],
    device: [texts("classes", 1, /^(?:phone|tablet|desktop)$/)],
    language: [texts("langs", 1, /^[a-z]{2}$/)],
    began_from: [texts("kinds", 1, /^(?:nowhere|search|elsewhere)$/)],
    table: [word("name", NAME), texts("gives", 1, NAME)],
  }),
);

/**
 * @param {Json} value
 * @returns {When} throws `Malformed`
 */
export function whenOf(value) {
  const outer = new Fields(value, "rules: condition");
  const [kind, ...more] = Object.keys(/** @type {object} */ (value));
  if (kind === undefined || more.length > 0) {
    throw new Malformed("rules: condition: not an object of one test");
  }
  if (kind === "all" || kind === "any") {
    return { [kind]: namesIn(outer, kind) };
  }
  if (kind === "not") {
    return { not: outer.text("not", NAME) };
  }
  const inner = outer.take(kind);
  if (kind === "first_visit" && inner === true) {
    return { first_visit: true };
  }
  const known = FIELDS.get(kind);
  if (!known) {
    throw new Malformed("rules: condition: no device knows this kind of fact");
  }
  const fields = new Fields(inner, `rules: condition: ${kind}`);
  const test = Object.fromEntries(known.map(([name, read]) => [name, read(fields)]));
  if (test.kind === "marked") {
    test.marks = textsIn(fields, "marks", { least: 1, pattern: MARK });
  }
  fields.done();
  check(kind, test);
  return { [kind]: test };
}

/**
 * @param {string} kind
 * @param {Record<string, any>} test
 */
function check(kind, test) {
  const isOfPages = kind === "visited" || kind === "noticed";
  if (isOfPages && test.items.length + test.topics.length === 0) {
    throw new Malformed(`rules: condition: ${kind}: names neither items nor topics`);
  }
  if (kind === "noticed") {
    const misplaced = test.kind === "searched" ? test.items : test.kind.startsWith("form") ? test.topics : [];
    if (misplaced.length > 0 || (test.kind === "read") !== test.bucket > 0) {
      throw new Malformed("rules: condition: noticed: asks for what is never noticed");
    }
  }
}

/**
 * @param {Fields} fields
 * @param {string} name
 * @param {number} [least]
 */
export function namesIn(fields, name, least = 1) {
  return textsIn(fields, name, { least, pattern: NAME });
}

/**
 * @param {Fields} fields
 * @param {string} name
 * @param {{most?: number, least?: number, pattern?: RegExp, twice?: boolean}} [more] how many, of which form, and
 *   whether one may be there twice
 * @returns {string[]} throws `Malformed`
 */
export function textsIn(fields, name, { most = MOST_NAMED, least = 0, pattern, twice = false } = {}) {
  const values = fields.rows(name, most);
  const found = values.filter((value) => typeof value === "string" && (pattern?.test(value) ?? true));
  if (found.length !== values.length || found.length < least) {
    throw new Malformed(`rules: ${name} holds too little, or what it may not`);
  }
  if (!twice && new Set(found).size !== found.length) {
    throw new Malformed(`rules: ${name} names something twice`);
  }
  return /** @type {string[]} */ (found);
}
