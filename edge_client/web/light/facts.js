/** Which simple conditions hold because of what is the case on this device: the twin of `edge_client/rules/facts.py`. */

import { DAY_MS } from "./profile.js";
import { isLeaf } from "./truths.js";

/** @typedef {import("./catalogue.js").Catalogue} Catalogue */
/** @typedef {import("./profile.js").Visit} Visit */
/** @typedef {import("./signals.js").Signal} Signal */
/** @typedef {import("./truths.js").Truth} Truth */

/**
 * @typedef {object} Facts everything that conditions may ask about; null where nobody can know
 * @property {number} at
 * @property {number} session
 * @property {boolean} first
 * @property {string} lang
 * @property {readonly Visit[]} visits
 * @property {Readonly<Record<string, string>>} answers
 * @property {string | null} archetype
 * @property {number | null} hour
 * @property {string | null} device
 * @property {string | null} began
 * @property {readonly Signal[]} signals
 * @property {ReadonlyMap<string, string>} lexicon
 * @property {ReadonlyMap<string, Truth>} opening
 */

/** @typedef {(test: any, facts: Facts, catalogue: Catalogue) => Truth} Holds */

/** @type {ReadonlyMap<string, Holds>} every kind of simple condition, and no other is read */
export const LEAVES = new Map(
  Object.entries({
    first_visit: (_, { first }) => first,
    visited: (test, facts, catalogue) => isEnough(test, visitsOf(test, facts, catalogue)),
    noticed: (test, facts, catalogue) =>
      isEnough(
        test,
        signalsOf(test, facts, catalogue).map(([, about, at, session]) => [about, at, session]),
      ),
    task: (test, facts, catalogue) => stateOf(test, facts, catalogue) === test.is,
    answered: ({ question, options }, { answers }) =>
      Object.hasOwn(answers, question) && options.includes(answers[question]),
    archetype: ({ names }, { archetype }) => archetype !== null && names.includes(archetype),
    hours: ({ start, end }, { hour }) =>
      hour === null ? null : start < end ? start <= hour && hour < end : !(end <= hour && hour < start),
    open: ({ calendar }, { opening }) => opening.get(calendar) ?? null,
    device: ({ classes }, { device }) => (device === null ? null : classes.includes(device)),
    language: ({ langs }, { lang }) => langs.includes(lang),
    began_from: ({ kinds }, { began }) => (began === null ? null : kinds.includes(began)),
  }),
);

/**
 * @param {readonly import("./rules.js").Definition[]} definitions
 * @param {Facts} facts
 * @param {Catalogue} catalogue
 * @returns {Map<string, Truth>}
 */
export function leafTruths(definitions, facts, catalogue) {
  return new Map(
    definitions.filter(isLeaf).map(({ name, when }) => {
      const [[kind, test]] = Object.entries(/** @type {object} */ (when));
      return [name, /** @type {Holds} */ (LEAVES.get(kind))(test, facts, catalogue)];
    }),
  );
}

/**
 * @param {readonly import("./rules.js").Definition[]} definitions
 * @param {Facts} facts
 * @param {Catalogue} catalogue
 * @returns {Map<string, number>} the page that each simple condition about pages speaks of: the last that counted
 */
export function pagesBehind(definitions, facts, catalogue) {
  /** @type {Map<string, number>} */
  const found = new Map();
  for (const { name, when } of definitions) {
    /** @type {string | undefined} */
    let last;
    if (when?.visited) {
      last = visitsOf(when.visited, facts, catalogue).at(-1)?.[0];
    } else if (when?.task) {
      const begun = catalogue.namesOf(when.task.begun);
      last = facts.visits.filter(([item]) => begun.has(catalogue.oneName(item))).at(-1)?.[0];
    } else if (when?.noticed && when.noticed.kind !== "searched") {
      last = signalsOf(when.noticed, facts, catalogue).at(-1)?.[1];
    }
    const page = last === undefined ? null : catalogue.pageAbove(last);
    const index = page === null ? undefined : catalogue.indexOf(page);
    if (index !== undefined) {
      found.set(name, index);
    }
  }
  return found;
}

/**
 * @param {{least: number, sessions: number}} test
 * @param {readonly Visit[]} counted
 */
function isEnough({ least, sessions }, counted) {
  return counted.length >= least && new Set(counted.map(([, , session]) => session)).size >= sessions;
}

/**
 * @param {number} days 0 for this session
 * @param {Facts} facts
 * @returns {(at: number, session: number) => boolean}
 */
function within(days, facts) {
  return (at, session) => (days ? facts.at - at <= days * DAY_MS : session === facts.session);
}

/**
 * @param {any} test
 * @param {Facts} facts
 * @param {Catalogue} catalogue
 */
function visitsOf(test, facts, catalogue) {
  const names = catalogue.namesOf(test.items);
  const counts = within(test.days, facts);
  return facts.visits.filter(
    ([item, at, session]) =>
      counts(at, session) &&
      (names.has(catalogue.oneName(item)) || test.topics.includes(catalogue.get(item)?.topic)),
  );
}

/**
 * @param {any} test
 * @param {Facts} facts
 * @param {Catalogue} catalogue
 * @returns {Signal[]} those that the condition counts; a form that was sent is not one that was begun, and a page with several
 *   of the marks is one page
 */
function signalsOf(test, facts, catalogue) {
  const names = catalogue.namesOf(test.items);
  const counts = within(test.days, facts);
  const about = facts.signals.filter(
    (signal) =>
      counts(signal[2], signal[3]) &&
      (names.has(catalogue.oneName(signal[1])) ||
        topicsOf(signal, catalogue, facts.lexicon).some((topic) => test.topics.includes(topic))),
  );
  const counted = about.filter(([kind, , , , bucket]) => kind === test.kind && bucket >= test.bucket);
  if (test.kind === "marked") {
    const marked = counted.filter(([, , , , , mark]) => test.marks.includes(mark));
    return [...new Map(marked.map((each) => [`${each[1]} ${each[3]}`, each])).values()];
  }
  if (test.kind !== "form-begun") {
    return counted;
  }
  const sent = about.filter(([kind]) => kind === "form-finished");
  return counted.filter(([, page, at]) => !sent.some((each) => each[1] === page && each[2] >= at));
}

/**
 * @param {Signal} signal
 * @param {Catalogue} catalogue
 * @param {ReadonlyMap<string, string>} lexicon the topic that each word of a search speaks for
 * @returns {string[]}
 */
export function topicsOf([kind, about], catalogue, lexicon) {
  if (kind === "searched") {
    return about.split(" ").flatMap((word) => lexicon.get(word) ?? []);
  }
  const known = catalogue.get(about);
  return known ? [known.topic] : [];
}

/**
 * @param {any} test
 * @param {Facts} facts
 * @param {Catalogue} catalogue
 * @returns {"begun" | "done" | null} a look at its first page where it was done does not begin it again
 */
function stateOf(test, facts, catalogue) {
  const [begun, done] = [catalogue.namesOf(test.begun), catalogue.namesOf(test.done)];
  /** @type {"begun" | "done" | null} */
  let state = null;
  let ended = 0;
  for (const [item, at, session] of facts.visits) {
    if (facts.at - at <= test.days * DAY_MS) {
      const name = catalogue.oneName(item);
      if (done.has(name)) {
        [state, ended] = ["done", session];
      } else if (begun.has(name) && session > ended) {
        state = "begun";
      }
    }
  }
  return state;
}
