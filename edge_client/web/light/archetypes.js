/** Which archetype recent pages are like, in whole numbers: the twin of `edge_client/archetype.py` and its file's. */

import { decode, encode } from "../verifier/canonical.js";
import { Malformed, Untrue } from "../verifier/errors.js";
import { ANY, Fields } from "../verifier/fields.js";
import { isEqual, readBase64 } from "../verifier/spelling.js";
import { sha256 } from "../verifier/merkle.js";
import { DAY_MS, lastMs, recentAmong } from "./profile.js";
import { stoppedItems } from "./told.js";

const MOST = 12;
const STRONGEST = 127;
const WHOLE = 1000;
const MOST_REASONS = 3;
const MOST_TITLES = 2;
const LONGEST_BYTES = 2 * 1024 * 1024;

/**
 * @typedef {object} Archetypes
 * @property {string[]} names
 * @property {number[][]} typical the indexes of the most typical pages of each, best first
 * @property {Uint8Array} table a byte for each page and archetype
 * @property {number} recent
 * @property {number} decay thousandths
 * @property {number} least pages that say something
 * @property {number} floor thousandths of all likeness
 */

/** @typedef {{archetype: number, because: number[]}} Likeness to which, and the pages that say so most, strongest first */

/**
 * @param {Uint8Array} raw
 * @param {{catalogue: import("./catalogue.js").Catalogue, isSensitive: (item: string) => boolean}} site
 * @returns {Promise<Archetypes>} throws `Malformed`, and `Untrue` for those of another catalogue
 */
export async function parseArchetypes(raw, { catalogue, isSensitive }) {
  const fields = new Fields(decode(raw, LONGEST_BYTES), "archetypes");
  const ids = catalogue.items.map(({ id }) => id);
  fields.whole("v", 1, 1);
  const site = fields.text("site", /^[a-z0-9][a-z0-9.-]{0,62}$/);
  const pagesHash = fields.hex("pages_hash", 32);
  const pages = fields.whole("pages", 0, 50_000);
  const groups = fields.rows("archetypes", MOST).map((value) => groupOf(value, pages));
  const names = groups.map(({ name }) => name);
  const found = {
    names,
    typical: groups.map(({ typical }) => typical),
    table: readBase64(fields.text("table", ANY, LONGEST_BYTES), "archetypes: table"),
    recent: fields.whole("recent", 1, 20),
    decay: fields.whole("decay_milli", 1, WHOLE),
    least: fields.whole("least_pages", 3, 20),
    floor: fields.whole("floor_milli", 1, WHOLE),
  };
  fields.done();
  const isTable =
    found.table.length === pages * names.length && found.table.every((byte) => byte <= STRONGEST);
  if (names.length < 2 || new Set(names).size !== names.length || !isTable || found.least > found.recent) {
    throw new Malformed("archetypes: names or table are not as they should be");
  }
  const isOurs = site === catalogue.site && pages === ids.length;
  if (!isOurs || !isEqual(pagesHash, await sha256(encode(ids)))) {
    throw new Untrue("archetypes: made for another catalogue");
  }
  if (ids.some((id, page) => isSensitive(id) && rowOf(found, page).some(Boolean))) {
    throw new Untrue("archetypes: a sensitive page is part of one");
  }
  return found;
}

/**
 * @param {import("./profile.js").Profile} profile
 * @param {import("./told.js").Told} told
 * @param {import("./bundle.js").Bundle} bundle
 * @returns {Likeness | null} null where too little is known, or the citizen switched this off
 */
export function likenessOf(profile, told, { archetypes, catalogue, rules, isSensitive }) {
  if (!archetypes || !profile.grouped) {
    return null;
  }
  const isEnough = rules.interest_sessions === 1 && rules.half_life_days === 0;
  const [interests, stopped] = [interestsOf(profile, told, catalogue, rules), stoppedItems(told, catalogue)];
  const recent = recentAmong(profile, archetypes.recent, ([item]) => {
    const known = catalogue.get(item);
    return !stopped.has(item) && (isEnough || (known !== undefined && interests.has(known.topic)));
  });
  const pages = recent.flatMap((item) => (isSensitive(item) ? [] : (catalogue.indexOf(item) ?? [])));
  return assign(archetypes, pages);
}

/**
 * @param {import("./profile.js").Profile} profile
 * @param {import("./told.js").Told} told
 * @param {import("./catalogue.js").Catalogue} catalogue
 * @param {import("./rules.js").Rules} rules
 * @returns {Set<string>} topics of an interest: what was looked at once may have been for someone else, and what the device
 *   saw fades, while what the citizen said does not
 */
function interestsOf(profile, { topics }, catalogue, { interest_sessions: least, half_life_days: half }) {
  /** @type {Map<string, Map<number, number>>} */
  const sessions = new Map();
  for (const [item, at, session] of profile.visits) {
    const topic = catalogue.get(item)?.topic;
    if (topic !== undefined) {
      sessions.set(topic, (sessions.get(topic) ?? new Map()).set(session, at));
    }
  }
  const now = lastMs(profile);
  const weight = (/** @type {number} */ at) => (half ? 0.5 ** (Math.max(now - at, 0) / (half * DAY_MS)) : 1);
  const guessed = [...sessions].filter(([, seen]) => {
    const all = [...seen.values()].reduce((sum, at) => sum + weight(at), 0);
    return seen.size >= least && 2 * all >= least;
  });
  const said = Object.entries(topics);
  const followed = said.filter(([, stance]) => stance === "follow");
  const stopped = said.filter(([, stance]) => stance === "stop").map(([topic]) => topic);
  return new Set(
    [...guessed, ...followed].map(([topic]) => topic).filter((topic) => !stopped.includes(topic)),
  );
}

/**
 * @param {Archetypes} archetypes
 * @param {number[]} pages most recent first
 * @returns {Likeness | null}
 */
function assign(archetypes, pages) {
  const scores = archetypes.names.map(() => 0);
  /** @type {[weight: number, row: number[], page: number][]} */
  const weighed = [];
  let weight = WHOLE;
  for (const page of pages.slice(0, archetypes.recent)) {
    const row = rowOf(archetypes, page);
    row.forEach((value, at) => (scores[at] += weight * value));
    weighed.push([weight, row, page]);
    weight = Math.floor((weight * archetypes.decay) / WHOLE);
  }
  const told = weighed.filter(([, row]) => row.some(Boolean)).length;
  const total = scores.reduce((sum, score) => sum + score, 0);
  const best = scores.indexOf(Math.max(...scores));
  if (told < archetypes.least || total === 0) {
    return null;
  }
  if (Math.floor((scores[best] * WHOLE) / total) < archetypes.floor) {
    return null;
  }
  const said = weighed.filter(([, row]) => row[best] > 0);
  said.sort(([one, row], [other, next]) => other * next[best] - one * row[best]);
  return { archetype: best, because: said.slice(0, MOST_REASONS).map(([, , page]) => page) };
}

/**
 * @param {Archetypes} archetypes
 * @param {number} page
 */
function rowOf({ names, table }, page) {
  return [...table.subarray(page * names.length, (page + 1) * names.length)];
}

/**
 * @param {import("../verifier/canonical.js").Json} value
 * @param {number} pages
 */
function groupOf(value, pages) {
  const fields = new Fields(value, "archetypes: archetype");
  const name = fields.text("name", /^\S(?:.*\S)?$/u, 80);
  const typical = fields.rows("typical", 5);
  fields.done();
  if (new Set(typical).size !== typical.length || !typical.every((page) => isPage(page, pages))) {
    throw new Malformed("archetypes: typical pages are not different indexes");
  }
  return { name, typical: /** @type {number[]} */ (typical) };
}

/**
 * @param {unknown} page
 * @param {number} pages
 */
function isPage(page, pages) {
  return typeof page === "number" && Number.isSafeInteger(page) && page >= 0 && page < pages;
}

/**
 * Say for the citizen's eyes which archetype it is and why, and whether they let the device say so.
 *
 * @param {import("./profile.js").Profile} profile
 * @param {import("./told.js").Told} told
 * @param {import("./bundle.js").Bundle} bundle
 * @returns {import("../verifier/canonical.js").Json} null where the site has no archetypes
 */
export function described(profile, told, bundle) {
  const { archetypes, catalogue } = bundle;
  const found = likenessOf(profile, told, bundle);
  if (!archetypes || !found) {
    return archetypes && { on: profile.grouped, name: null, names: {}, because: [] };
  }
  return {
    on: profile.grouped,
    name: archetypes.names[found.archetype],
    names: namesOf(archetypes.typical[found.archetype].slice(0, MOST_TITLES), catalogue),
    because: found.because.map((page) => [catalogue.items[page].id, catalogue.items[page].title]),
  };
}

/**
 * @param {number[]} typical
 * @param {import("./catalogue.js").Catalogue} catalogue
 * @returns {Record<string, string>} a name for readers of other languages than its pages'
 */
function namesOf(typical, catalogue) {
  const items = typical.map((page) => catalogue.items[page]);
  const langs = new Set(items.flatMap(({ translations }) => Object.keys(translations)));
  items.forEach(({ lang }) => langs.delete(lang));
  const titleIn = (/** @type {string} */ lang, /** @type {import("./catalogue.js").Item} */ item) =>
    (Object.hasOwn(item.translations, lang) ? catalogue.get(item.translations[lang]) : item)?.title ??
    item.title;
  return Object.fromEntries(
    [...langs].map((lang) => [lang, items.map((item) => titleIn(lang, item)).join(" · ")]),
  );
}
