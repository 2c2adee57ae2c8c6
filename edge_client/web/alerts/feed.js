/** The alerts of a site while a page is open: fetched, verified, renewed, and matched with where somebody is. */

import { checkEnd, openAlerts, openAreas } from "./file.js";
import { concernOf, concernWithin, inForce, nextChange } from "./matching.js";
import { areasAt, areasWithin, keepPlace, nearest, placeOf, pointOf, readPlace } from "./place.js";
import { ALERTS } from "../kept.js";
import { Malformed } from "../verifier/errors.js";

/** @typedef {import("./list.js").Alert} Alert */
/** @typedef {import("./areas.js").Area} Area */
/** @typedef {import("./matching.js").Concern} Concern */
/** @typedef {{alert: Alert, concern: Concern}} Matched */
/** @typedef {{shelter: import("./areas.js").Shelter, metres: number | null}} Nearby */

/**
 * @typedef {object} Collaborators
 * @property {string} site
 * @property {string} agencyKey
 * @property {Storage | null} storage
 * @property {() => boolean} mayStore whether the citizen has said yes to anything, and the browser did not say no since
 * @property {(purpose: string) => boolean} allows
 * @property {(address: string) => Promise<ArrayBuffer>} fetchFile
 * @property {() => number} now Unix milliseconds
 */

const RENEW_MS = 5 * 60_000;
const LONGEST_WAIT_MS = 24 * 60 * 60_000; // a timer counts to 2^31 milliseconds and no further
/** A position less certain than this does not say on which side of a border somebody is. */
const SURE_METRES = 1000;

export class AlertFeed {
  #with;
  /** @type {import("./file.js").Opened | null} */
  #opened = null;
  /** @type {import("./file.js").Pin} the newest file that was seen, whether or not it is over */
  #pin = { sequence: 0, digest: null };
  /** @type {Promise<import("./areas.js").Areas> | null} */
  #areas = null;
  /** @type {string[]} */
  #codes = [];
  /** @type {Map<string, Concern | null>} what a position said of alerts; the position itself is gone */
  #judged = new Map();
  /** @type {boolean} whether somebody said where they are and has not yet allowed to keep it */
  #isOpen = false;
  /** @type {Set<() => void>} */
  #listeners = new Set();
  #timer = 0;
  #fetchedAt = 0;

  /** @param {Collaborators} with_ */
  constructor(with_) {
    this.#with = with_;
  }

  /** @param {() => void} listener called when what is said may have changed */
  listen(listener) {
    this.#listeners.add(listener);
  }

  /** Show what was kept, if anything may be; then fetch what everybody fetches, now and while the page is open. */
  async start() {
    const { storage, allows, now } = this.#with;
    if (allows("place")) {
      this.#codes = readPlace(storage, now())?.codes ?? [];
    }
    const kept = this.#with.mayStore() ? (storage?.getItem(ALERTS) ?? null) : null;
    if (kept !== null) {
      await this.#open(new TextEncoder().encode(kept), false);
    }
    document.addEventListener("visibilitychange", () => this.#renewLate());
    setInterval(() => this.#renewLate(), RENEW_MS);
    await this.renew();
  }

  /** Fetch the alerts; where they cannot be had or are not to be believed, those before count on until they are over. */
  async renew() {
    const { site, fetchFile, now } = this.#with;
    this.#fetchedAt = now();
    try {
      await this.#open(new Uint8Array(await fetchFile(`/nearside/${site}/alerts.json`)), true);
    } catch {
      this.#tell(); // no connection
    }
  }

  /** @returns {Alert[]} all that is in force, wherever it is, the most serious first */
  everywhere() {
    const now = this.#now();
    return this.#opened && now < this.#opened.notAfter ? inForce(this.#opened.alerts, now) : [];
  }

  /** @returns {Matched[]} what concerns everyone, or where somebody said that they are */
  concerning() {
    return this.everywhere().flatMap((alert) => {
      const concern = this.#judged.has(alert.id)
        ? (this.#judged.get(alert.id) ?? null)
        : concernOf(alert, { codes: this.#codes, point: null });
      return concern ? [{ alert, concern }] : [];
    });
  }

  /** @returns {Promise<import("./areas.js").Areas>} throws where the site has none, or they are not to be believed */
  areas() {
    this.#areas ??= this.#fetchAreas();
    this.#areas.catch(() => (this.#areas = null));
    return this.#areas;
  }

  /** @returns {string[]} codes of the areas that somebody is in, as far as they said */
  get codes() {
    return this.#codes;
  }

  /**
   * Take areas for where somebody is; they are kept where that is allowed.
   *
   * @param {Area[]} areas none: forget where
   */
  choose(areas) {
    this.#judged.clear();
    this.#codes = placeOf(areas, 0).codes;
    this.keep();
    this.#tell();
  }

  /** Keep where somebody is, or forget what was kept, as the citizen allows now. */
  keep() {
    const { storage, allows, now } = this.#with;
    const codes = allows("place") ? this.#codes : [];
    this.#isOpen = codes.length < this.#codes.length;
    // What is kept already keeps its date, so that looking at pages does not prolong it.
    if (codes.length === 0 || readPlace(storage, now())?.codes.join() !== codes.join()) {
      keepPlace(storage, codes.length > 0 ? { codes, since: now() } : null);
    }
  }

  /** Follow a choice: another tab may have kept or forgotten a place since, and what lies there counts. */
  settle() {
    const { storage, allows, now } = this.#with;
    if (!allows("place")) {
      keepPlace(storage, null);
      this.#isOpen = this.#codes.length > 0;
    } else if (this.#isOpen) {
      this.keep();
    } else {
      this.#codes = readPlace(storage, now())?.codes ?? [];
    }
    this.#tell();
  }

  /**
   * Judge by a position, once: what comes of it are areas, a word on each alert, and distances. Where it is not sure
   * which side of a border it is on, all areas count that it may be in.
   *
   * @param {{longitude: number, latitude: number, accuracy: number}} position accuracy in metres
   * @returns {Promise<{areas: Area[], isSure: boolean, nearby: Nearby[]}>}
   */
  async judge({ longitude, latitude, accuracy }) {
    const { areas, shelters } = await this.areas();
    const point = pointOf(longitude, latitude);
    const isSure = accuracy <= SURE_METRES;
    const metres = Math.ceil(accuracy);
    const exact = areasAt(areas, point);
    const found = isSure ? exact : areasWithin(areas, point, metres);
    this.choose(found);
    const { codes } = placeOf(exact, 0);
    for (const alert of this.#opened?.alerts ?? []) {
      const concern = isSure
        ? concernOf(alert, { codes, point })
        : concernWithin(alert, point, { metres, codes, possible: this.#codes });
      this.#judged.set(alert.id, concern);
    }
    this.#tell();
    return { areas: found, isSure, nearby: nearest(shelters, point) };
  }

  async #fetchAreas() {
    const { site, fetchFile } = this.#with;
    const entry = this.#opened?.areas;
    if (!entry) {
      throw new Malformed("areas: none are named");
    }
    return openAreas(new Uint8Array(await fetchFile(`/nearside/${site}/files/${entry.sha256}`)), entry, site);
  }

  /**
   * @param {Uint8Array} raw
   * @param {boolean} isNew whether it came just now
   */
  async #open(raw, isNew) {
    const { site, agencyKey, storage } = this.#with;
    try {
      const opened = await openAlerts(raw, { site, agencyKey, pin: this.#pin });
      this.#pin = opened.pin;
      checkEnd(opened, this.#now());
      if (this.#opened?.areas?.sha256 !== opened.areas?.sha256) {
        this.#areas = null;
      }
      const before = new Map(this.#opened?.alerts.map((alert) => [alert.id, JSON.stringify(alert)]));
      for (const alert of opened.alerts.filter((each) => before.get(each.id) !== JSON.stringify(each))) {
        this.#judged.delete(alert.id); // the position was held against what it said before
      }
      this.#opened = opened;
    } catch {
      isNew = false; // not believed: nothing of it is shown or kept
    }
    if (isNew && this.#with.mayStore()) {
      try {
        storage?.setItem(ALERTS, new TextDecoder().decode(raw));
      } catch {
        storage?.removeItem(ALERTS); // full: the next page waits for the network
      }
    }
    this.#tell();
  }

  /** Say that something may have changed, and wait for the next time at which it does by itself. */
  #tell() {
    for (const listener of this.#listeners) {
      listener();
    }
    clearTimeout(this.#timer);
    const next = nextChange(this.#opened?.alerts ?? [], this.#now());
    const ends = this.#opened?.notAfter ?? 0;
    const at = Math.min(next ?? Infinity, ends > this.#now() ? ends : Infinity);
    if (at < Infinity) {
      const wait = Math.max(at * 1000 - this.#with.now(), 0);
      this.#timer = setTimeout(() => this.#tell(), Math.min(wait, LONGEST_WAIT_MS));
    }
  }

  #renewLate() {
    if (!document.hidden && this.#with.now() - this.#fetchedAt >= RENEW_MS) {
      void this.renew();
    }
  }

  #now() {
    return Math.floor(this.#with.now() / 1000);
  }
}
