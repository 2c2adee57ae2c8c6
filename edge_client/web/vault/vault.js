/** What is kept of forms: the twin of edge_client/vault/vault.py. */

import { dayNumber, dayText } from "../flows/day.js";
import { decode, encode } from "../verifier/canonical.js";
import { Malformed } from "../verifier/errors.js";
import { ANY, Fields, codePoints } from "../verifier/fields.js";
import { isOwn, keyOf, mayBeCard, ownKey } from "./tokens.js";

/**
 * @typedef {object} Entry one answer
 * @property {string} key
 * @property {string} form the form that it was given in
 * @property {string} title what that is called
 * @property {string} value
 * @property {number} on the day
 */

export const KEPT_DAYS = 400;
const MAX_BYTES = 256 * 1024;
const MOST_ENTRIES = 400;
const LONGEST_VALUE = 500;
const LONGEST_TITLE = 200;
const ID = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,79}$/;
const FIRST = dayNumber("2000-01-01");
const LAST = dayNumber("2999-12-31");

/**
 * @param {Uint8Array} bytes
 * @returns {Entry[]} throws `Malformed`
 */
export function readVault(bytes) {
  const fields = new Fields(decode(bytes, MAX_BYTES), "vault");
  fields.whole("v", 1, 1);
  const entries = fields.rows("entries", MOST_ENTRIES).map(readEntry);
  fields.done();
  if (entries.some((entry, at) => at > 0 && compare(entries[at - 1], entry) >= 0)) {
    throw new Malformed("vault: entries are not sorted without doubles");
  }
  return entries;
}

/** @param {readonly Entry[]} entries */
export function printVault(entries) {
  return encode({ v: 1, entries: entries.map((entry) => ({ ...entry, on: dayText(entry.on) })) });
}

/**
 * @param {readonly Entry[]} vault
 * @param {{name: string, title: string}} form
 * @param {Record<string, string>} answers by key
 * @param {number} today
 * @returns {Entry[]} with a form's answers in place of those that it had of this form
 */
export function keep(vault, form, answers, today) {
  const title = [...form.title].slice(0, LONGEST_TITLE).join("");
  const added = Object.entries(answers)
    .filter(([key, value]) => mayKeep(key, value))
    .map(([key, value]) => ({ key, form: form.name, title, value, on: today }));
  return [...without(vault, form.name), ...added]
    .sort((one, other) => other.on - one.on || compare(one, other))
    .slice(0, MOST_ENTRIES)
    .sort(compare);
}

/**
 * @param {readonly Entry[]} vault
 * @param {string} form
 * @param {readonly string[]} keys
 * @param {number} today
 * @returns {Entry[]} an answer for each key that has one: this form's own, or else the newest of another
 */
export function offers(vault, form, keys, today) {
  const usable = vault.filter(({ on }) => on <= today && today <= on + KEPT_DAYS);
  return [...new Set(keys)].flatMap((key) => {
    const mine = usable.filter((entry) => entry.key === key && (entry.form === form || !isOwn(key)));
    const rank = (/** @type {Entry} */ one, /** @type {Entry} */ other) =>
      Number(other.form === form) - Number(one.form === form) ||
      other.on - one.on ||
      (one.form < other.form ? 1 : -1);
    return mine.sort(rank).slice(0, 1);
  });
}

/** @param {readonly Entry[]} vault; @param {string} form */
export function without(vault, form) {
  return vault.filter((entry) => entry.form !== form);
}

/** @param {readonly Entry[]} vault; @param {number} today; @returns {Entry[]} without what is over */
export function current(vault, today) {
  return vault.filter(({ on }) => today <= on + KEPT_DAYS);
}

/** @param {string} key; @param {string} value */
function mayKeep(key, value) {
  const phone = key.split(" ").at(-1)?.startsWith("tel");
  return /[^\x00-\x20]/u.test(value) && codePoints(value) <= LONGEST_VALUE && (phone || !mayBeCard(value));
}

/** @param {import("../verifier/canonical.js").Json} value; @returns {Entry} */
function readEntry(value) {
  const fields = new Fields(value, "vault: entry");
  const entry = {
    key: fields.text("key", ANY),
    form: fields.text("form", ID),
    title: fields.text("title", ANY, LONGEST_TITLE),
    value: fields.text("value", ANY, LONGEST_VALUE),
    on: dayNumber(fields.text("on", ANY)),
  };
  fields.done();
  if ((isOwn(entry.key) ? ownKey(entry.key.slice(1)) : keyOf(entry.key)) !== entry.key) {
    throw new Malformed("vault: entry: a key that nothing may be kept under");
  }
  if (!(FIRST <= entry.on && entry.on <= LAST)) {
    throw new Malformed("vault: entry: on is out of range");
  }
  return entry;
}

/** @param {Entry} one; @param {Entry} other */
function compare(one, other) {
  const [before, after] = [one, other].map(({ key, form }) => [key, form]);
  const at = before[0] === after[0] ? 1 : 0;
  return before[at] < after[at] ? -1 : before[at] > after[at] ? 1 : 0;
}
