/** Whether a reminder is said on a day, and what follows from later and done: the twin of edge_client/reminders/due.py. */

import { dayOf } from "./days.js";
import { repeats } from "./declared.js";

/**
 * @typedef {object} Kept what this device keeps of a reminder
 * @property {import("./declared.js").Reminder} reminder
 * @property {string} zone by whose clock its days begin
 * @property {number} anchor the day that its days are counted from
 * @property {number} period the first day, by its number, that was not done
 * @property {number} putOff how many of its leads were answered with later
 */

/** @typedef {import("./declared.js").Reminder["when"]} When */
/** @typedef {{name: string, day: number, again: number | null}} Due again: when it is said next if it is put off */

/**
 * @param {import("./declared.js").Reminder} reminder
 * @param {string} zone
 * @param {number} anchor
 * @param {number} today
 * @returns {Kept | null} what to keep of a reminder that is asked for today; null where all its days are over
 */
export function begin(reminder, zone, anchor, today) {
  const kept = { reminder, zone, anchor, period: 0, putOff: 0 };
  let period = current(kept, today);
  while (period === null && repeats(reminder)) {
    kept.period += 2;
    period = current(kept, today);
  }
  return period === null ? null : { ...kept, period };
}

/**
 * @param {When} when
 * @param {When} other
 * @returns {boolean} whether both count their days from the same thing: an anchor of one is one of the other
 */
export function countsAlike(when, other) {
  return (
    when.kind === other.kind && (when.kind !== "after" || when.since === /** @type {any} */ (other).since)
  );
}

/**
 * @param {Kept} kept
 * @param {import("./declared.js").Reminder} reminder as the site declares it now, its days counted alike
 * @param {string} zone
 * @param {number} today
 * @returns {Kept | null} what to keep of it: other days begin anew from the same anchor; null where all are over
 */
export function redeclared(kept, reminder, zone, today) {
  if (!countsAlike(kept.reminder.when, reminder.when)) {
    throw new Error("reminder: counted from something else than before");
  }
  if (days(kept.reminder.when) !== days(reminder.when)) {
    return begin(reminder, zone, kept.anchor, today);
  }
  return { ...kept, reminder, zone, putOff: 0 };
}

/**
 * @param {Kept} kept
 * @param {number} today
 * @returns {Due | null} what is said today
 */
export function due(kept, today) {
  const period = current(kept, today);
  if (period === null) {
    return null;
  }
  const { name, leads } = kept.reminder;
  const day = dayOf(kept.reminder, kept.anchor, period);
  const passed = reached(kept.reminder, day, today);
  if (passed <= (period === kept.period ? kept.putOff : 0)) {
    return null;
  }
  return { name, day, again: passed < leads.length ? day - leads[passed] : null };
}

/**
 * @param {Kept} kept
 * @param {number} today
 * @returns {Kept} what is kept after later: nothing more is said until the next lead
 */
export function putOff(kept, today) {
  const period = current(kept, today);
  if (period === null) {
    return kept;
  }
  const day = dayOf(kept.reminder, kept.anchor, period);
  return { ...kept, period, putOff: reached(kept.reminder, day, today) };
}

/**
 * @param {Kept} kept
 * @param {number} today
 * @returns {Kept | null} what is kept once it was done today; null where nothing follows
 */
export function done(kept, today) {
  const period = current(kept, today);
  const { when } = kept.reminder;
  if (!repeats(kept.reminder) || period === null) {
    return null;
  }
  if (when.kind === "after" && when.since === "finished") {
    return { ...kept, anchor: today, period: 0, putOff: 0 };
  }
  return { ...kept, period: period + 1, putOff: 0 };
}

/**
 * @param {Kept} kept
 * @param {number} today
 * @returns {number | null} the number of the day that the reminder is about next; null when it is over
 */
export function current(kept, today) {
  for (const period of [kept.period, kept.period + 1]) {
    if (today <= dayOf(kept.reminder, kept.anchor, period) + kept.reminder.late) {
      return period;
    }
    if (!repeats(kept.reminder)) {
      break;
    }
  }
  return null;
}

/** @param {Kept} kept; @returns {number} the last day on which it is kept if nobody answers it */
export function lastDay(kept) {
  const period = kept.period + (repeats(kept.reminder) ? 1 : 0);
  return dayOf(kept.reminder, kept.anchor, period) + kept.reminder.late;
}

/** @param {When} when; @returns {string} what the days are reckoned by: the question for the first is words */
function days(when) {
  const reckoned = Object.entries(when).filter(([name]) => name !== "ask");
  return JSON.stringify(reckoned.sort());
}

/** @param {import("./declared.js").Reminder} reminder; @param {number} day; @param {number} today */
function reached({ leads }, day, today) {
  return leads.filter((lead) => today >= day - lead).length;
}
