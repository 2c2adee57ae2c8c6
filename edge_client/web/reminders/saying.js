/** Reminders in words, and as a file that the browser saves. */

import { dayText } from "../flows/day.js";
import { printDay } from "../flows/words.js";
import { distancesIn } from "../locale.js";
import { element } from "../markup.js";
import { sayDecision } from "../decision_id.js";
import { calendarFile, reminderDecision } from "./calendar_file.js";

/** @typedef {import("./due.js").Kept} Kept */
/** @typedef {import("../words.js").Strings} Strings */

/**
 * @param {Kept["reminder"]} reminder
 * @param {string} lang of the page
 * @returns {string} the language in which the reminder is told there
 */
export function languageOf({ languages }, lang) {
  return languages.includes(lang) ? lang : languages[0];
}

/** @param {number} day; @param {string} lang */
export function dayWords(day, lang) {
  return printDay(dayText(day), lang);
}

/** From so many days on they are told in months: nobody reckons with 368 of them. */
const MANY_DAYS = 90;
const DAYS_A_MONTH = 30.44;

/**
 * @param {number} days until it is due; less than nothing: since
 * @param {string} lang
 * @returns {string} "in 12 months", "in 30 days", "today", "3 days ago"
 */
export function distance(days, lang) {
  const format = distancesIn(lang);
  return days < MANY_DAYS
    ? format.format(days, "day")
    : format.format(Math.round(days / DAYS_A_MONTH), "month");
}

/**
 * @param {Kept} kept
 * @param {string} words
 * @returns {HTMLElement} what the decision to remind is called, a moment later
 */
export function showDecision(kept, words) {
  const made = element("p", "", "nearside-hint nearside-decision-id");
  void reminderDecision(kept, location.origin).then((id) => made.replaceChildren(...sayDecision(words, id)));
  return made;
}

/**
 * Have the browser save the reminder for another calendar; made here, from what the page has.
 *
 * @param {Kept} kept
 * @param {{period: number, lang: string, today: number, words?: string}} of `words` say what its decision is called, where this device
 *   keeps the reminder and can be asked about it
 */
export async function saveCalendarFile(kept, { period, lang, today, words }) {
  const note = words?.replace("{id}", await reminderDecision(kept, location.origin));
  const text = await calendarFile({
    kept,
    period,
    lang: languageOf(kept.reminder, lang),
    origin: location.origin,
    made: today,
    note,
  });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/calendar;charset=utf-8" }));
  link.download = `${kept.reminder.name}.ics`;
  link.click();
  URL.revokeObjectURL(link.href);
}
