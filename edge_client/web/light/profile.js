/**
 * The profile without Python: the twin of `edge_client/profile.py`, in the same bytes. It never leaves the device.
 */

import { decode, encode } from "../verifier/canonical.js";
import { Malformed } from "../verifier/errors.js";
import { ANY, Fields } from "../verifier/fields.js";
import { isEqual } from "../verifier/spelling.js";

export const SESSION_GAP_MS = 30 * 60 * 1000;
export const DAY_MS = 24 * 60 * 60 * 1000;
const MAX_VISITS = 200;
const MOST_DISMISSED = 16 * 1024 * 1024;
const CAME_FROM = ["nowhere", "search", "elsewhere"];

/** @typedef {[item: string, at_ms: number, session: number]} Visit */

/**
 * @typedef {object} Profile
 * @property {readonly Visit[]} visits oldest first
 * @property {readonly string[]} dismissed sorted
 * @property {number} cleared_ms when everything was last forgotten
 * @property {number} sessions
 * @property {boolean} grouped whether this device may say which group of pages its own are like
 * @property {number} met_ms
 * @property {string | null} began_from
 * @property {number} another_ms when a visit was last said to be for someone else
 */

/** @type {Readonly<Profile>} */
export const NOBODY = Object.freeze({
  visits: [],
  dismissed: [],
  cleared_ms: 0,
  sessions: 0,
  grouped: true,
  met_ms: 0,
  began_from: null,
  another_ms: 0,
});

/**
 * @param {Uint8Array} raw
 * @returns {Profile} throws `Malformed`
 */
export function parseProfile(raw) {
  const value = decode(raw);
  const fields = new Fields(value, "profile");
  const has = (/** @type {string} */ name) => Object.hasOwn(/** @type {object} */ (value), name);
  fields.whole("v", 1, 1);
  const profile = {
    visits: fields.rows("visits", MAX_VISITS).map(visitOf),
    dismissed: fields.rows("dismissed", MOST_DISMISSED).map(String),
    cleared_ms: fields.whole("cleared_ms", 0),
    sessions: fields.whole("sessions", 0),
    grouped: has("grouped") ? fields.take("grouped") === true : true,
    met_ms: has("met_ms") ? fields.whole("met_ms", 0) : 0,
    began_from: has("began_from") ? fields.text("began_from", ANY) : null,
    another_ms: has("another_ms") ? fields.whole("another_ms", 0) : 0,
  };
  fields.done();
  const knows = profile.began_from === null || CAME_FROM.includes(profile.began_from);
  if (!knows || !isEqual(printProfile(profile), raw)) {
    throw new Malformed("profile: says a thing in another way than the one");
  }
  return profile;
}

/** @param {Profile} profile */
export function printProfile({ visits, dismissed, cleared_ms, sessions, ...more }) {
  const { grouped, met_ms, began_from, another_ms } = more;
  return encode({
    ...(grouped ? {} : { grouped }),
    ...(met_ms ? { met_ms } : {}),
    ...(began_from ? { began_from } : {}),
    ...(another_ms ? { another_ms } : {}),
    v: 1,
    visits: [...visits],
    dismissed: [...dismissed],
    cleared_ms,
    sessions,
  });
}

/** @param {Profile} profile; @returns {number} of the last session: numbers go on rising when visits are forgotten */
export function lastSession({ visits, sessions }) {
  return Math.max(visits.at(-1)?.[2] ?? 0, sessions);
}

/** @param {Profile} profile; @returns {number} when a page was last looked at, as far as that is kept */
export function lastMs({ visits, met_ms }) {
  return Math.max(visits.at(-1)?.[1] ?? 0, met_ms);
}

/**
 * @param {Profile} profile
 * @param {number} at
 */
export function startsSession(profile, at) {
  const met = profile.visits.length > 0 || profile.met_ms > 0;
  return !met || at - lastMs(profile) > SESSION_GAP_MS;
}

/**
 * @param {Profile} profile
 * @param {number} at
 * @param {string | null} cameFrom
 * @returns {Profile} after any page view, kept or not
 */
export function met(profile, at, cameFrom) {
  const now = Math.max(at, lastMs(profile));
  const sessions = lastSession(profile);
  return startsSession(profile, now)
    ? { ...profile, met_ms: now, sessions: sessions + 1, began_from: cameFrom }
    : { ...profile, met_ms: now, sessions };
}

/**
 * @param {Profile} profile
 * @param {string} item
 * @param {{at: number, keepDays: number}} when a clock that jumped back never makes time run backwards
 * @returns {Profile} after one page view
 */
export function visited(profile, item, { at, keepDays }) {
  const now = Math.max(at, lastMs(profile));
  const session = lastSession(profile) + (startsSession(profile, now) ? 1 : 0);
  const last = profile.visits.at(-1);
  const kept = profile.visits.filter(([, when]) => now - when <= keepDays * DAY_MS);
  if (last && last[2] === session && last[0] === item) {
    kept.pop(); // a reload is not a second look
  }
  kept.push([item, now, session]);
  return { ...profile, visits: kept.slice(-MAX_VISITS) };
}

/**
 * @param {Profile} profile
 * @param {(visit: Visit) => boolean} unwanted
 * @returns {Profile}
 */
export function withoutVisits(profile, unwanted) {
  const visits = profile.visits.filter((visit) => !unwanted(visit));
  return visits.length === profile.visits.length
    ? profile
    : { ...profile, visits, sessions: lastSession(profile) };
}

/**
 * @param {Profile} profile
 * @param {string} item
 * @returns {Profile}
 */
export function dismiss(profile, item) {
  return { ...profile, dismissed: [...new Set([...profile.dismissed, item])].sort() };
}

/**
 * @param {Profile} profile
 * @param {number} at tells one wish from another; the same one told again changes nothing
 * @returns {Profile}
 */
export function clear(profile, at) {
  return at === profile.cleared_ms
    ? profile
    : { ...NOBODY, cleared_ms: at, sessions: lastSession(profile), grouped: profile.grouped };
}

/**
 * @param {Profile} profile
 * @param {{at: number, since: number}} said when, and on a page that was opened when
 * @returns {Set<number>} the sessions that "this visit" means
 */
export function sessionsMeant(profile, { at, since }) {
  const seen = profile.visits.find(([, when]) => when >= since)?.[2];
  const opened = seen ?? (startsSession(profile, since) ? null : lastSession(profile));
  const now = startsSession(profile, at) ? null : lastSession(profile);
  return new Set([opened, now].filter((session) => session !== null));
}

/**
 * @param {Profile} profile
 * @param {number} now
 * @returns {number} when something was last to be forgotten, as far as that is not in the future
 */
export function toldMs({ cleared_ms, another_ms }, now) {
  return Math.max(0, ...[cleared_ms, another_ms].filter((at) => at <= now));
}

/**
 * @param {Profile} profile
 * @param {number} count
 * @param {(visit: Visit) => boolean} wanted
 * @returns {string[]} the last so many different items, most recent first
 */
export function recentAmong({ visits }, count, wanted) {
  /** @type {Set<string>} */
  const items = new Set();
  for (const visit of [...visits].reverse()) {
    if (items.size < count && wanted(visit)) {
      items.add(visit[0]);
    }
  }
  return [...items];
}

/** @param {import("../verifier/canonical.js").Json} value; @returns {Visit} */
function visitOf(value) {
  if (Array.isArray(value) && value.length === 3) {
    const [item, at, session] = value;
    if (typeof item === "string" && typeof at === "number" && typeof session === "number") {
      return [item, at, session];
    }
  }
  throw new Malformed("profile: a visit is not an item, a time and a session");
}
