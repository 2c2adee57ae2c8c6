/** What this device may keep under a bundle, compiled from its rules: the twin of `edge_client/rules/collect.py`. */

import { encode } from "../verifier/canonical.js";
import { topicsOf } from "./facts.js";
import { DAY_MS, lastSession, withoutVisits } from "./profile.js";
import { hasScores, isForChildren } from "./rules.js";
import { NO_SIGNALS, SWITCHES, only, switchOf } from "./signals.js";
import { unpinned } from "./told.js";
import { leavesOf } from "./truths.js";

/** @typedef {import("./bundle.js").Bundle} Bundle */
/** @typedef {Map<string, number>} Days the most days, by name */
/** @typedef {{pages: Days, topics: Days, bucket: number}} Need */

/**
 * @typedef {object} Collection how long what may be kept, in days
 * @property {Bundle} bundle
 * @property {number} everyPage
 * @property {Days} pages
 * @property {Days} topics
 * @property {boolean} sessions
 * @property {boolean} beganFrom
 * @property {Map<string, string[]>} questions
 * @property {Days} shown
 * @property {number} coolDown
 * @property {boolean} pins
 * @property {Map<string, Need>} signals
 * @property {Map<string, Need>} marks the needs of pages that are marked, by mark
 * @property {ReadonlyMap<string, string>} lexicon
 * @property {boolean} context
 * @property {Readonly<Record<string, number>>} atMost days that the citizen lets a kind be kept, by switch
 * @property {Map<string, number>} answersKept
 */

/** A session is counted when the next one begins: what it looked at is needed until then. */
const DAYS_FOR_COUNTING = 1;

/**
 * @param {Bundle} bundle
 * @param {{suggests: boolean, learns: boolean}} purposes that are allowed
 * @param {Pick<import("./signals.js").Signals, "off" | "most_days">} [let_] what the citizen lets be, and how long
 * @returns {Collection}
 */
export function collectionOf(bundle, { suggests, learns }, { off, most_days } = NO_SIGNALS) {
  const { rules } = bundle;
  const counted = learns && !isForChildren(rules) ? DAYS_FOR_COUNTING : 0;
  /** @type {Collection} */
  const made = {
    bundle,
    everyPage: counted,
    pages: new Map(),
    topics: new Map(),
    sessions: false,
    beganFrom: false,
    questions: new Map(),
    shown: new Map(),
    coolDown: 0,
    pins: suggests && !isForChildren(rules),
    signals: new Map(),
    marks: new Map(),
    lexicon: new Map(),
    context: true,
    atMost: most_days,
    answersKept: new Map(),
  };
  if (isForChildren(rules)) {
    return without(made, off);
  }
  if (rules.v === 1) {
    made.everyPage = suggests || learns ? rules.keep_days : 0;
  } else if (suggests) {
    compile(made, bundle);
  }
  return without(made, off);
}

/**
 * @param {Collection} made
 * @param {Bundle} bundle
 */
function compile(made, bundle) {
  const { rules, catalogue } = bundle;
  if (bundle.archetypes || rules.slots.some(hasScores)) {
    made.everyPage = Math.max(made.everyPage, rules.keep_days);
  }
  const tests = new Map(rules.definitions.map(({ name, when }) => [name, when ?? {}]));
  for (const rule of rules.rules) {
    const needed = rule.when === null ? [] : leavesOf(rule.when, rules.definitions);
    needed.forEach((name) => need(made, /** @type {object} */ (tests.get(name)), bundle));
    if (rule.cap) {
      // That a sensitive page was shown says what was answered: it would outlive the answer.
      const names = [...catalogue.namesOf(bundle.about(rule))].filter((name) => !bundle.isSensitive(name));
      longest(made.shown, names, rule.cap.days);
    }
    made.coolDown = Math.max(made.coolDown, rule.cool_down_days);
  }
  const searched = made.signals.get("searched");
  if (searched) {
    made.lexicon = new Map([...bundle.lexicon].filter(([, topic]) => searched.topics.has(topic)));
  }
}

/**
 * @param {Collection} made
 * @param {import("./conditions.js").When} when
 * @param {Bundle} bundle
 */
function need(made, when, { rules, catalogue }) {
  const { visited, task, noticed, answered } = when;
  made.sessions ||= ["first_visit", "began_from", "visited", "task", "noticed"].some((kind) => kind in when);
  made.beganFrom ||= "began_from" in when;
  if (visited) {
    // What is asked of this session is kept no longer than a session can last.
    longest(made.pages, catalogue.namesOf(visited.items), Math.max(visited.days, 1));
    longest(made.topics, visited.topics, Math.max(visited.days, 1));
  } else if (task) {
    longest(made.pages, catalogue.namesOf([...task.begun, ...task.done]), task.days);
  } else if (noticed) {
    // A form that was begun is one until it is sent, so both are needed.
    const kinds = noticed.kind === "form-begun" ? [noticed.kind, "form-finished"] : [noticed.kind];
    const more = (/** @type {Map<string, Need>} */ needs, /** @type {string} */ name) => {
      const known = needs.get(name) ?? { pages: new Map(), topics: new Map(), bucket: noticed.bucket };
      longest(known.pages, catalogue.namesOf(noticed.items), Math.max(noticed.days, 1));
      longest(known.topics, noticed.topics, Math.max(noticed.days, 1));
      needs.set(name, { ...known, bucket: Math.min(known.bucket, noticed.bucket) });
    };
    kinds.forEach((kind) => more(made.signals, kind));
    (noticed.marks ?? []).forEach((/** @type {string} */ mark) => more(made.marks, mark));
  } else if (answered) {
    const question = rules.questions.find(({ name }) => name === answered.question);
    made.questions.set(answered.question, question?.options ?? []);
    made.answersKept.set(answered.question, question?.keep_days ?? 0);
  } else if ("archetype" in when) {
    made.everyPage = rules.keep_days;
  }
}

/**
 * @param {Collection} made
 * @param {readonly string[]} off
 * @returns {Collection} without what the citizen switched off
 */
function without(made, off) {
  const signals = new Map(
    [...made.signals].filter(([kind]) => !off.includes(/** @type {string} */ (switchOf(kind)))),
  );
  const context = !off.includes("context");
  const beganFrom = made.beganFrom && context;
  const left = { ...made, signals, context, beganFrom };
  left.lexicon = signals.has("searched") ? made.lexicon : new Map();
  if (off.includes("visits")) {
    // In which session something was noticed is asked of every signal.
    const sessions = beganFrom || signals.size > 0;
    return { ...left, everyPage: 0, pages: new Map(), topics: new Map(), sessions };
  }
  return left;
}

/**
 * @param {Collection} collection
 * @param {string} item
 * @returns {number} how many days a visit of the page may be kept; 0 where none may
 */
export function daysOf({ bundle: { catalogue }, everyPage, pages, topics, atMost }, item) {
  const known = catalogue.get(item);
  const named = pages.get(catalogue.oneName(item)) ?? 0;
  const days = known ? Math.max(named, everyPage, topics.get(known.topic) ?? 0) : named;
  return Math.min(days, atMost.visits ?? days);
}

/**
 * @param {Collection} collection
 * @param {import("./signals.js").Signal} signal
 * @returns {number} how many days it may be kept; 0 where it may not
 */
export function daysOfSignal({ bundle, signals, marks, lexicon, atMost }, signal) {
  const [kind, about, , , bucket, mark] = signal;
  const wanted = signals.get(kind) && (mark ? marks.get(mark) : signals.get(kind));
  if (!wanted || bucket < wanted.bucket || bundle.isKnownSensitive(about)) {
    return 0;
  }
  const days = daysFor(wanted, bundle.catalogue.oneName(about), topicsOf(signal, bundle.catalogue, lexicon));
  return Math.min(days, atMost[/** @type {string} */ (switchOf(kind))] ?? days);
}

/**
 * @param {Need} need
 * @param {string} page
 * @param {string[]} topics
 */
function daysFor(need, page, topics) {
  return Math.max(need.pages.get(page) ?? 0, ...topics.map((topic) => need.topics.get(topic) ?? 0));
}

/**
 * @param {Collection} collection
 * @param {import("./profile.js").Profile} profile
 * @param {number} at
 * @returns {import("./profile.js").Profile} without what no rule needs, or needs no longer
 */
export function trim(collection, profile, at) {
  const kept = withoutVisits(profile, ([item, when]) => {
    const days = daysOf(collection, item);
    return days === 0 || at - when > days * DAY_MS;
  });
  const counted =
    kept.met_ms && !collection.sessions ? { ...kept, met_ms: 0, sessions: lastSession(kept) } : kept;
  return collection.beganFrom ? counted : { ...counted, began_from: null };
}

/**
 * @param {Collection} collection
 * @param {import("./signals.js").Signals} kept
 * @param {number} at
 */
export function trimSignals(collection, kept, at) {
  return only(kept, (signal) => at - signal[2] <= (daysOfSignal(collection, signal) || -1) * DAY_MS);
}

/**
 * @param {Collection} collection
 * @param {import("./told.js").Told} told
 * @param {number} at
 * @returns {import("./told.js").Told} without answers to questions that no rule asks any more, and without sensitive pages
 */
export function trimTold({ bundle, questions, coolDown, pins }, told, at) {
  const since = at - coolDown * DAY_MS;
  /** @param {Record<string, any>} values; @param {(value: any, name: string) => boolean | undefined} wanted */
  const left = (values, wanted) =>
    Object.fromEntries(Object.entries(values).filter(([name, value]) => wanted(value, name)));
  const answers = left(
    told.answers,
    (answer, name) => questions.get(name)?.includes(answer) && at < endOf(told, name, at + 1),
  );
  const forbidden = Object.values(told.pins)
    .flat()
    .filter((item) => bundle.isSensitive(item));
  return {
    answers,
    pins: pins ? forbidden.reduce(unpinned, told).pins : {},
    refused_ms: left(
      told.refused_ms,
      (when, item) => coolDown > 0 && when > since && !bundle.isSensitive(item),
    ),
    ends_ms: left(told.ends_ms, (_, name) => Object.hasOwn(answers, name)),
    topics: pins ? left(told.topics, (_, topic) => !isForbidden(bundle, topic)) : {},
  };
}

/** @param {import("./bundle.js").Bundle} bundle; @param {string} topic; @returns {boolean} whether all of its pages are sensitive */
function isForbidden({ catalogue, isSensitive }, topic) {
  const pages = catalogue.items.filter((item) => item.topic === topic);
  return pages.length > 0 && pages.every(({ id }) => isSensitive(id));
}

/**
 * @param {import("./told.js").Told} told
 * @param {string} name
 * @param {number} otherwise
 */
function endOf({ ends_ms }, name, otherwise) {
  return Object.hasOwn(ends_ms, name) ? ends_ms[name] : otherwise;
}

/**
 * @param {Collection} collection
 * @param {readonly import("./told.js").Impression[]} shown
 * @param {number} at
 */
export function trimShown(collection, shown, at) {
  return shown.filter(([item, when]) => at - when <= (collection.shown.get(item) ?? -1) * DAY_MS);
}

/**
 * @param {Collection} collection
 * @returns {Record<string, number>} by switch, how many days anything of it is kept at most
 */
export function daysBySwitch({ everyPage, pages, topics, signals }) {
  const days = Object.fromEntries(SWITCHES.map((name) => [name, 0]));
  days.visits = Math.max(everyPage, ...pages.values(), ...topics.values());
  for (const [kind, known] of signals) {
    const name = /** @type {string} */ (switchOf(kind));
    days[name] = Math.max(days[name], ...known.pages.values(), ...known.topics.values());
  }
  return days;
}

/**
 * @param {Collection} collection
 * @returns {Uint8Array} what pages are told that they may notice, until the bundle expires
 */
export function forPages({ bundle, signals, marks, lexicon }) {
  const { catalogue, manifest } = bundle;
  /** @type {Record<string, string[]>} */
  const lists = {};
  for (const [kind, known] of signals) {
    const wanted = catalogue.items.filter(({ id, topic }) => daysFor(known, catalogue.oneName(id), [topic]));
    const pages = [...new Set([...wanted.map(({ id }) => id), ...known.pages.keys()])];
    lists[kind] =
      kind === "searched"
        ? [...lexicon.keys()].sort()
        : pages.filter((id) => !bundle.isKnownSensitive(id)).sort();
  }
  if (lists.marked) {
    lists.marks = [...marks.keys()].sort();
  }
  return encode({ v: 1, until_ms: manifest.expires * 1000, ...lists });
}

/**
 * @param {Days} known
 * @param {Iterable<string>} names
 * @param {number} days
 */
function longest(known, names, days) {
  for (const name of names) {
    known.set(name, Math.max(known.get(name) ?? 0, days));
  }
}
