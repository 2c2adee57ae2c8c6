/** What pages noticed, as this device keeps it: the twin of `edge_client/signals/{kept,noted,needs,words}.py`. */

import { decode, encode } from "../verifier/canonical.js";
import { Malformed } from "../verifier/errors.js";
import { Fields } from "../verifier/fields.js";
import { scrubQuery, wordsOf } from "../signals/words.js";
import { MARK } from "./conditions.js";
import { lastSession, startsSession } from "./profile.js";

/** @typedef {[kind: string, about: string, at: number, session: number, bucket: number, mark?: string]} Signal */

/**
 * @typedef {object} Signals
 * @property {readonly Signal[]} rows
 * @property {readonly string[]} off what the citizen switched off, sorted
 * @property {Readonly<Record<string, number>>} most_days for how many days at most they let each kind be kept
 */

const MOST_SIGNALS = 300;
const MOST_NOTED = 50;
const MOST_BUCKET = 3;
export const SWITCHES = ["visits", "clicks", "reading", "searches", "forms", "marks", "context"];

/** The switch of every kind of signal. */
const SWITCH_OF = new Map([
  ["clicked", "clicks"],
  ["read", "reading"],
  ["searched", "searches"],
  ["form-begun", "forms"],
  ["form-finished", "forms"],
  ["marked", "marks"],
]);

/** @type {Readonly<Signals>} */
export const NO_SIGNALS = Object.freeze({ rows: [], off: [], most_days: {} });

/**
 * @param {Uint8Array} raw
 * @returns {Signals} throws `Malformed`
 */
export function parseSignals(raw) {
  const fields = new Fields({ most_days: {}, .../** @type {object} */ (decode(raw)) }, "signals");
  fields.whole("v", 1, 1);
  const most = Object.entries(fields.take("most_days") ?? {});
  const rows = fields.rows("rows", MOST_SIGNALS);
  const off = fields.rows("off", SWITCHES.length);
  fields.done();
  if (!most.every(([name, days]) => SWITCHES.includes(name) && isWhole(days) && days > 0)) {
    throw new Malformed("signals: most_days names what nobody can switch");
  }
  if (!rows.every(isSignal) || off.some((name) => !SWITCHES.includes(String(name)))) {
    throw new Malformed("signals: not scrubbed signals and switches");
  }
  return {
    rows: /** @type {any} */ (rows),
    off: /** @type {string[]} */ (off),
    most_days: Object.fromEntries(most),
  };
}

/** @param {Signals} kept */
export function printSignals({ rows, off, most_days }) {
  const more = Object.keys(most_days).length > 0 ? { most_days } : {};
  return encode({ ...more, v: 1, off: [...off], rows: [...rows] });
}

/** @param {string} kind; @returns {string | undefined} undefined for what nobody notices */
export function switchOf(kind) {
  return SWITCH_OF.get(kind);
}

/**
 * @param {Signals} kept
 * @param {Signal} signal that was told before counts once, with its longest reading; a page is marked once in a session
 * @returns {Signals}
 */
export function withSignal(kept, signal) {
  const fields = [0, 1, signal[5] ? 3 : 2, 5];
  const at = kept.rows.findIndex((each) => fields.every((field) => each[field] === signal[field]));
  if (at < 0) {
    return { ...kept, rows: [...kept.rows, signal].slice(-MOST_SIGNALS) };
  }
  if (signal[4] <= kept.rows[at][4]) {
    return kept;
  }
  const longer = /** @type {Signal} */ ([...kept.rows[at]]);
  longer[4] = signal[4];
  return { ...kept, rows: kept.rows.map((each, place) => (place === at ? longer : each)) };
}

/**
 * @param {Signals} kept
 * @param {(signal: Signal) => boolean} wanted
 * @returns {Signals}
 */
export function only(kept, wanted) {
  return { ...kept, rows: kept.rows.filter(wanted) };
}

/**
 * @param {Signals} kept
 * @param {string} name
 * @param {boolean} on
 * @returns {Signals} what was noticed of a kind that is switched off goes at once
 */
export function switched(kept, name, on) {
  const others = kept.off.filter((each) => each !== name);
  const off = on ? others : [...others, name].sort();
  return only({ ...kept, off }, ([kind]) => !off.includes(/** @type {string} */ (switchOf(kind))));
}

/**
 * @param {Signals} kept
 * @param {string} name
 * @param {number | null} days null for as long as the rules keep it
 * @returns {Signals}
 */
export function keptFor(kept, name, days) {
  const { [name]: _, ...others } = kept.most_days;
  return { ...kept, most_days: days === null ? others : { ...others, [name]: days } };
}

/**
 * @param {unknown} rows as a page noted them
 * @param {{profile: import("./profile.js").Profile, words: readonly string[], at: number, pageOf: (path: string) =>
 *   string | null}} known words that rules know, and what names a page
 * @returns {Signal[]} in the last session of the profile: pages tell before the view that could begin another; but what a
 *   page is may be told before its own
 */
export function signalsOf(rows, { profile, words, at, pageOf }) {
  return (Array.isArray(rows) ? rows : []).slice(0, MOST_NOTED).flatMap((row) => {
    const [kind, about, noted, bucket, ...mark] = Array.isArray(row) ? row : [];
    const isNoted = switchOf(kind) && typeof about === "string" && isWhole(noted) && isWhole(bucket);
    if (!isNoted || bucket > MOST_BUCKET || !isMarked(kind, mark)) {
      return [];
    }
    const when = Math.min(noted, at);
    const session = lastSession(profile) + Number(kind === "marked" && startsSession(profile, when));
    const kept =
      kind === "searched"
        ? scrubQuery(about, [...words])
            .sort()
            .join(" ")
        : pageOf(about);
    return kept && session ? [/** @type {Signal} */ ([kind, kept, when, session, bucket, ...mark])] : [];
  });
}

/**
 * @param {import("./catalogue.js").Catalogue} catalogue
 * @param {(item: string) => boolean} isSensitive
 * @returns {Map<string, string>} the topic that each word speaks for; nothing sensitive is among them
 */
export function lexiconOf(catalogue, isSensitive) {
  /** @type {Map<string, Map<string, number>>} */
  const pages = new Map();
  for (const { id, title, topic } of catalogue.items) {
    const said = isSensitive(id) ? "" : topic;
    for (const word of new Set([...wordsOf(title), ...wordsOf(topic)])) {
      const counted = pages.get(word) ?? new Map();
      counted.set(said, (counted.get(said) ?? 0) + 1);
      pages.set(word, counted);
    }
  }
  /** @type {Map<string, string>} */
  const lexicon = new Map();
  for (const [word, counted] of pages) {
    const total = [...counted.values()].reduce((sum, count) => sum + count, 0);
    for (const [topic, count] of counted) {
      // Two thirds of all are more than any other has.
      if (topic && 3 * count > 2 * total && (count > 1 || wordsOf(topic).includes(word))) {
        lexicon.set(word, topic);
      }
    }
  }
  return lexicon;
}

/** @param {any} value */
function isSignal(value) {
  const [kind, about, at, session, bucket, ...mark] = Array.isArray(value) ? value : [];
  const isRight = switchOf(kind) && typeof about === "string" && [at, session, bucket].every(isWhole);
  return isRight && bucket <= MOST_BUCKET && isMarked(kind, mark);
}

/**
 * @param {string} kind
 * @param {unknown[]} marks one of a page that is marked, and none of anything else
 */
function isMarked(kind, marks) {
  const isMark = (/** @type {unknown} */ one) => typeof one === "string" && MARK.test(one);
  return marks.length === Number(kind === "marked") && marks.every(isMark);
}

/** @param {unknown} value */
function isWhole(value) {
  return Number.isSafeInteger(value) && /** @type {number} */ (value) >= 0;
}
