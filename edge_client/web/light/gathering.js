/** What a decision rests on, gathered on a page view: the twin of `edge_client/rules/gathering.py`. */

import { isOpen } from "./calendars.js";
import { likenessOf } from "./archetypes.js";
import { leafTruths, pagesBehind } from "./facts.js";
import { DAY_MS, lastSession } from "./profile.js";
import { stoppedItems } from "./told.js";

/** @typedef {import("./bundle.js").Bundle} Bundle */

/**
 * @typedef {object} View a page on screen
 * @property {string} item
 * @property {string} lang
 * @property {string[]} links
 * @property {string[]} shown
 * @property {string[]} [reminded] what reminders on the page lead to
 * @property {{hour: number | null, device: string | null, came_from: string | null}} context
 * @property {number} at
 */

/**
 * @typedef {object} Known all that this device knows
 * @property {import("./profile.js").Profile} profile
 * @property {import("./told.js").Told} told
 * @property {import("./signals.js").Signals} signals
 * @property {readonly import("./told.js").Impression[]} shown
 */

/**
 * @typedef {object} Moment
 * @property {number[]} pages that are planned for
 * @property {Map<string, import("./truths.js").Truth>} leaves
 * @property {Map<string, number>} because which page each simple condition speaks of
 */

/**
 * @typedef {object} Inputs
 * @property {number} at
 * @property {string} lang
 * @property {Moment} now
 * @property {Moment | null} later null under rules that know no sessions
 * @property {Set<number>} lookedAt
 * @property {Set<number>} refused
 * @property {Map<string, number[]>} pins
 * @property {Set<string>} silent
 * @property {Set<string>} capped rules and items, parted by a space
 * @property {string[]} followed topics that the citizen follows
 */

const MAX_PAGES = 24;

/**
 * @param {View} view
 * @param {Known} known
 * @param {Bundle} bundle
 * @returns {Inputs}
 */
export function inputsOf(view, { profile, told, signals, shown }, bundle) {
  const { catalogue, rules } = bundle;
  const session = lastSession(profile);
  /** @type {import("./facts.js").Facts} */
  const facts = {
    at: view.at,
    session,
    first: session <= 1,
    lang: view.lang,
    visits: profile.visits,
    answers: told.answers,
    archetype: archetypeOf(profile, told, bundle),
    hour: view.context.hour,
    device: view.context.device,
    began: profile.began_from,
    signals: signals.rows,
    lexicon: signals.rows.some(([kind]) => kind === "searched") ? bundle.lexicon : new Map(),
    opening: new Map(rules.calendars.map((each) => [each.name, isOpen(each, view.at)])),
  };
  const afterwards = {
    ...facts,
    session: session + 1,
    first: false,
    hour: null,
    began: null,
    opening: new Map(),
  };
  const entries = [view.item, ...rules.slots.flatMap(({ pages }) => pages)];
  return {
    at: view.at,
    lang: view.lang,
    now: momentOf([...entries, ...view.links], facts, bundle),
    later: rules.v === 1 ? null : momentOf(entries, afterwards, bundle),
    lookedAt: catalogue.inAllLanguages(profile.visits.map(([item]) => item)),
    refused: catalogue.inAllLanguages([...profile.dismissed, ...stoppedItems(told, catalogue)]),
    pins: pinsOf(told, bundle, view.lang),
    silent: silentOf(told, bundle, view.at),
    capped: cappedOf(shown, bundle, view),
    followed: Object.keys(told.topics)
      .filter((topic) => told.topics[topic] === "follow")
      .sort(),
  };
}

/**
 * @param {import("./profile.js").Profile} profile
 * @param {import("./told.js").Told} told
 * @param {Bundle} bundle
 * @returns {string | null} if a rule asks; otherwise it is not worked out
 */
function archetypeOf(profile, told, bundle) {
  const found = bundle.rules.definitions.some(({ when }) => when?.archetype)
    ? likenessOf(profile, told, bundle)
    : null;
  return found && (bundle.archetypes?.names[found.archetype] ?? null);
}

/**
 * @param {string[]} likely
 * @param {import("./facts.js").Facts} facts
 * @param {Bundle} bundle
 * @returns {Moment}
 */
function momentOf(likely, facts, { catalogue, rules, isSensitive }) {
  const pages = [...new Set(likely)].filter(
    (item) => catalogue.get(item)?.lang === facts.lang && !isSensitive(item),
  );
  return {
    pages: pages.slice(0, MAX_PAGES).map((item) => /** @type {number} */ (catalogue.indexOf(item))),
    leaves: leafTruths(rules.definitions, facts, catalogue),
    because: pagesBehind(rules.definitions, facts, catalogue),
  };
}

/**
 * @param {import("./told.js").Told} told
 * @param {Bundle} bundle
 * @param {string} lang
 */
function pinsOf({ pins }, { catalogue, isSensitive }, lang) {
  const isWanted = (/** @type {number} */ index) =>
    catalogue.items[index].lang === lang && !isSensitive(catalogue.items[index].id);
  const indexes = (/** @type {string} */ item) =>
    [...catalogue.inAllLanguages([item])].sort((one, other) => one - other);
  return new Map(
    Object.entries(pins).map(([slot, items]) => [slot, items.flatMap(indexes).filter(isWanted)]),
  );
}

/**
 * @param {import("./told.js").Told} told
 * @param {Bundle} bundle
 * @param {number} at
 */
function silentOf({ refused_ms }, bundle, at) {
  const refused = new Map(
    Object.entries(refused_ms).map(([item, when]) => [bundle.catalogue.oneName(item), when]),
  );
  const isSilent = (/** @type {import("./rules.js").Rule} */ rule) =>
    [...bundle.catalogue.namesOf(bundle.about(rule))].some(
      (name) => at - (refused.get(name) ?? -Infinity) < rule.cool_down_days * DAY_MS,
    );
  const cooling = bundle.rules.rules.filter((rule) => rule.cool_down_days > 0 && isSilent(rule));
  return new Set(cooling.map(({ name }) => name));
}

/**
 * @param {readonly import("./told.js").Impression[]} shown
 * @param {Bundle} bundle
 * @param {View} view
 */
function cappedOf(shown, { rules, catalogue, offered }, { at, lang }) {
  const capped = new Set();
  for (const rule of rules.rules) {
    const { cap } = rule;
    for (const index of cap ? offered(rule, lang) : []) {
      const name = catalogue.oneName(catalogue.items[index].id);
      const since = at - (cap?.days ?? 0) * DAY_MS;
      const times = shown.filter(([item, when]) => item === name && when >= since).length;
      if (times >= (cap?.times ?? 0)) {
        capped.add(`${rule.name} ${index}`);
      }
    }
  }
  return capped;
}
