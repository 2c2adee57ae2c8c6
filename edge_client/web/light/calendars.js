/**
 * Whether a place is open, by a calendar of the rules: the twin of `edge_client/wire/calendars.py`. What a calendar holds was read
 * strictly by whoever signed it.
 */

import { DAY_MS } from "./profile.js";

/** @typedef {{name: string, clock: [number, number][], week: [number, number][][], closed: string[], until: string}} Calendar */

/**
 * @param {Calendar} calendar
 * @param {number} at Unix milliseconds
 * @returns {boolean | null} null where it does not say
 */
export function isOpen({ clock, week, closed, until }, at) {
  const row = clock.filter(([since]) => since * 60_000 <= at).at(-1);
  // As if the place were in UTC: the parts of a date are then its own.
  const there = at + (row?.[1] ?? 0) * 60_000;
  const day = new Date(there);
  const date = day.toISOString().slice(0, 10);
  const now = (there % DAY_MS) / 60_000;
  return !row || date > until
    ? null
    : !closed.includes(date) &&
        // Monday comes first, and Sunday last.
        /** @type {[number, number][]} */ (week.at(day.getUTCDay() - 1)).some(
          ([opens, shuts]) => opens <= now && now < shuts,
        );
}
