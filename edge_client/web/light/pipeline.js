/**
 * How slots are filled where no model is asked: the twin of `edge_client/rules/pipeline.py` and `decision.py`. What would
 * stand in the order of scores stands in the agency's own; what the model alone would place stays as the server wrote it.
 */

import { encode } from "../verifier/canonical.js";
import { reasonOf } from "./reasons.js";
import { RUNGS, isForEveryone } from "./rules.js";
import { SESSION_GAP_MS } from "./profile.js";
import { settle } from "./truths.js";

/** @typedef {import("./bundle.js").Bundle} Bundle */
/** @typedef {import("./gathering.js").Inputs} Inputs */
/** @typedef {import("./gathering.js").Moment} Moment */
/** @typedef {import("./rules.js").Rule} Rule */
/** @typedef {import("./rules.js").Slot} Slot */

/**
 * @typedef {object} Offer something that a rule offers, or the citizen pinned
 * @property {Rule | null} rule null for what the citizen said
 * @property {number | null} index null where the rule is not for this audience
 * @property {string | null} out why it is not placed; null where it is
 * @property {boolean} [follows] whether the citizen follows its topic, and has not pinned it
 */

/**
 * @typedef {object} Filled one slot of one page at one moment
 * @property {number} page
 * @property {Slot} slot
 * @property {Moment} moment
 * @property {Offer[]} offers with what became of each, in the order of the ladder
 */

const MAX_PLAN_BYTES = 8 * 1024;

/**
 * @param {Inputs} inputs
 * @param {Bundle} bundle
 * @returns {Filled[]} every slot that rules or a model fill, of each page that is planned for
 */
export function fillAll(inputs, bundle) {
  const { rules, catalogue } = bundle;
  const moments = inputs.later ? [inputs.now, inputs.later] : [inputs.now];
  return moments.flatMap((moment) => {
    const truths = settle(rules.definitions, moment.leaves);
    return moment.pages.flatMap((page) => {
      const { id } = catalogue.items[page];
      const here = catalogue.inAllLanguages([id]);
      const slots = rules.slots.filter(
        ({ pages, level }) => (pages.length === 0 || pages.includes(id)) && level !== "editorial",
      );
      return slots.map((slot) => ({ page, slot, moment, offers: fill(slot, inputs, truths, here, bundle) }));
    });
  });
}

/**
 * @param {Slot} slot
 * @param {Inputs} inputs
 * @param {ReadonlyMap<string, import("./truths.js").Truth>} truths
 * @param {Set<number>} here the page in all its languages
 * @param {Bundle} bundle
 * @returns {Offer[]}
 */
function fill(slot, inputs, truths, here, bundle) {
  const ours = bundle.rules.rules.filter((rule) => rule.slot === slot.slot);
  // What nobody can know now holds for nobody.
  const holds = (/** @type {Rule} */ { when }) => when === null || truths.get(when) === true;
  const withheld = new Set(
    ours
      .filter((rule) => rule.does === "withhold" && holds(rule))
      .flatMap((rule) => bundle.offered(rule, inputs.lang)),
  );
  /** @type {Offer[]} */
  const pins = (inputs.pins.get(slot.slot) ?? []).map((index) => ({
    rule: null,
    index,
    out: here.has(index) ? "this-page" : null,
  }));
  const isOut = (/** @type {number} */ index) => here.has(index) || withheld.has(index);
  /** @type {Offer[]} */
  const follows = followedIn(slot, inputs, bundle, isOut).map((index) => ({
    rule: null,
    index,
    out: null,
    follows: true,
  }));
  /** @type {Offer[]} */
  const offered = ours
    .filter(({ does }) => does === "offer")
    .flatMap(
      (rule) =>
        /** @type {Offer[]} */ (
          holds(rule)
            ? bundle.offered(rule, inputs.lang).map((index) => ({
                rule,
                index,
                out: suppressed(rule, index, inputs, here, withheld),
              }))
            : [{ rule, index: null, out: "audience" }]
        ),
    );
  const inOrder = [...pins, ...offered, ...follows].sort((one, other) => stepOf(one) - stepOf(other));
  return inPlaces(inOrder, slot, bundle);
}

/**
 * The first item of each topic that the citizen follows, for half of the places: the twin of `edge_client/rules/followed.py`.
 *
 * @param {Slot} slot
 * @param {Inputs} inputs
 * @param {Bundle} bundle
 * @param {(index: number) => boolean} isOut
 */
function followedIn(slot, { followed, lookedAt, refused, lang }, bundle, isOut) {
  const isFitting = (/** @type {number} */ index) =>
    bundle.mayShow(slot, index, lang) &&
    !bundle.isSensitive(bundle.catalogue.items[index].id) &&
    ![lookedAt, refused].some((some) => some.has(index)) &&
    !isOut(index);
  const best = (slot.level === "model" ? followed : []).map((topic) =>
    bundle.catalogue.items.findIndex((item, index) => item.topic === topic && isFitting(index)),
  );
  return best
    .filter((index) => index >= 0)
    .sort((one, other) => one - other)
    .slice(0, Math.floor(slot.count / 2));
}

/**
 * @param {Rule} rule
 * @param {number} index
 * @param {Inputs} inputs
 * @param {Set<number>} here
 * @param {Set<number>} withheld
 * @returns {string | null}
 */
function suppressed(rule, index, inputs, here, withheld) {
  if (here.has(index)) {
    return "this-page";
  }
  if (isForEveryone(rule)) {
    return null;
  }
  const reasons = /** @type {[string, boolean][]} */ ([
    ["not-relevant", inputs.refused.has(index)],
    ["withheld", withheld.has(index)],
    ["cool-down", inputs.silent.has(rule.name)],
    ["shown-enough", inputs.capped.has(`${rule.name} ${index}`)],
    ["looked-at", rule.rung === "suggestion" && inputs.lookedAt.has(index)],
  ]);
  return reasons.find(([, holds]) => holds)?.[0] ?? null;
}

/**
 * Give out the places in order; what finds none goes out.
 *
 * @param {Offer[]} offers
 * @param {Slot} slot
 * @param {Bundle} bundle
 * @returns {Offer[]}
 */
function inPlaces(offers, slot, { catalogue }) {
  const taken = new Set();
  /** @type {Map<string, number>} */
  const topics = new Map();
  return offers.map((offer) => {
    if (offer.out !== null || offer.index === null) {
      return offer;
    }
    const { topic } = catalogue.items[offer.index];
    const count = topics.get(topic) ?? 0;
    const out = taken.has(offer.index)
      ? "placed-already"
      : (offer.rule ? !isForEveryone(offer.rule) : offer.follows) && count >= slot.per_topic
        ? "topic-full"
        : taken.size === slot.count
          ? "no-place"
          : null;
    if (out === null) {
      taken.add(offer.index);
      topics.set(topic, count + 1);
    }
    return { ...offer, out };
  });
}

/** @param {Offer} offer; @returns {number} for everyone's good, the citizen's own pins, tasks, reminders, follows, the rest */
function stepOf({ rule, follows }) {
  return rule ? RUNGS.indexOf(rule.rung) * 2 : RUNGS.indexOf(follows ? "reminder" : "safety") * 2 + 1;
}

/** @param {Filled} filled */
function placedIn({ offers }) {
  return offers.filter(({ out, index }) => out === null && index !== null);
}

/**
 * @param {Inputs} inputs
 * @param {readonly Filled[]} filled
 * @param {Bundle} bundle
 * @returns {Uint8Array} the plan that the loader reads, without its last pages where it would be too long
 */
export function printPlan(inputs, filled, bundle) {
  const [pages, later] = [inputs.now, inputs.later].map((moment) =>
    moment ? pagesOf(moment, filled, bundle) : null,
  );
  const all = pages ?? [];
  for (let count = all.length; count > 0; count -= 1) {
    const raw = printPages(all.slice(0, count), later, inputs, bundle);
    if (raw.length <= MAX_PLAN_BYTES) {
      return raw;
    }
  }
  return printPages([], later && [], inputs, bundle);
}

/** @typedef {[page: string, slots: Filled[]]} PagePlan */

/**
 * @param {Moment} moment
 * @param {readonly Filled[]} filled
 * @param {Bundle} bundle
 * @returns {PagePlan[]} full slots alone, the most urgent ones where a page may not have so many
 */
function pagesOf(moment, filled, { catalogue, rules }) {
  /** @type {Map<number, Filled[]>} */
  const pages = new Map();
  for (const slot of filled) {
    if (slot.moment === moment && isReady(slot)) {
      pages.set(slot.page, [...(pages.get(slot.page) ?? []), slot]);
    }
  }
  return [...pages].map(([page, slots]) => {
    const urgent = [...slots.keys()].sort((one, other) => urgencyOf(slots[one]) - urgencyOf(slots[other]));
    const kept = new Set(urgent.slice(0, rules.slots_a_page));
    return [catalogue.items[page].id, slots.filter((_, at) => kept.has(at))];
  });
}

/**
 * @param {Filled} filled
 * @returns {boolean} never half a list: the server's own cards stay, behind those of rules where the model has the rest to say
 */
function isReady(filled) {
  const { level, count } = filled.slot;
  return placedIn(filled).length >= (level === "model" ? 1 : count);
}

/** @param {Filled} filled */
function urgencyOf(filled) {
  return Math.min(...placedIn(filled).map(stepOf), 2 * RUNGS.length);
}

/**
 * @param {PagePlan[]} pages
 * @param {PagePlan[] | null} later
 * @param {Inputs} inputs
 * @param {Bundle} bundle
 */
function printPages(pages, later, inputs, { manifest, catalogue, rules }) {
  /** @type {Map<number, number>[]} places in the plan, by index */
  const [items, titles] = [new Map(), new Map()];
  const placeIn = (/** @type {Map<number, number>} */ known, /** @type {number} */ index) => {
    known.set(index, known.get(index) ?? known.size);
    return /** @type {number} */ (known.get(index));
  };
  const placed = (/** @type {PagePlan[]} */ plans) =>
    Object.fromEntries(
      plans.map(([page, slots]) => [
        page,
        Object.fromEntries(
          slots.map((filled) => [
            filled.slot.slot,
            placedIn(filled).map((offer) => {
              const place = placeIn(items, /** @type {number} */ (offer.index));
              const { kind, because } = reasonOf(offer, filled.moment, rules);
              return [place, kind, because === null ? null : placeIn(titles, because)];
            }),
          ]),
        ),
      ]),
    );
  const now = placed(pages);
  const afterwards = later && { from: inputs.at + SESSION_GAP_MS, pages: placed(later) };
  return encode({
    v: 1,
    bundle: manifest.version,
    expires: manifest.expires,
    lang: inputs.lang,
    items: [...items.keys()].map((index) => {
      const { id, title, summary, picture } = catalogue.items[index];
      return picture ? [id, title, summary, picture.name, picture.alt] : [id, title, summary];
    }),
    because: [...titles.keys()].map((index) => catalogue.items[index].title),
    pages: now,
    ...(afterwards ? { later: afterwards } : {}),
  });
}
