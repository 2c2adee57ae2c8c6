/** A reminder as a calendar file (RFC 5545): the twin of edge_client/reminders/calendar_file.py. */

import { dayText } from "../flows/day.js";
import { shortened } from "../decision_id.js";
import { encode } from "../verifier/canonical.js";
import { sha256 } from "../verifier/merkle.js";
import { printHex } from "../verifier/spelling.js";
import { dayOf, parts } from "./days.js";

const LINE_BYTES = 75;
const ALARM_HOUR = 9;
const SHORT_MONTH = 28;
const FREQUENCY = { years: "YEARLY", months: "MONTHLY", days: "DAILY" };

/**
 * @typedef {object} Entry
 * @property {import("./due.js").Kept} kept
 * @property {number} period from which of its days on
 * @property {string} lang
 * @property {string} origin
 * @property {number} made the day on which the file is made
 * @property {string} [note] what else the citizen is told in it: what the decision is called, and where to look it up
 */

/**
 * @param {Entry} entry
 * @returns {Promise<string>}
 */
export async function calendarFile({ kept, period, lang, origin, made, note }) {
  const { reminder } = kept;
  const day = dayOf(reminder, kept.anchor, period);
  const title = reminder.title[lang];
  const url = origin + reminder.page[lang];
  return [
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//Nearside//Reminders 1//EN",
    "CALSCALE:GREGORIAN",
    "BEGIN:VEVENT",
    `UID:${await uidOf(kept, origin)}`,
    `DTSTAMP:${basic(made)}T000000Z`,
    `DTSTART;VALUE=DATE:${basic(day)}`,
    ...rule(kept, day),
    `SUMMARY:${escaped(title)}`,
    `DESCRIPTION:${escaped(`${title}: ${url}${note ? ` ${note}` : ""}`)}`,
    `URL:${url}`,
    "CLASS:PRIVATE",
    "TRANSP:TRANSPARENT",
    ...reminder.leads.flatMap((lead) => alarm(lead, title)),
    "END:VEVENT",
    "END:VCALENDAR",
  ]
    .map(folded)
    .join("");
}

/**
 * @param {import("./due.js").Kept} kept
 * @param {string} origin
 * @returns {Promise<string>} what the decision to remind is called: the beginning of its UID
 */
export async function reminderDecision(kept, origin) {
  return shortened(await uidOf(kept, origin));
}

/** @param {import("./due.js").Kept} kept; @param {string} origin */
async function uidOf(kept, origin) {
  const made = await sha256(encode({ site: origin, name: kept.reminder.name, day: first(kept) }));
  return printHex(made).slice(0, 32);
}

/** @param {number} lead; @param {string} title */
function alarm(lead, title) {
  // Counted from midnight, when the day begins.
  const hours = `T${24 - ALARM_HOUR}H`;
  const trigger = lead > 1 ? `-P${lead - 1}D${hours}` : lead === 1 ? `-P${hours}` : `PT${ALARM_HOUR}H`;
  return [
    "BEGIN:VALARM",
    "ACTION:DISPLAY",
    `TRIGGER:${trigger}`,
    `DESCRIPTION:${escaped(title)}`,
    "END:VALARM",
  ];
}

/** @param {import("./due.js").Kept} kept; @param {number} day; @returns {string[]} how the day comes again */
function rule({ reminder: { when }, anchor }, day) {
  if (when.kind === "yearly") {
    return [repeated(1, "years", when.month, when.day)];
  }
  if (when.kind === "after" && when.repeats && when.since === "named") {
    return [repeated(when.count, when.unit, parts(day)[1], parts(anchor)[2])];
  }
  return [];
}

/** @param {number} count; @param {"years" | "months" | "days"} unit; @param {number} month; @param {number} on */
function repeated(count, unit, month, on) {
  const made = `RRULE:FREQ=${FREQUENCY[unit]};INTERVAL=${count}`;
  if (unit === "days" || on <= SHORT_MONTH) {
    return made;
  }
  // Months without such a day would be left out (section 3.3.10): the last of what they have is meant.
  const days = Array.from({ length: on - SHORT_MONTH + 1 }, (_, at) => SHORT_MONTH + at).join(",");
  return `${made}${unit === "years" ? `;BYMONTH=${month}` : ""};BYMONTHDAY=${days};BYSETPOS=-1`;
}

/** @param {import("./due.js").Kept} kept; @returns {string} of a yearly series its date alone */
function first({ reminder, anchor }) {
  const { when } = reminder;
  return when.kind === "yearly"
    ? `--${two(when.month)}-${two(when.day)}`
    : dayText(dayOf(reminder, anchor, 0));
}

/** @param {number} number */
function two(number) {
  return String(number).padStart(2, "0");
}

/** @param {number} day */
function basic(day) {
  return dayText(day).replaceAll("-", "");
}

/** @param {string} value */
function escaped(value) {
  return value.replace(/[\x00-\x1f\x7f]/g, " ").replace(/[\\;,]/g, "\\$&");
}

/** @param {string} line */
function folded(line) {
  const parted = [""];
  let size = 0;
  for (const each of line) {
    const width = new TextEncoder().encode(each).length;
    if (size + width > LINE_BYTES) {
      parted.push("");
      size = 1; // the space that a folded line begins with
    }
    parted[parted.length - 1] += each;
    size += width;
  }
  return `${parted.join("\r\n ")}\r\n`;
}
