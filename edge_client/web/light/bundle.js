/**
 * The bundle without its model: the checks of `edge_client/bundle.py`, of those of its files that rules need. The model
 * is never fetched.
 */

import { decode, encode } from "../verifier/canonical.js";
import { settle } from "../verifier/claim.js";
import { Malformed, Untrue } from "../verifier/errors.js";
import { Fields } from "../verifier/fields.js";
import { parseArchetypes } from "./archetypes.js";
import { parseCatalogue } from "./catalogue.js";
import { checkRules } from "./compile.js";
import { isFile, isWhole, readPublished } from "./manifest.js";
import { Refused } from "./refused.js";
import { isForChildren, parseRules } from "./rules.js";
import { lexiconOf } from "./signals.js";

/** @typedef {import("./rules.js").Rule} Rule */
/** @typedef {import("./rules.js").Slot} Slot */
/** @typedef {{version: number, manifest: string | null, tree_size: number}} Pins the newest bundle and largest log seen */
/** @typedef {import("./manifest.js").Published & {pins: Pins}} Candidate */

/**
 * @typedef {object} Bundle
 * @property {import("./manifest.js").Manifest} manifest
 * @property {import("./catalogue.js").Catalogue} catalogue
 * @property {import("./rules.js").Rules} rules
 * @property {import("./archetypes.js").Archetypes | null} archetypes
 * @property {(rule: Rule) => string[]} about the items that a rule is about, in all languages
 * @property {(rule: Rule, lang: string) => number[]} offered those that its slot may show in a language
 * @property {(slot: import("./rules.js").Slot, index: number, lang: string) => boolean} mayShow
 * @property {(item: string) => boolean} isSensitive whether the rules forbid to store or suggest the page
 * @property {(item: string) => boolean} isKnownSensitive whether it is such a page of the catalogue
 * @property {ReadonlyMap<string, string>} lexicon the topic that each word of the catalogue speaks for
 */

const CLIENT = [0, 1, 0];
const NEEDED = ["catalogue.json", "rules.json"];
const USED = [...NEEDED, "archetypes.json"];

/** @type {Readonly<Pins>} */
export const NO_PINS = Object.freeze({ version: 0, manifest: null, tree_size: 0 });

/**
 * @param {Uint8Array} raw
 * @returns {Pins} throws `Malformed`
 */
export function parsePins(raw) {
  const fields = new Fields(decode(raw), "pins");
  fields.whole("v", 1, 1);
  const pins = { version: fields.whole("version", 0), tree_size: fields.whole("tree_size", 0) };
  const manifest = fields.take("manifest");
  fields.done();
  if (manifest !== null && typeof manifest !== "string") {
    throw new Malformed("pins: not version 1");
  }
  return { ...pins, manifest };
}

/** @param {Pins} pins */
export function printPins(pins) {
  return encode({ v: 1, ...pins });
}

/**
 * @param {Uint8Array} raw `bundle.json`
 * @param {Parameters<typeof readPublished>[1]} trust
 * @param {{pins: Pins, now: number}} known the newest that this device has seen, and the time in Unix seconds
 * @returns {Promise<Candidate>} throws `Malformed`, `Untrue`, or `Refused` where it is older, expired or too new
 */
export async function checkBundle(raw, trust, { pins, now }) {
  const published = await readPublished(raw, trust);
  const { manifest, treeSize, claims } = published;
  if (manifest.version < pins.version || treeSize < pins.tree_size) {
    throw new Refused("bundle: older than the one that this device has");
  }
  if (manifest.version === pins.version && manifest.hash !== pins.manifest) {
    throw new Untrue("bundle: another manifest under a version that this device has");
  }
  if (now < manifest.not_before || now >= manifest.expires) {
    throw new Refused("bundle: expired or not yet valid");
  }
  if (isNewer(manifest.min_client)) {
    throw new Refused("bundle: needs a newer client");
  }
  if (!isWhole(manifest)) {
    throw new Untrue("bundle: a file is missing from the manifest");
  }
  await settle(claims);
  return { ...published, pins: { version: manifest.version, manifest: manifest.hash, tree_size: treeSize } };
}

/** @param {Candidate} candidate; @returns {string[]} the files of it that rules need */
export function filesOf({ manifest }) {
  return USED.filter((name) => Object.hasOwn(manifest.files, name));
}

/**
 * @param {Candidate} candidate
 * @param {ReadonlyMap<string, Uint8Array>} files by name
 * @returns {Promise<Bundle>} throws `Untrue` where a byte differs, `Malformed`, and `Refused` for rules that may not be used
 */
export async function openBundle({ manifest }, files) {
  for (const [name, raw] of files) {
    if (!(await isFile(manifest.files[name], raw))) {
      throw new Untrue(`bundle: ${name} is not the file that was signed`);
    }
  }
  const [pages, written] = NEEDED.map((name) => /** @type {Uint8Array} */ (files.get(name)));
  const catalogue = parseCatalogue(pages);
  if (catalogue.site !== manifest.site) {
    throw new Untrue("bundle: a file belongs to another site");
  }
  const rules = parseRules(written);
  const bundle = askable(manifest, catalogue, rules);
  const groups = files.get("archetypes.json");
  const archetypes = groups ? await parseArchetypes(groups, bundle) : null;
  const whole = { ...bundle, archetypes };
  checkRules(whole);
  return whole;
}

/**
 * @param {import("./manifest.js").Manifest} manifest
 * @param {import("./catalogue.js").Catalogue} catalogue
 * @param {import("./rules.js").Rules} rules
 * @returns {Bundle} what a decision asks of it; what it works out, it works out once
 */
export function askable(manifest, catalogue, rules) {
  const never = new Set(rules.never_items);
  const topics = new Set([...rules.never_topics, ...rules.child_topics]);
  const isKnownSensitive = (/** @type {string} */ item) => {
    const known = catalogue.get(item);
    const names = known ? [known.id, ...Object.values(known.translations)] : [];
    const isOfTopic = known !== undefined && topics.has(known.topic);
    return (
      isOfTopic || (known !== undefined && isForChildren(rules)) || names.some((name) => never.has(name))
    );
  };
  const isSensitive = (/** @type {string} */ item) =>
    isForChildren(rules) || isKnownSensitive(item) || (!catalogue.get(item) && never.has(item));
  const slots = new Map(rules.slots.map((slot) => [slot.slot, slot]));
  const about = once((/** @type {Rule} */ rule) => itemsOf(rule, catalogue));
  const offered = (/** @type {Rule} */ rule, /** @type {string} */ lang) =>
    about(rule).flatMap((item) => {
      const index = catalogue.indexOf(item);
      const slot = slots.get(rule.slot);
      return index !== undefined && slot && mayShow(slot, catalogue.items[index], lang) ? [index] : [];
    });
  /** @type {ReadonlyMap<string, string> | null} */
  let lexicon = null;
  return {
    manifest,
    catalogue,
    rules,
    archetypes: null,
    about,
    offered,
    mayShow: (slot, index, lang) => mayShow(slot, catalogue.items[index], lang),
    isSensitive,
    isKnownSensitive,
    get lexicon() {
      return (lexicon ??= lexiconOf(catalogue, isSensitive));
    },
  };
}

/**
 * @param {Rule} rule
 * @param {import("./catalogue.js").Catalogue} catalogue
 */
function itemsOf({ items, topics }, catalogue) {
  const others = items.flatMap((item) => Object.values(catalogue.get(item)?.translations ?? {}));
  const ofTopics = topics.length === 0 ? [] : catalogue.items.filter(({ topic }) => topics.includes(topic));
  return [...new Set([...items, ...others, ...ofTopics.map(({ id }) => id)])];
}

/**
 * @param {Slot} slot
 * @param {import("./catalogue.js").Item} item
 * @param {string} lang
 */
function mayShow(slot, item, lang) {
  return item.lang === lang && slot.kinds.includes(item.kind) && !slot.not_topics.includes(item.topic);
}

/**
 * @template {object} K, V
 * @param {(key: K) => V} work
 * @returns {(key: K) => V} the same, worked out once for each
 */
function once(work) {
  /** @type {Map<K, V>} */
  const known = new Map();
  return (key) => {
    const found = known.get(key) ?? work(key);
    known.set(key, found);
    return found;
  };
}

/** @param {string} version; @returns {boolean} whether it is newer than this client; throws `Malformed` */
function isNewer(version) {
  const parts = version.split(".");
  if (parts.length !== 3 || !parts.every((part) => /^[0-9]+$/.test(part))) {
    throw new Malformed("bundle: a version is not three numbers");
  }
  const at = parts.findIndex((part, place) => Number(part) !== CLIENT[place]);
  return at >= 0 && Number(parts[at]) > CLIENT[at];
}
