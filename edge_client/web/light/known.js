/** What this device knows, said for the citizen's eyes: the twin of `edge_client/known.py`. */

import { encode } from "../verifier/canonical.js";
import { described } from "./archetypes.js";
import { allows } from "./book.js";
import { collectionOf, daysBySwitch } from "./collect.js";
import { SWITCHES } from "./signals.js";

/** @typedef {import("./session.js").Session} Session */

/**
 * @param {Session} session
 * @returns {Uint8Array} what the panel reads; no model is on trial where none is
 */
export function knownOf(session) {
  const { bundle, profile, told, signals } = session;
  const title = (/** @type {string} */ item) => {
    // A step below a page, such as its form, has no title of its own.
    const page = bundle?.catalogue.pageAbove(item);
    return (page && bundle?.catalogue.get(page)?.title) || item;
  };
  return encode({
    visits: profile.visits.map(([item, at]) => [item, title(item), at]),
    dismissed: profile.dismissed.map((item) => [item, title(item)]),
    trial: null,
    archetype: bundle && allows(session.book, "suggest") ? described(profile, told, bundle) : null,
    switches: switchesOf(session),
    noticed: signals.rows.map(([kind, about, at, , bucket, ...mark]) => [
      kind,
      about,
      kind === "searched" ? about : title(about),
      at,
      bucket,
      ...mark,
    ]),
    answers: told.answers,
    ends: told.ends_ms,
    topics: Object.entries(told.topics).map(([topic, stance]) => [topic, stance, suchAs(topic, session)]),
    pinned: Object.values(told.pins).flatMap((items) => items.map((item) => [item, title(item)])),
  });
}

/**
 * @param {string} topic
 * @param {Session} session
 * @returns {string} the title of a page that it is about, in the page's language if there is one
 */
function suchAs(topic, { bundle, view }) {
  const items = (bundle?.catalogue.items ?? []).filter((item) => item.topic === topic);
  return (items.find(({ lang }) => lang === view?.lang) ?? items[0])?.title ?? "";
}

/** @param {Session} session; @returns {import("../verifier/canonical.js").Json} null where nothing is noticed at all */
function switchesOf({ bundle, book, signals }) {
  const [suggests, learns] = [allows(book, "suggest"), allows(book, "learn")];
  if (!bundle || !(suggests || learns)) {
    return null;
  }
  const days = daysBySwitch(collectionOf(bundle, { suggests, learns }));
  return SWITCHES.map((name) => [
    name,
    !signals.off.includes(name),
    days[name],
    signals.most_days[name] ?? null,
  ]);
}
