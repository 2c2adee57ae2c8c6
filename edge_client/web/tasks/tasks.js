/** What this device keeps of somebody's tasks: answers to questions, answers to forms, reminders. */

import { taskDecision } from "../decision_id.js";
import { dayHere } from "../flows/day.js";
import { lastDayOf } from "../flows/sealing.js";
import { listKept as listFlows } from "../flows/store.js";
import { reminderDecision } from "../reminders/calendar_file.js";
import { dayOf } from "../reminders/days.js";
import { current, due, lastDay } from "../reminders/due.js";
import { dayWords, distance, languageOf, saveCalendarFile } from "../reminders/saying.js";
import { dayFor, dropReminder, listReminders } from "../reminders/store.js";
import { KEPT_DAYS, without } from "../vault/vault.js";

/**
 * @typedef {object} Task
 * @property {string} title
 * @property {string} lang of the title
 * @property {string | null} href where it goes on
 * @property {string} hint
 * @property {"due" | "saved" | "begun" | "waiting" | "kept" | "pinned"} status
 * @property {number} rank what asks for something comes first
 * @property {(() => Promise<string>) | null} id what its decision is called; null for what no decision said
 * @property {(() => void) | null} save have the browser save it for another calendar
 * @property {(safe: import("../vault/sealing.js").Safe) => Promise<boolean> | void} drop false where it is not deleted
 */

/**
 * @typedef {object} Source
 * @property {Storage} storage
 * @property {import("../flows/sealing.js").Answers} sealed answers to questions
 * @property {import("../vault/vault.js").Entry[]} entries
 * @property {Map<string, HTMLAnchorElement>} ways
 * @property {number} now Unix milliseconds
 * @property {string} lang
 * @property {import("../words.js").Strings} strings
 */

/** @param {Source} source; @returns {Task[]} what is due first, then what is not finished */
export function listTasks(source) {
  return [...reminders(source), ...flows(source), ...forms(source)].sort(
    (one, other) => one.rank - other.rank,
  );
}

/** @param {Source} source; @returns {Task[]} */
function reminders({ storage, now, lang, strings }) {
  return listReminders(storage, now).flatMap((kept) => {
    const { reminder } = kept;
    const today = dayFor(kept, now);
    const period = current(kept, today);
    if (period === null) {
      return [];
    }
    const day = dayOf(reminder, kept.anchor, period);
    const own = languageOf(reminder, lang);
    const isDue = due(kept, today) !== null;
    const hint = strings.for
      .replace("{day}", dayWords(day, lang))
      .replace("{distance}", distance(day - today, lang))
      .replace("{until}", dayWords(lastDay(kept), lang));
    return [
      {
        title: reminder.title[own],
        lang: own,
        href: reminder.page[own],
        hint: `${strings.reminder}. ${hint}`,
        status: isDue ? "due" : "waiting",
        rank: isDue ? 0 : 2,
        id: () => reminderDecision(kept, location.origin),
        save: () => void saveCalendarFile(kept, { period, lang, today, words: strings["decision-file"] }),
        drop: () => dropReminder(storage, reminder.name),
      },
    ];
  });
}

/** @param {Source} source; @returns {Task[]} */
function flows({ storage, sealed, ways, now, lang, strings }) {
  sealed.dropOver(dayHere(new Date(now)));
  return listFlows(storage).map(({ name, text }) => {
    const way = ways.get(`flow:${name}`);
    return {
      title: way?.textContent ?? name.replaceAll("-", " "),
      lang,
      href: way?.getAttribute("href") ?? null,
      hint: `${strings.flow}. ${strings.until.replace("{until}", dayWords(lastDayOf(text), lang))}`,
      status: /** @type {const} */ ("saved"),
      rank: 1,
      id: () => taskDecision(`flow:${name}`, location.origin),
      save: null,
      drop: () => sealed.drop(name),
    };
  });
}

/** @param {Source} source; @returns {Task[]} */
function forms({ entries, ways, now, lang, strings }) {
  const today = dayHere(new Date(now));
  return [...new Set(entries.map(({ form }) => form))].map((form) => {
    const own = entries.filter((entry) => entry.form === form);
    const way = ways.get(`form:${form}`);
    const until = Math.max(...own.map(({ on }) => on)) + KEPT_DAYS;
    const count = strings.fields.replace("{count}", String(own.length));
    return {
      title: way?.textContent ?? own[0].title,
      lang,
      href: way?.getAttribute("href") ?? null,
      hint: `${strings.form}. ${count} ${strings.until.replace("{until}", dayWords(until, lang))}`,
      status: "kept",
      rank: 3,
      id: () => taskDecision(`form:${form}`, location.origin),
      save: null,
      drop: (safe) => safe.change(today, (kept) => without(kept, form)),
    };
  });
}
