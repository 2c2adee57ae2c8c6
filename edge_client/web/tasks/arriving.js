/**
 * What a file of everything (docs/formats/download.md) brings from another device: answers to questions, and reminders.
 * Anybody may have written it: each value is held to its own format, and nothing else of it is looked at.
 */

import { dayNumber } from "../flows/day.js";
import { readSaved } from "../flows/saving.js";
import { KEPT_DAYS } from "../flows/store.js";
import { DRAFT, FLOW, REMINDER } from "../kept.js";
import { lastDay } from "../reminders/due.js";
import { readKept } from "../reminders/keeping.js";
import { dayFor } from "../reminders/store.js";
import { encode } from "../verifier/canonical.js";
import { Malformed } from "../verifier/errors.js";

/**
 * @typedef {object} Arriving
 * @property {string} key under which it would be kept
 * @property {string} text as it would lie there
 * @property {number} until its last day
 * @property {boolean} replaces whether something else lies there
 * @property {string} name of the flow or the reminder
 * @property {Record<string, string> | null} title in each language, where it brings its own
 */

const MAX_BYTES = 4 * 1024 * 1024;
const MOST_ROWS = 5_000;
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,79}$/;
const DIGEST = /^[0-9a-f]{16}$/;
const HASH = /^[0-9a-f]{64}$/;

/**
 * @param {string} text of the file
 * @param {{site: string, storage: Pick<Storage, "getItem">, today: number, now: number}} here `today` a day by this device's calendar,
 * `now` Unix milliseconds
 * @returns {{arriving: Arriving[], refused: number}} by key, and how many values are none of theirs, or over; throws `Malformed` for
 * what is no such file, or of another site
 */
export function readArriving(text, here) {
  const rows = rowsOf(text, here.site);
  /** @type {Map<string, Arriving>} */
  const found = new Map();
  let refused = 0;
  // What was kept as it was given is newer than what was saved: it comes last, and stays.
  for (const begin of [FLOW, DRAFT, REMINDER]) {
    for (const { where, key, json } of rows) {
      if (where === "local" && typeof key === "string" && key.startsWith(begin)) {
        try {
          const each =
            begin === REMINDER
              ? readReminder(key, json, here)
              : readFlow(key.slice(begin.length), json, here);
          found.set(each.key, each);
        } catch {
          refused += 1;
        }
      }
    }
  }
  const arriving = [...found.values()].filter(({ key, text }) => here.storage.getItem(key) !== text);
  return { arriving: arriving.sort((one, other) => (one.key < other.key ? -1 : 1)), refused };
}

/** @param {string} text; @param {string} site; @returns {Record<string, unknown>[]} */
function rowsOf(text, site) {
  if (text.length > MAX_BYTES) {
    throw new Malformed("download: too long");
  }
  let file;
  try {
    file = JSON.parse(text);
  } catch {
    throw new Malformed("download: not JSON");
  }
  if (file?.v !== 1 || file.kind !== "nearside-download" || file.site !== site || !Array.isArray(file.kept)) {
    throw new Malformed("download: of another kind, or another site");
  }
  if (file.kept.length > MOST_ROWS) {
    throw new Malformed("download: too many values");
  }
  return file.kept.filter((/** @type {unknown} */ row) => row !== null && typeof row === "object");
}

/**
 * @param {string} name
 * @param {any} json
 * @param {{storage: Pick<Storage, "getItem">, today: number}} here
 * @returns {Arriving}
 */
function readFlow(name, json, { storage, today }) {
  const bytes = encode(json);
  const saved = readSaved(bytes);
  const until = dayNumber(saved.until);
  const isNamed = NAME.test(name) && saved.flow === name && HASH.test(saved.hash);
  const rows = [...saved.answers, ...saved.skipped];
  const isOurs = rows.every(([question, digest]) => NAME.test(question) && DIGEST.test(digest));
  const fields = Object.keys(saved).sort().join();
  if (!isNamed || !isOurs || fields !== "answers,flow,hash,skipped,until,v") {
    throw new Malformed("download: saved answers are not of their format");
  }
  if (until < today || until > today + KEPT_DAYS) {
    throw new Malformed("download: saved answers are over, or kept for longer than any");
  }
  const key = FLOW + name;
  const text = new TextDecoder().decode(bytes);
  const replaces = [key, DRAFT + name].some((other) => storage.getItem(other) !== null);
  return { key, text, until, replaces, name, title: null };
}

/**
 * @param {string} key
 * @param {any} json
 * @param {{storage: Pick<Storage, "getItem">, now: number}} here
 * @returns {Arriving}
 */
function readReminder(key, json, { storage, now }) {
  const text = new TextDecoder().decode(encode(json));
  const kept = readKept(text);
  const { name, title } = kept.reminder;
  if (key !== REMINDER + name || lastDay(kept) < dayFor(kept, now)) {
    throw new Malformed("download: a reminder is of another name, or over");
  }
  return { key, text, until: lastDay(kept), replaces: storage.getItem(key) !== null, name, title };
}
