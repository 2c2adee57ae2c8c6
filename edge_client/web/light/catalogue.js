/** The catalogue as rules ask of it: the twin of `edge_client/wire/catalogue.py` and of what is asked of names there. */

import { decode } from "../verifier/canonical.js";
import { Malformed } from "../verifier/errors.js";
import { ANY, Fields } from "../verifier/fields.js";

const MOST_ITEMS = 50_000;
const LONGEST_TEXT = 2_000;
const KINDS = /^(?:information|transaction)$/;

/**
 * @typedef {object} Item
 * @property {string} id
 * @property {string} title
 * @property {string} summary
 * @property {string} topic
 * @property {string} kind
 * @property {string} lang
 * @property {boolean} essential
 * @property {Record<string, string>} translations the same page in other languages
 * @property {{name: string, alt: string} | null} picture
 */

export class Catalogue {
  /**
   * @param {string} site
   * @param {readonly Item[]} items sorted by id, none twice: the place of one is its index
   */
  constructor(site, items) {
    this.site = site;
    this.items = items;
    /** @type {Map<string, number>} */
    this.places = new Map(items.map(({ id }, at) => [id, at]));
    if (items.some(({ id }, at) => at > 0 && items[at - 1].id >= id)) {
      throw new Malformed("catalogue: items are not sorted by id without doubles");
    }
  }

  /** @param {string} item */
  indexOf(item) {
    return this.places.get(item);
  }

  /** @param {string} item; @returns {Item | undefined} */
  get(item) {
    const at = this.places.get(item);
    return at === undefined ? undefined : this.items[at];
  }

  /** @param {string} item; @returns {string} one name for a page in all its languages */
  oneName(item) {
    const known = this.get(item);
    return known ? [known.id, ...Object.values(known.translations)].sort()[0] : item;
  }

  /** @param {Iterable<string>} items; @returns {Set<string>} */
  namesOf(items) {
    return new Set([...items].map((item) => this.oneName(item)));
  }

  /** @param {string} item; @returns {string | null} the page that it is, or is a step of: a form lies below its page */
  pageAbove(item) {
    for (let page = item; page; page = page.slice(0, page.lastIndexOf("/"))) {
      if (this.places.has(page)) {
        return page;
      }
    }
    return null;
  }

  /** @param {Iterable<string>} items; @returns {Set<number>} their indexes, and those of their translations */
  inAllLanguages(items) {
    const paths = [...items].flatMap((item) => [item, ...Object.values(this.get(item)?.translations ?? {})]);
    return new Set(paths.flatMap((path) => this.places.get(path) ?? []));
  }
}

/**
 * @param {Uint8Array} raw
 * @returns {Catalogue} throws `Malformed`
 */
export function parseCatalogue(raw) {
  const fields = new Fields(decode(raw), "catalogue");
  fields.whole("v", 1, 1);
  const site = fields.text("site", ANY, LONGEST_TEXT);
  const items = fields.rows("items", MOST_ITEMS).map(itemOf);
  fields.done();
  return new Catalogue(site, items);
}

/** @param {import("../verifier/canonical.js").Json} value; @returns {Item} */
function itemOf(value) {
  const fields = new Fields(value, "catalogue: item");
  const text = (/** @type {string} */ name, pattern = ANY) => fields.text(name, pattern, LONGEST_TEXT);
  const translations = /** @type {Record<string, unknown> | null} */ (fields.take("translations"));
  const essential = fields.take("essential");
  const events = fields.take("life_events");
  const paths = translations && typeof translations === "object" ? Object.values(translations) : [null];
  const texts = [...paths, ...(Array.isArray(events) ? events : [null])];
  if (typeof essential !== "boolean" || texts.some((each) => typeof each !== "string")) {
    throw new Malformed("catalogue: an item's field has the wrong type");
  }
  const [id, lang, summary, title] = ["id", "lang", "summary", "title"].map((name) => text(name));
  const picture = Object.hasOwn(/** @type {object} */ (value), "picture") ? fields.take("picture") : null;
  const item = { id, title, summary, topic: text("topic"), kind: text("kind", KINDS), lang, essential };
  fields.done();
  return {
    ...item,
    translations: /** @type {Record<string, string>} */ (translations),
    picture: picture === null ? null : pictureOf(picture),
  };
}

/** @param {import("../verifier/canonical.js").Json} value */
function pictureOf(value) {
  const fields = new Fields(value, "catalogue: picture");
  const picture = {
    name: fields.text("name", /^[a-z][a-z0-9-]{0,39}$/),
    alt: fields.text("alt", /\S/u, 200),
  };
  fields.done();
  return picture;
}
