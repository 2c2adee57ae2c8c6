/** A kept reminder to text and back: the twin of edge_client/reminders/keeping.py. */

import { dayNumber, dayText } from "../flows/day.js";
import { decode, encode } from "../verifier/canonical.js";
import { Malformed } from "../verifier/errors.js";
import { ANY, Fields } from "../verifier/fields.js";
import { inCalendar } from "./days.js";
import { readReminder, readZone } from "./declared.js";
import { lastDay } from "./due.js";

/** @typedef {import("./due.js").Kept} Kept */

const MAX_BYTES = 16 * 1024;
const MOST_PERIODS = 100_000;
const MOST_LEADS = 8;
export const FIRST_ANCHOR = dayNumber("1900-01-01");
export const LAST_ANCHOR = dayNumber("2999-12-31");

/**
 * @param {Kept} kept
 * @returns {string} `until` is its last day, for whoever clears up without reckoning (kept.js)
 */
export function printKept(kept) {
  const { reminder, zone, anchor, period, putOff } = kept;
  const until = dayText(lastDay(kept));
  const value = { v: 1, reminder, zone, anchor: dayText(anchor), period, put_off: putOff, until };
  return new TextDecoder().decode(encode(value));
}

/**
 * @param {string} text
 * @returns {Kept} throws `Malformed`
 */
export function readKept(text) {
  const fields = new Fields(decode(new TextEncoder().encode(text), MAX_BYTES), "kept reminder");
  fields.whole("v", 1, 1);
  const kept = {
    reminder: readReminder(fields.take("reminder"), "kept reminder"),
    zone: readZone(fields),
    anchor: dayNumber(fields.text("anchor", ANY)),
    period: fields.whole("period", 0, MOST_PERIODS),
    putOff: fields.whole("put_off", 0, MOST_LEADS),
  };
  const until = fields.text("until", ANY);
  fields.done();
  if (!(FIRST_ANCHOR <= kept.anchor && kept.anchor <= LAST_ANCHOR)) {
    throw new Malformed("kept reminder: anchor is out of range");
  }
  if (dayText(inCalendar(lastDay(kept))) !== until) {
    throw new Malformed("kept reminder: until is not its last day");
  }
  return kept;
}
