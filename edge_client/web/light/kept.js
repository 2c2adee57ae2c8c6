/** This device's own storage, read and written as Python does (`edge_client/keeping.py`): either goes on with the other's. */

import { decode, encode } from "../verifier/canonical.js";
import { Malformed, Untrue } from "../verifier/errors.js";
import { isEqual } from "../verifier/spelling.js";
import { NO_BOOK, allows, parseBook, printBook } from "./book.js";
import { NOBODY, parseProfile, printProfile } from "./profile.js";
import { NOTHING_KNOWN } from "./session.js";
import { NO_SIGNALS, parseSignals, printSignals } from "./signals.js";
import { NOTHING_TOLD, parseShown, parseTold, printShown, printTold } from "./told.js";

/** @typedef {import("./session.js").Kept} Kept */
/** @typedef {Pick<import("../store.js").Store, "load" | "save" | "erase">} Store */

/**
 * @typedef {object} Kind
 * @property {keyof Kept} name in a session
 * @property {(raw: Uint8Array) => any} parse
 * @property {(value: any) => Uint8Array} print
 * @property {any} nothing
 * @property {string[]} coveredBy purposes; none where it is kept for the citizen's own sake
 */

/**
 * What is kept, by its name in storage, in the order in which it is written: the book last, so that a device that stops before
 * a no is taken in is told it again, and erases then what is left.
 *
 * @type {ReadonlyMap<string, Kind>}
 */
const KINDS = new Map(
  Object.entries({
    profile: {
      name: "profile",
      parse: parseProfile,
      print: printProfile,
      nothing: NOBODY,
      coveredBy: ["suggest", "learn"],
    },
    told: { name: "told", parse: parseTold, print: printTold, nothing: NOTHING_TOLD, coveredBy: ["suggest"] },
    signals: {
      name: "signals",
      parse: parseSignals,
      print: printSignals,
      nothing: NO_SIGNALS,
      coveredBy: ["suggest", "learn"],
    },
    decided: {
      name: "shown",
      parse: parseShown,
      print: printShown,
      nothing: NOTHING_KNOWN.shown,
      coveredBy: ["suggest"],
    },
    book: { name: "book", parse: parseBook, print: printBook, nothing: NO_BOOK, coveredBy: [] },
  }),
);
/** What another runtime keeps besides, and the purpose that covers it. */
const OF_OTHERS = new Map([
  ["reporter", "learn"],
  ["arm", "suggest"],
]);
const NO_PAIR = [999999, 999999];

/**
 * @param {Store} store
 * @returns {Promise<{kept: Kept, raw: ReadonlyMap<string, Uint8Array>}>} without what cannot be read: the page must always
 *   work; and the bytes of what can
 */
export async function loadKept(store) {
  /** @type {Record<string, any>} */
  const kept = {};
  const raw = new Map();
  for (const [kind, { name, parse, nothing }] of KINDS) {
    const found = await read(kind, parse, store);
    kept[name] = found?.value ?? nothing;
    raw.set(kind, found?.raw);
  }
  return { kept: /** @type {any} */ (kept), raw };
}

/**
 * @param {Kept} after
 * @param {{raw: ReadonlyMap<string, Uint8Array>, store: Store}} before what was kept, and where
 */
export async function storeKept(after, { raw, store }) {
  for (const [kind, { name, print, nothing }] of KINDS) {
    const [printed, before] = [print(after[name]), raw.get(kind)];
    if (isEqual(printed, print(nothing))) {
      await (before ? store.erase(kind) : null);
    } else if (!before || !isEqual(before, printed)) {
      await store.save(kind, printed);
    }
  }
}

/**
 * Erase what no consent covers any more, and of what the citizen has all forgotten what cannot be read. Reports that are
 * silenced say nothing of what was looked at: which of their pages is to be forgotten only another runtime could tell.
 *
 * @param {Kept} kept
 * @param {{isCleared: boolean, isSilent: boolean, store: Store}} how
 */
export async function forgetUncovered({ book }, { isCleared, isSilent, store }) {
  for (const [kind, { parse, coveredBy }] of KINDS) {
    const isGone = coveredBy.length > 0 && (isCleared || !coveredBy.some((purpose) => allows(book, purpose)));
    const raw = isGone ? await load(kind, store) : null;
    if (raw && attempt(parse, raw) === null) {
      await store.erase(kind);
    }
  }
  for (const [kind, purpose] of OF_OTHERS) {
    const raw = await load(kind, store);
    if (raw && !allows(book, purpose)) {
      await store.erase(kind);
    } else if (raw && isSilent && kind === "reporter") {
      const silent = attempt(silenced, raw);
      await (silent ? store.save(kind, silent) : store.erase(kind));
    }
  }
}

/**
 * Erase what was to be kept anew, where the storage took nothing: what is still there is to be forgotten.
 *
 * @param {Store} store
 */
export async function forgetUnkept(store) {
  for (const kind of [...KINDS.keys(), ...OF_OTHERS.keys()]) {
    await (kind === "book" ? null : store.erase(kind).catch(() => {}));
  }
}

/**
 * @template T
 * @param {string} kind
 * @param {(raw: Uint8Array) => T} parse
 * @param {Store} store
 * @returns {Promise<{value: T, raw: Uint8Array} | null>} null where nothing was kept, and where it cannot be read
 */
export async function read(kind, parse, store) {
  const raw = await load(kind, store);
  const value = raw && attempt(parse, raw);
  if (raw && value === null && !saysItsVersion(raw)) {
    await store.erase(kind);
  }
  return raw && value !== null ? { value, raw } : null;
}

/**
 * @param {string} kind
 * @param {Store} store
 * @returns {Promise<Uint8Array | null>}
 */
async function load(kind, store) {
  const raw = await store.load(kind);
  return raw instanceof Uint8Array ? raw : null;
}

/** @param {Uint8Array} raw; @returns {boolean} whether another version of this software wrote it: it may come back */
function saysItsVersion(raw) {
  const end = raw.indexOf(0x0a);
  const value = /** @type {any} */ (attempt(decode, end < 0 ? raw : raw.slice(0, end)));
  return Number.isSafeInteger(value?.v);
}

/**
 * @param {Uint8Array} raw reports that are still to leave
 * @returns {Uint8Array} as many, which say nothing
 */
function silenced(raw) {
  const reporter = /** @type {any} */ (decode(raw));
  const outbox = reporter.outbox.map((/** @type {any[]} */ [due, id, , period]) => [
    due,
    id,
    NO_PAIR,
    period,
  ]);
  return encode({ ...reporter, pairs: [], outbox });
}

/**
 * @template T
 * @param {(raw: Uint8Array) => T} parse
 * @param {Uint8Array} raw
 * @returns {T | null}
 */
function attempt(parse, raw) {
  try {
    return parse(raw);
  } catch (error) {
    if (error instanceof Malformed || error instanceof Untrue || error instanceof TypeError) {
      return null;
    }
    throw error;
  }
}
