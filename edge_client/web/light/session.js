/**
 * What follows from what the citizen does, on a device without Python: the twin of `edge_client/session.py` and
 * `telling.py`, of all that needs neither model nor report. Nothing is done here.
 */

import { isEqual } from "../verifier/spelling.js";
import { allows } from "./book.js";
import {
  collectionOf,
  daysOf,
  daysOfSignal,
  forPages,
  trim,
  trimShown,
  trimSignals,
  trimTold,
} from "./collect.js";
import { inputsOf } from "./gathering.js";
import { fillAll, printPlan } from "./pipeline.js";
import * as profiles from "./profile.js";
import { NO_SIGNALS, SWITCHES, keptFor, only, signalsOf, switched, withSignal } from "./signals.js";
import {
  NOTHING_TOLD,
  aboutTopic,
  answered,
  pinned,
  printTold,
  refused,
  unpinned,
  wanting,
  withShown,
} from "./told.js";

/** @typedef {import("./gathering.js").View} View */
/** @typedef {import("./gathering.js").Known} Known */
/** @typedef {Known & {book: import("./book.js").Book}} Kept all that lies in this device's storage, but for reports */

/**
 * @typedef {Kept & {bundle: import("./bundle.js").Bundle | null, view: View | null, toldPages: string}} Session
 * `toldPages` is what pages last heard that they may notice
 */

/** @typedef {[kind: "plan" | "collect" | "profile", text: Uint8Array]} Show something for every page that is open */
/** @typedef {[session: Session, shown: Show[]]} Step */
/** @typedef {import("./collect.js").Collection} Collection */

const NO_CONTEXT = { hour: null, device: null, came_from: null };

/** @type {Readonly<Known>} */
export const NOTHING_KNOWN = Object.freeze({
  profile: profiles.NOBODY,
  told: NOTHING_TOLD,
  signals: NO_SIGNALS,
  shown: [],
});

/**
 * @param {Session} session
 * @param {View} view
 * @returns {Step}
 */
export function viewed(session, view) {
  const after = { ...session, view };
  const { bundle, book } = session;
  if (!bundle || isExpired(bundle, view.at) || !(allows(book, "suggest") || allows(book, "learn"))) {
    return [after, []];
  }
  const collection = collectionFor(session, bundle);
  const [heard, told] = tellPages(after, collection);
  // A sensitive topic is neither stored nor planned for, so nothing can ever be inferred from it.
  if (bundle.isSensitive(view.item)) {
    return [heard, told];
  }
  const seen = collection.context ? view : { ...view, context: NO_CONTEXT };
  const [decided, plan] = decide({ ...heard, ...afterPage(session, seen, collection), view: seen }, seen.at);
  return [decided, [...told, ...plan]];
}

/**
 * @param {Known} known
 * @param {View} view
 * @param {Collection} collection
 * @returns {Known} after a page view: of page, session and way there only what a rule needs
 */
function afterPage(
  { profile, told, signals, shown },
  { item, at, context, shown: cards, reminded = [] },
  collection,
) {
  const { bundle } = collection;
  const met = collection.sessions
    ? profiles.met(profile, at, collection.beganFrom ? context.came_from : null)
    : profile;
  const seen = daysOf(collection, item)
    ? profiles.visited(met, item, { at, keepDays: bundle.rules.keep_days })
    : met;
  const names = [...cards, ...reminded]
    .map((card) => bundle.catalogue.oneName(card))
    .filter((name) => collection.shown.has(name));
  return {
    profile: trim(collection, seen, at),
    told: trimTold(collection, told, at),
    signals: trimSignals(collection, signals, at),
    shown: trimShown(collection, withShown(shown, names, at), at),
  };
}

/**
 * @param {Session} session
 * @param {string} item
 * @param {number} at
 * @returns {Step}
 */
export function dismissed(session, item, at) {
  const { bundle } = session;
  // What no catalogue has could be anything.
  if (!allows(session.book, "suggest") || !bundle?.catalogue.get(item)) {
    return [session, []];
  }
  const others = Object.values(bundle.catalogue.get(item)?.translations ?? {});
  const left = others.reduce(unpinned, refused(session.told, item, at));
  const told = trimTold(collectionFor(session, bundle), left, at);
  return decide({ ...session, profile: profiles.dismiss(session.profile, item), told }, at);
}

/**
 * @param {Session} session
 * @param {string} item
 * @param {number} at
 * @returns {Step} after it was taken back that an item is not relevant, in whichever language it was said
 */
export function wanted(session, item, at) {
  const { bundle, book, profile, told } = session;
  if (!allows(book, "suggest")) {
    return [session, []];
  }
  const nameOf = (/** @type {string} */ each) => bundle?.catalogue.oneName(each) ?? each;
  const isLeft = (/** @type {string} */ each) => nameOf(each) !== nameOf(item);
  const dismissed = profile.dismissed.filter(isLeft);
  return decide({ ...session, profile: { ...profile, dismissed }, told: wanting(told, isLeft) }, at);
}

/**
 * @param {Session} session
 * @param {Record<string, any>} said an answer, a pin or what is wanted of a topic, as a page tells it
 * @param {number} at
 * @returns {Step}
 */
export function said(session, said, at) {
  const { bundle } = session;
  if (!bundle || !allows(session.book, "suggest")) {
    return [session, []];
  }
  const collection = collectionFor(session, bundle);
  const told = trimTold(collection, afterSaying(session.told, said, at, collection), at);
  const isNew = !isEqual(printTold(told), printTold(session.told));
  return isNew ? decide({ ...session, told }, at) : [session, []];
}

/**
 * @param {import("./told.js").Told} told
 * @param {Record<string, any>} said
 * @param {number} at
 * @param {Collection} collection
 */
function afterSaying(told, { type, ...what }, at, { bundle: { catalogue, rules }, answersKept }) {
  if (type === "answer") {
    const [question, option] = [String(what.question), what.option === null ? null : String(what.option)];
    const asked = rules.questions.find(({ name }) => name === question);
    if (option && what.in_flow !== true && asked?.label === "sensitive") {
      return told; // a flow alone may ask that
    }
    return answered(told, question, {
      option,
      until: at + (answersKept.get(question) ?? 0) * profiles.DAY_MS,
    });
  }
  if (type === "topic") {
    const topic = catalogue.get(String(what.topic))?.topic ?? String(what.topic);
    const isKnown = catalogue.items.some((item) => item.topic === topic);
    const isStance = what.stance === "follow" || what.stance === "stop";
    return aboutTopic(told, topic, { stance: isKnown && isStance ? what.stance : null, catalogue });
  }
  if (!catalogue.get(what.item)) {
    return told;
  }
  return type === "pin" ? pinned(told, String(what.slot), what.item) : unpinned(told, what.item);
}

/**
 * @param {Session} session
 * @param {unknown} rows what pages noticed
 * @param {{at: number, pageOf: (path: string) => string}} now
 * @returns {Step} decided again where the page on screen says what it is after its own view
 */
export function noticed(session, rows, { at, pageOf }) {
  const { bundle, profile } = session;
  if (!bundle || !allows(session.book, "suggest")) {
    return [session, []];
  }
  const collection = collectionFor(session, bundle);
  const since = profiles.toldMs(profile, at);
  const found = signalsOf(rows, { profile, words: [...collection.lexicon.keys()], at, pageOf });
  // Nothing that was noticed before something was to be forgotten: a page may tell it only when it is left.
  const wanted = found.filter((signal) => signal[2] > since && daysOfSignal(collection, signal) > 0);
  const signals = trimSignals(collection, wanted.reduce(withSignal, session.signals), at);
  const after = { ...session, signals };
  const saysMore = signals.rows.some(
    (each) => each[5] && each[1] === session.view?.item && !session.signals.rows.includes(each),
  );
  return saysMore ? decide(after, at) : [after, []];
}

/**
 * @param {Session} session
 * @param {{kind: string, on?: boolean, days?: number | null}} wish what may be noticed, or how long it may be kept
 * @param {number} at
 * @returns {Step}
 */
export function switchedTo(session, { kind, on, days }, at) {
  const { bundle, book } = session;
  if (!bundle || !SWITCHES.includes(kind) || !(allows(book, "suggest") || allows(book, "learn"))) {
    return [session, []];
  }
  const signals =
    days === undefined ? switched(session.signals, kind, on === true) : keptFor(session.signals, kind, days);
  const collection = collectionFor({ ...session, signals }, bundle);
  const view = session.view && !collection.context ? { ...session.view, context: NO_CONTEXT } : session.view;
  const left = {
    ...session,
    view,
    profile: trim(collection, session.profile, at),
    signals: trimSignals(collection, signals, at),
  };
  const [after, told] = tellPages(left, collection);
  const [decided, plan] = decide(after, at);
  return [decided, [...told, ...plan]];
}

/**
 * @param {Session} session
 * @param {boolean} on whether this device may say which group of pages its own are like
 * @returns {Session}
 */
export function grouped(session, on) {
  return allows(session.book, "suggest")
    ? { ...session, profile: { ...session.profile, grouped: on } }
    : session;
}

/**
 * @param {Session} session
 * @param {number} at when the citizen said that this visit was for someone else; the same wish again changes nothing
 * @param {number} since when the page was opened where they said so
 * @returns {Step}
 */
export function forAnother(session, at, since) {
  const { profile, book } = session;
  if (!(allows(book, "suggest") || allows(book, "learn")) || at === profile.another_ms) {
    return [session, []];
  }
  const meant = profiles.sessionsMeant(profile, { at, since });
  const left = profiles.withoutVisits(profile, ([, , number]) => meant.has(number));
  const signals = only(session.signals, ([, , , number]) => !meant.has(number));
  return decide({ ...session, profile: { ...left, another_ms: at }, signals }, at);
}

/**
 * @param {Session} session
 * @param {string} item
 * @param {number} at
 * @returns {Step} after it is to be forgotten that a page was looked at
 */
export function unseen(session, item, at) {
  const { profile, book } = session;
  const left = profiles.withoutVisits(profile, ([looked]) => looked === item);
  const signals = only(session.signals, ([, about]) => about !== item);
  const isNew = left !== profile || signals.rows.length < session.signals.rows.length;
  const isAllowed = allows(book, "suggest") || allows(book, "learn");
  return isNew && isAllowed ? decide({ ...session, profile: left, signals }, at) : [session, []];
}

/**
 * @param {Session} session
 * @param {number} at
 * @returns {Session} after the citizen had all of it forgotten; what is switched off stays so
 */
export function cleared(session, at) {
  const isCovered = allows(session.book, "suggest") || allows(session.book, "learn"); // if not, not even this is kept
  const profile = isCovered ? profiles.clear(session.profile, at) : profiles.NOBODY;
  if (isEqual(profiles.printProfile(profile), profiles.printProfile(session.profile))) {
    return session;
  }
  const signals = { ...session.signals, rows: [] };
  return { ...session, ...NOTHING_KNOWN, profile, signals, toldPages: "" };
}

/**
 * @param {Session} session whose book has the choice already
 * @returns {Session} what is left where suggestions are not allowed: what learning needs
 */
export function chosen(session) {
  if (allows(session.book, "suggest")) {
    return session;
  }
  const learns = allows(session.book, "learn");
  const profile = learns ? { ...session.profile, dismissed: [] } : profiles.NOBODY;
  const signals = learns ? { ...session.signals, rows: [] } : NO_SIGNALS;
  return { ...session, ...NOTHING_KNOWN, profile, signals, toldPages: "" };
}

/**
 * @param {Session} session
 * @param {import("./bundle.js").Bundle} bundle
 * @returns {Session} with nothing kept that its rules forbid or need no longer
 */
export function renewed(session, bundle) {
  const collection = collectionFor(session, bundle);
  const profile = profiles.withoutVisits(session.profile, ([item]) => bundle.isSensitive(item));
  const last = profiles.lastMs(profile);
  return {
    ...session,
    bundle,
    profile: trim(collection, profile, last),
    told: trimTold(collection, session.told, last),
    signals: trimSignals(collection, session.signals, last),
    shown: trimShown(collection, session.shown, last),
  };
}

/**
 * @param {Session} session
 * @param {import("./bundle.js").Bundle} bundle
 */
function collectionFor({ book, signals }, bundle) {
  return collectionOf(bundle, { suggests: allows(book, "suggest"), learns: allows(book, "learn") }, signals);
}

/**
 * Tell pages what they may notice, though it be nothing: they remember what an earlier worker said.
 *
 * @param {Session} session
 * @param {Collection} collection
 * @returns {Step}
 */
function tellPages(session, collection) {
  const text = forPages(collection);
  const now = new TextDecoder().decode(text);
  if (!allows(session.book, "suggest") || now === session.toldPages) {
    return [session, []];
  }
  return [{ ...session, toldPages: now }, [["collect", text]]];
}

/**
 * @param {Session} session
 * @param {number} at
 * @returns {Step} with the plan of the page on screen and the likely next ones, where suggestions are allowed
 */
function decide(session, at) {
  const { bundle, view, book } = session;
  if (
    !bundle ||
    !view ||
    !allows(book, "suggest") ||
    bundle.isSensitive(view.item) ||
    isExpired(bundle, at)
  ) {
    return [session, []];
  }
  const inputs = inputsOf({ ...view, at }, session, bundle);
  return [session, [["plan", printPlan(inputs, fillAll(inputs, bundle), bundle)]]];
}

/**
 * @param {import("./bundle.js").Bundle} bundle
 * @param {number} at
 */
function isExpired({ manifest }, at) {
  return Math.floor(at / 1000) >= manifest.expires;
}
