/**
 * When reminders and notices keep still on this device, by its own clock: until it is switched off, or in the same hours of
 * every day. Warnings of danger to life and safety never do.
 */

import { keepText } from "./room.js";

export const QUIET = "nearside.quiet";

/** @typedef {{on: boolean, hours: [from: number, to: number] | null}} Quiet hours of the day, 0 to 23; the first up to the last */

/** @type {Quiet} */
const NEVER = { on: false, hours: null };

/**
 * @param {Pick<Storage, "getItem"> | null} storage
 * @returns {Quiet} what cannot be read keeps nothing still
 */
export function readQuiet(storage) {
  try {
    const { on, hours } = JSON.parse(storage?.getItem(QUIET) ?? "{}");
    const isWhole = Array.isArray(hours) && hours.length === 2 && hours.every(isHour);
    return { on: on === true, hours: isWhole ? [hours[0], hours[1]] : null };
  } catch {
    return NEVER;
  }
}

/**
 * @param {Storage | null} storage
 * @param {Quiet} quiet nothing is kept where nothing is to keep still
 */
export function keepQuiet(storage, { on, hours }) {
  if (on || hours) {
    keepText(storage, QUIET, JSON.stringify({ on, hours }));
  } else {
    storage?.removeItem(QUIET);
  }
}

/**
 * @param {Quiet} quiet
 * @param {number} hour of the day here, 0 to 23
 * @returns {boolean} whether it is quiet then; hours may run past midnight, and the same twice is the whole day
 */
export function isQuiet({ on, hours }, hour) {
  if (on || !hours) {
    return on;
  }
  const [from, to] = hours;
  return from < to ? from <= hour && hour < to : from <= hour || hour < to;
}

/**
 * @param {Pick<Storage, "getItem"> | null} storage
 * @param {number} now Unix milliseconds
 */
export function isQuietNow(storage, now) {
  return isQuiet(readQuiet(storage), new Date(now).getHours());
}

/** @param {unknown} value */
function isHour(value) {
  return Number.isInteger(value) && 0 <= Number(value) && Number(value) < 24;
}
