/** The rules of a bundle, read strictly: the twin of `edge_client/wire/rules.py`, in the shapes of the file itself. */

import { decode } from "../verifier/canonical.js";
import { Malformed } from "../verifier/errors.js";
import { ANY, Fields } from "../verifier/fields.js";
import { NAME, namesIn, textsIn, whenOf } from "./conditions.js";

/** @typedef {import("../verifier/canonical.js").Json} Json */
/** @typedef {import("./conditions.js").When} When */

const MOST_ITEMS = 50_000;
const MOST_PLACES = 12;
const MOST_DAYS = 730;
const DAY = /^20\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;
const USUAL_DAYS = 365;
export const EVERY_TOPIC = "*";
const SOMETHING = /^.+$/u;

/** The priority ladder, highest first; what stands higher is placed first. */
export const RUNGS = ["emergency", "safety", "task", "reminder", "suggestion"];

/** @typedef {{columns: string[], rows: {cells: ("yes" | "no" | "any")[], gives: string}[], otherwise: string}} Table */
/** @typedef {{name: string, when?: When} & Partial<Table>} Definition a condition, or a decision table */

/**
 * @typedef {object} Slot
 * @property {string} slot
 * @property {string[]} pages
 * @property {number} count
 * @property {string[]} kinds
 * @property {string[]} not_topics
 * @property {number} per_topic
 * @property {number} explore_milli
 * @property {"editorial" | "rules" | "scored" | "model"} level
 * @property {number} sway_milli how far the citizen's own outcomes move the model's scores
 */

/**
 * @typedef {object} Rule
 * @property {string} name
 * @property {string} slot
 * @property {string} rung
 * @property {"offer" | "withhold"} does
 * @property {string | null} when
 * @property {string[]} items
 * @property {string[]} topics
 * @property {{times: number, days: number} | null} cap
 * @property {number} cool_down_days
 * @property {string} egress
 */

/** @typedef {{name: string, options: string[], label: string, about: string[], keep_days: number, on_page: boolean}} Question */

/**
 * @typedef {object} Rules
 * @property {number} v
 * @property {Slot[]} slots
 * @property {number} recent_pages
 * @property {number} keep_days
 * @property {string[]} never_topics
 * @property {string[]} never_items
 * @property {Definition[]} definitions
 * @property {Question[]} questions
 * @property {Rule[]} rules
 * @property {string[]} entitled_items
 * @property {string[]} entitled_topics
 * @property {number} slots_a_page
 * @property {number} interest_sessions
 * @property {number} half_life_days 0 where what was seen does not fade
 * @property {string[]} child_topics
 * @property {import("./calendars.js").Calendar[]} calendars
 * @property {number} outcome_days 0 where what became of suggestions is not kept
 */

/** What rules of version 1 say of what they do not know. */
const FIRST = {
  definitions: [],
  questions: [],
  rules: [],
  entitled_items: [],
  entitled_topics: [],
  slots_a_page: 1000,
  interest_sessions: 1,
  half_life_days: 0,
  child_topics: [],
  outcome_days: 0,
  calendars: [],
};

/**
 * @param {Uint8Array} raw
 * @returns {Rules} throws `Malformed`, also for a kind of condition that this device does not know
 */
export function parseRules(raw) {
  const value = decode(raw);
  const fields = new Fields(value, "rules");
  const has = (/** @type {string} */ name) => Object.hasOwn(/** @type {object} */ (value), name);
  const v = fields.whole("v", 1, 2);
  const plain = (/** @type {string} */ name) => textsIn(fields, name, { most: MOST_ITEMS, twice: true });
  fields.whole("decay_milli", 0, 1000);
  const rules = {
    v,
    slots: fields.rows("slots", 1000).map((value) => slotOf(value, v)),
    recent_pages: fields.whole("recent_pages", 1, 5),
    keep_days: fields.whole("keep_days", 1, MOST_DAYS),
    never_topics: plain("never_topics"),
    never_items: plain("never_items"),
    ...(v === 1
      ? FIRST
      : {
          definitions: fields.rows("definitions", 200).map(definitionOf),
          questions: fields.rows("questions", 20).map(questionOf),
          rules: fields.rows("rules", 200).map(ruleOf),
          entitled_items: plain("entitled_items"),
          entitled_topics: plain("entitled_topics"),
          slots_a_page: fields.whole("slots_a_page", 1, MOST_PLACES),
          interest_sessions: fields.whole("interest_sessions", 1, 5),
          half_life_days: has("half_life_days") ? fields.whole("half_life_days", 1, MOST_DAYS) : 0,
          child_topics: has("child_topics") ? plain("child_topics") : [],
          outcome_days: has("outcome_days") ? fields.whole("outcome_days", 1, MOST_DAYS) : 0,
          calendars: /** @type {any} */ (has("calendars") ? fields.rows("calendars", 20) : []),
        }),
  };
  fields.done();
  namedOnce(rules.slots.map(({ slot }) => slot));
  for (const named of [rules.definitions, rules.questions, rules.rules]) {
    namedOnce(named.map(({ name }) => name));
  }
  return rules;
}

/** @param {Rules} rules; @returns {boolean} whether the whole site is declared to be for children */
export function isForChildren({ child_topics }) {
  return child_topics.includes(EVERY_TOPIC);
}

/** @param {Slot} slot; @returns {boolean} whether the model's scores count where there is room for it */
export function hasScores({ level }) {
  return level === "scored" || level === "model";
}

/** @param {Rule} rule; @returns {boolean} whether it may not be hidden, capped or crowded out */
export function isForEveryone({ rung }) {
  return rung === "emergency" || rung === "safety";
}

/**
 * @param {Json} value
 * @param {number} v
 * @returns {Slot}
 */
function slotOf(value, v) {
  const fields = new Fields(value, "rules: slot");
  const isSwayed = v > 1 && Object.hasOwn(/** @type {object} */ (value), "sway_milli");
  const kinds = textsIn(fields, "kinds", { most: 2, least: 1, twice: true });
  const slot = {
    slot: fields.text("slot", SOMETHING),
    pages: textsIn(fields, "pages", { most: MOST_ITEMS, twice: true }),
    count: fields.whole("count", 1, MOST_PLACES),
    kinds,
    not_topics: textsIn(fields, "not_topics", { most: MOST_ITEMS, twice: true }),
    per_topic: fields.whole("per_topic", 1, MOST_PLACES),
    explore_milli: fields.whole("explore_milli", 0, 1000),
    sway_milli: isSwayed ? fields.whole("sway_milli", 1, 300) : 0,
    level: v === 1 ? "model" : fields.text("level", /^(?:editorial|rules|scored|model)$/),
  };
  fields.done();
  if (kinds.some((kind) => kind !== "information" && kind !== "transaction")) {
    throw new Malformed("rules: slot: kinds are not among information and transaction");
  }
  return /** @type {Slot} */ (slot);
}

/** @param {Json} value; @returns {Definition} */
function definitionOf(value) {
  const fields = new Fields(value, "rules: definition");
  const name = fields.text("name", NAME);
  if (Object.hasOwn(/** @type {object} */ (value), "when")) {
    const when = whenOf(fields.take("when"));
    fields.done();
    return { name, when };
  }
  const columns = namesIn(fields, "columns");
  const table = {
    columns,
    rows: fields.rows("rows", 64).map((row) => rowOf(row, columns.length)),
    otherwise: fields.text("otherwise", NAME),
  };
  fields.done();
  if (columns.length > 8) {
    throw new Malformed("rules: table: more than 8 columns");
  }
  return { name, ...table };
}

/**
 * @param {Json} value
 * @param {number} columns
 */
function rowOf(value, columns) {
  const fields = new Fields(value, "rules: table: row");
  const cells = /** @type {("yes" | "no" | "any")[]} */ (
    textsIn(fields, "cells", { most: columns, least: columns, pattern: /^(?:yes|no|any)$/, twice: true })
  );
  const gives = fields.text("gives", NAME);
  fields.done();
  return { cells, gives };
}

/** @param {Json} value; @returns {Question} */
function questionOf(value) {
  const fields = new Fields(value, "rules: question");
  const has = (/** @type {string} */ name) => Object.hasOwn(/** @type {object} */ (value), name);
  const question = {
    name: fields.text("name", NAME),
    label: fields.text("label", /^(?:declared|sensitive|place)$/),
    options: namesIn(fields, "options", 2),
    about: textsIn(fields, "about"),
    keep_days: has("keep_days") ? fields.whole("keep_days", 1, MOST_DAYS) : USUAL_DAYS,
    on_page: has("on_page") && fields.take("on_page") === true,
  };
  fields.done();
  if ((has("keep_days") && question.keep_days === USUAL_DAYS) || has("on_page") !== question.on_page) {
    throw new Malformed("rules: question: says of a field what it says by leaving it out");
  }
  if (question.about.length > 0 && question.label !== "sensitive") {
    throw new Malformed("rules: question: is about sensitive topics and not labelled so");
  }
  return question;
}

/** @param {Json} value; @returns {Rule} */
function ruleOf(value) {
  const fields = new Fields(value, "rules: rule");
  const [when, cap] = [fields.take("when"), fields.take("cap")];
  const rule = {
    name: fields.text("name", NAME),
    slot: fields.text("slot", SOMETHING),
    rung: fields.text("rung", new RegExp(`^(?:${RUNGS.join("|")})$`)),
    does: fields.text("does", /^(?:offer|withhold)$/),
    when: when === null ? null : new Fields({ when }, "rules: rule").text("when", NAME),
    items: textsIn(fields, "items"),
    topics: textsIn(fields, "topics"),
    cap: cap === null ? null : capOf(cap),
    cool_down_days: fields.whole("cool_down_days", 0, MOST_DAYS),
    egress: fields.text("egress", /^(?:nothing|count|trigger)$/),
  };
  // What people read of a rule, and no device needs.
  fields.text("goal", SOMETHING, 300);
  fields.text("owner", SOMETHING, 100);
  fields.text("review", DAY);
  fields.done();
  if (rule.items.length + rule.topics.length === 0) {
    throw new Malformed("rules: rule: names neither items nor topics");
  }
  return /** @type {Rule} */ (rule);
}

/** @param {Json} value */
function capOf(value) {
  const fields = new Fields(value, "rules: rule: cap");
  const cap = { times: fields.whole("times", 1, 100), days: fields.whole("days", 1, MOST_DAYS) };
  fields.done();
  return cap;
}

/** @param {string[]} names */
function namedOnce(names) {
  if (new Set(names).size !== names.length) {
    throw new Malformed("rules: something is named twice");
  }
}
