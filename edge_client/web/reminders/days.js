/** The days of a reminder, as numbers: the twin of edge_client/reminders/days.py. */

import { counted, dayNumber, dayText, monthLength } from "../flows/day.js";
import { Malformed } from "../verifier/errors.js";

/** @typedef {import("./declared.js").Reminder} Reminder */

const LAST_YEAR = 9999;

/**
 * @param {number} day
 * @param {number} count
 * @param {"years" | "months" | "days"} unit
 * @returns {number} the day so much later; where the month has no such day, its last
 */
export function later(day, count, unit) {
  const [year, month, date] = parts(day);
  if (unit === "days") {
    return inCalendar(day + count);
  }
  const months = year * 12 + month - 1 + count * (unit === "years" ? 12 : 1);
  return on(Math.floor(months / 12), (months % 12) + 1, date);
}

/**
 * @param {Reminder} reminder
 * @param {number} anchor
 * @param {number} period 0 is the first
 * @returns {number} the reminder's day of that number; throws past the year 9999
 */
export function dayOf({ when }, anchor, period) {
  switch (when.kind) {
    case "deadline":
      return dayNumber(when.on);
    case "yearly": {
      const [year] = parts(anchor);
      const first = on(year, when.month, when.day) < anchor ? year + 1 : year;
      return on(first + period, when.month, when.day);
    }
    case "after":
      return later(anchor, when.count * (period + 1), when.unit);
  }
}

/** @param {number} day; @returns {number[]} its year, month and date */
export function parts(day) {
  return dayText(day).split("-").map(Number);
}

/**
 * @param {string} zone a name of the IANA time zone database
 * @param {number} now Unix milliseconds
 * @returns {number} the day that it is there; throws `RangeError` where this browser does not know the zone
 */
export function dayIn(zone, now) {
  const format = new Intl.DateTimeFormat("en", {
    timeZone: zone,
    calendar: "gregory",
    numberingSystem: "latn",
    year: "numeric",
    month: "numeric",
    day: "numeric",
  });
  const found = Object.fromEntries(format.formatToParts(now).map(({ type, value }) => [type, Number(value)]));
  return counted(found.year, found.month, found.day);
}

/** @param {number} year; @param {number} month; @param {number} date */
function on(year, month, date) {
  if (year > LAST_YEAR) {
    throw new Malformed("reminder: past the calendar's end");
  }
  return counted(year, month, Math.min(date, monthLength(year, month)));
}

/** @param {number} day */
export function inCalendar(day) {
  if (day > counted(LAST_YEAR, 12, 31)) {
    throw new Malformed("reminder: past the calendar's end");
  }
  return day;
}
