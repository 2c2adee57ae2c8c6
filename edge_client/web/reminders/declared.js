/** What a site declares of its reminders, read strictly: the twin of edge_client/wire/reminders.py. */

import { dayNumber } from "../flows/day.js";
import { Malformed } from "../verifier/errors.js";
import { Fields } from "../verifier/fields.js";

/** @typedef {import("../verifier/canonical.js").Json} Json */
/** @typedef {Record<string, string>} Words one text in each language */

/**
 * @typedef {{kind: "yearly", month: number, day: number}} Yearly
 * @typedef {{kind: "deadline", on: string}} Deadline
 * @typedef {object} After
 * @property {"after"} kind
 * @property {number} count
 * @property {"years" | "months" | "days"} unit
 * @property {"named" | "finished"} since a day that the citizen names, or the one on which it was done
 * @property {Words | null} ask
 * @property {boolean} repeats
 */

/**
 * @typedef {object} Reminder
 * @property {string} name
 * @property {string[]} languages
 * @property {Words} title
 * @property {Words} page
 * @property {Yearly | Deadline | After} when
 * @property {number[]} leads days before, the most first
 * @property {number} late days after
 */

const ID = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,79}$/;
const LANGUAGE = /^[a-z]{2,3}$/;
const WORDS = /[^\x00-\x20]/u;
const PAGE = /^\/(?!\/)[!-\[\]-~]{0,299}$/;
const ZONE = /^[A-Za-z]+(?:[_+-][A-Za-z0-9]+)*(?:\/[A-Za-z0-9]+(?:[_+-][A-Za-z0-9]+)*){0,2}$/;
const MOST_REMINDERS = 200;
const MOST_LEADS = 8;
const LONGEST_LEAD = 365;
const LONGEST_LATE = 90;
const LONGEST_TEXT = 300;
const MOST_COUNT = { years: 50, months: 600, days: 20_000 };
const SHORTEST_DAYS = { years: 365, months: 28, days: 1 };

/**
 * @param {Json} value
 * @returns {{zone: string, reminders: Reminder[]}} throws `Malformed`
 */
export function readReminders(value) {
  const fields = new Fields(value, "reminders");
  fields.whole("v", 1, 1);
  const zone = readZone(fields);
  const reminders = fields
    .rows("reminders", MOST_REMINDERS)
    .map((row, at) => readReminder(row, `reminder ${at + 1}`));
  fields.done();
  if (reminders.some(({ name }, at) => at > 0 && reminders[at - 1].name >= name)) {
    throw new Malformed("reminders: not sorted by name without doubles");
  }
  return { zone, reminders };
}

/** @param {Fields} fields */
export function readZone(fields) {
  return fields.text("zone", ZONE, 64);
}

/**
 * @param {Json} value
 * @param {string} noun
 * @returns {Reminder} throws `Malformed`
 */
export function readReminder(value, noun) {
  const fields = new Fields(value, noun);
  const languages = readLanguages(fields, noun);
  const reminder = {
    name: fields.text("name", ID),
    languages,
    title: readWords(fields.take("title"), languages, noun),
    page: readWords(fields.take("page"), languages, noun, PAGE),
    when: readWhen(fields.take("when"), languages, noun),
    leads: readLeads(fields, noun),
    late: fields.whole("late", 0, LONGEST_LATE),
  };
  fields.done();
  if (reminder.leads[0] + reminder.late >= shortest(reminder.when)) {
    throw new Malformed(`${noun}: its leads and late days do not fit between one day and the next`);
  }
  return reminder;
}

/** @param {Reminder} reminder */
export function repeats({ when }) {
  return when.kind === "yearly" || (when.kind === "after" && when.repeats);
}

/**
 * @param {Json} value
 * @param {string[]} languages
 * @param {string} noun
 * @returns {Yearly | Deadline | After}
 */
function readWhen(value, languages, noun) {
  const fields = new Fields(value, noun);
  const kind = fields.text("kind", /^(?:yearly|deadline|after)$/);
  const when = kind === "yearly" ? yearly(fields) : kind === "deadline" ? deadline(fields) : after(fields);
  fields.done();
  return when;

  /** @param {Fields} of; @returns {Yearly} */
  function yearly(of) {
    const month = of.whole("month", 1, 12);
    const day = of.whole("day", 1, 31);
    // A leap year has every date that any year has.
    checkDay(`2000-${two(month)}-${two(day)}`);
    return { kind: "yearly", month, day };
  }

  /** @param {Fields} of; @returns {Deadline} */
  function deadline(of) {
    const on = of.text("on", /^/);
    checkDay(on);
    return { kind: "deadline", on };
  }

  /** @param {Fields} of; @returns {After} */
  function after(of) {
    const unit = /** @type {After["unit"]} */ (of.text("unit", /^(?:years|months|days)$/));
    const since = /** @type {After["since"]} */ (of.text("since", /^(?:named|finished)$/));
    const ask = of.take("ask");
    if ((ask === null) === (since === "named")) {
      throw new Malformed(`${noun}: ask is for a day that is named, and for no other`);
    }
    const count = of.whole("count", 1, MOST_COUNT[unit]);
    const words = ask === null ? null : readWords(ask, languages, noun);
    const again = of.take("repeats");
    if (typeof again !== "boolean") {
      throw new Malformed(`${noun}: repeats is not a boolean`);
    }
    return { kind: "after", count, unit, since, ask: words, repeats: again };
  }

  /** @param {string} text */
  function checkDay(text) {
    if (Number.isNaN(dayNumber(text))) {
      throw new Malformed(`${noun}: not a day`);
    }
  }
}

/** @param {Yearly | Deadline | After} when; @returns {number} the fewest days from one day to the next */
function shortest(when) {
  if (when.kind === "yearly") {
    return SHORTEST_DAYS.years;
  }
  return when.kind === "after" && when.repeats ? when.count * SHORTEST_DAYS[when.unit] : Infinity;
}

/** @param {Fields} fields; @param {string} noun; @returns {number[]} */
function readLeads(fields, noun) {
  const leads = fields
    .rows("leads", MOST_LEADS)
    .map((lead) => new Fields({ lead }, noun).whole("lead", 0, LONGEST_LEAD));
  if (leads.length === 0 || leads.some((lead, at) => at > 0 && leads[at - 1] <= lead)) {
    throw new Malformed(`${noun}: leads are none, or not the most first without doubles`);
  }
  return leads;
}

/** @param {Fields} fields; @param {string} noun */
function readLanguages(fields, noun) {
  const each = fields.rows("languages", 20).map((lang) => new Fields({ lang }, noun).text("lang", LANGUAGE));
  if (each.length === 0 || new Set(each).size < each.length) {
    throw new Malformed(`${noun}: languages are none, or one is there twice`);
  }
  return each;
}

/** @param {Json} value; @param {string[]} languages; @param {string} noun; @param {RegExp} [pattern] */
function readWords(value, languages, noun, pattern = WORDS) {
  const fields = new Fields(value, noun);
  const words = languages.map((lang) => [lang, fields.text(lang, pattern, LONGEST_TEXT)]);
  fields.done();
  return /** @type {Words} */ (Object.fromEntries(words));
}

/** @param {number} number */
function two(number) {
  return String(number).padStart(2, "0");
}
