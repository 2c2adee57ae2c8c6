/**
 * One chain of what this device decided, whichever way it reached the citizen: lists, as the worker keeps them, and reminders, alerts
 * and what is under way, as the page works them out anew from what it keeps. Nothing is kept for it.
 */

import { shortened, taskDecision } from "../decision_id.js";
import { dayText } from "../flows/day.js";
import { KEPT_DAYS, listKept } from "../flows/store.js";
import { lastDayOf } from "../flows/sealing.js";
import { reminderDecision } from "../reminders/calendar_file.js";
import { dayOf } from "../reminders/days.js";
import { current, due } from "../reminders/due.js";
import { languageOf } from "../reminders/saying.js";
import { dayFor, listReminders } from "../reminders/store.js";

/** How many links of the chain are listed. */
export const MOST = 20;

/**
 * @typedef {object} Link
 * @property {string} id
 * @property {number} at since when it is said (Unix milliseconds); later than now, from when
 * @property {string} kind how it is said in words
 * @property {string} title
 * @property {string} lang of the title
 * @property {string | null} href
 * @property {number} day what it is about or when it ends (Unix milliseconds)
 * @property {string} [led] which list suggested it
 * @typedef {{decision: import("./decisions.js").Decision, at: number} | {link: Link, at: number}} Row
 */

/**
 * @param {readonly import("./decisions.js").Decision[]} decisions as the worker lists them
 * @param {readonly Link[]} links
 * @returns {Row[]} the newest first, and with each link the newest list that suggested its page
 */
export function chained(decisions, links) {
  const rows = [
    ...decisions.map((decision) => ({ decision, at: decision.at })),
    ...links.map((link) => ({ link: { ...link, ...ledTo(link, decisions) }, at: link.at })),
  ];
  return rows.sort((one, other) => other.at - one.at).slice(0, MOST);
}

/** @param {Link} link; @param {readonly import("./decisions.js").Decision[]} decisions */
function ledTo({ href }, decisions) {
  const led = decisions
    .filter(({ seen }) => seen.some(({ items }) => items.some(([item]) => item === href)))
    .sort((one, other) => other.at - one.at);
  return led.length ? { led: shortened(led[0].name) } : {};
}

/**
 * @param {{storage: Storage | null, now: number, lang: string, site: string}} here `now` in Unix milliseconds, `site` its origin
 * @param {ReadonlyMap<string, {title: string, href: string, lang: string | null}>} ways
 * @returns {Promise<Link[]>} reminders and answers to questions that are kept here
 */
export async function linksHere({ storage, now, lang, site }, ways) {
  const found = listReminders(storage, now).map(async (kept) => {
    const { reminder } = kept;
    const today = dayFor(kept, now);
    const day = dayOf(reminder, kept.anchor, current(kept, today) ?? kept.period);
    const begins = reminder.leads.map((lead) => day - lead);
    const said = begins.filter((begin) => begin <= today).at(-1);
    const own = languageOf(reminder, lang);
    return {
      id: await reminderDecision(kept, site),
      at: momentOf(said ?? begins[0]),
      kind: due(kept, today) ? "reminder-due" : said === undefined ? "reminder-waits" : "reminder-later",
      title: reminder.title[own],
      lang: own,
      href: reminder.page[own],
      day: momentOf(day),
    };
  });
  const begun = listKept(storage)
    .filter(({ text }) => lastDayOf(text) > 0)
    .map(async ({ name, text }) => ({
      id: await taskDecision(`flow:${name}`, site),
      at: momentOf(lastDayOf(text) - KEPT_DAYS),
      kind: "task",
      title: ways.get(`flow:${name}`)?.title ?? name.replaceAll("-", " "),
      lang: ways.get(`flow:${name}`)?.lang ?? lang,
      href: ways.get(`flow:${name}`)?.href ?? null,
      day: momentOf(lastDayOf(text)),
    }));
  return Promise.all([...found, ...begun]);
}

/** @param {number} day; @returns {number} when it begins here (Unix milliseconds) */
function momentOf(day) {
  return Date.parse(`${dayText(day)}T00:00`);
}
