/** Whether suggestions pause: then pages are the server's own, nothing of them is noted, and what is known stays. */

import { datesIn } from "./locale.js";

/** Until when (Unix milliseconds, or `Infinity`), as the citizen said in the panel. */
export const PAUSE = "nearside.pause";

/**
 * @param {Storage | null} storage
 * @param {number} now Unix milliseconds
 */
export function isPaused(storage, now) {
  return now < Number(storage?.getItem(PAUSE));
}

/**
 * @param {Storage | null} storage
 * @param {number} now Unix milliseconds
 * @param {{lang: string, strings: import("./words.js").Strings}} words
 * @returns {string} until when suggestions pause; nothing where they do not
 */
export function pauseWords(storage, now, { lang, strings }) {
  if (!isPaused(storage, now)) {
    return "";
  }
  const until = Number(storage?.getItem(PAUSE));
  return Number.isFinite(until)
    ? strings["paused-until"].replace("{until}", () => datesIn(lang, { dateStyle: "long" }).format(until))
    : strings.paused;
}
