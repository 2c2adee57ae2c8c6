/** Reminders kept in this browser because somebody asked for them: listed, expiring, deletable. */

import { dayHere } from "../flows/day.js";
import { REMINDER } from "../kept.js";
import { dayIn } from "./days.js";
import { lastDay } from "./due.js";
import { printKept, readKept } from "./keeping.js";

/** @typedef {import("./due.js").Kept} Kept */

/**
 * @param {Storage | null} storage
 * @param {number} now Unix milliseconds
 * @returns {Kept[]} by name; what is over, or cannot be read, goes
 */
export function listReminders(storage, now) {
  const found = [];
  for (const key of Object.keys(storage ?? {}).sort()) {
    if (key.startsWith(REMINDER)) {
      try {
        const kept = readKept(storage?.getItem(key) ?? "");
        if (REMINDER + kept.reminder.name !== key || lastDay(kept) < dayFor(kept, now)) {
          throw new Error("kept reminder: of another name, or over");
        }
        found.push(kept);
      } catch {
        storage?.removeItem(key);
      }
    }
  }
  return found;
}

/**
 * @param {Storage | null} storage
 * @param {Kept} kept
 * @returns {boolean} whether it is kept now
 */
export function keepReminder(storage, kept) {
  const text = printKept(kept);
  try {
    storage?.setItem(REMINDER + kept.reminder.name, text);
    return storage?.getItem(REMINDER + kept.reminder.name) === text;
  } catch {
    return false; // no room
  }
}

/**
 * @param {Storage | null} storage
 * @param {string} name
 */
export function dropReminder(storage, name) {
  storage?.removeItem(REMINDER + name);
}

/**
 * @param {string | null} key
 * @returns {boolean} whether a change under this key of the storage is one of a reminder
 */
export function isReminder(key) {
  return key === null || key.startsWith(REMINDER);
}

/**
 * @param {{zone: string}} of
 * @param {number} now Unix milliseconds
 * @returns {number} the day that it is where the site is, or here where this browser does not know the zone
 */
export function dayFor({ zone }, now) {
  try {
    return dayIn(zone, now);
  } catch {
    return dayHere(new Date(now));
  }
}
