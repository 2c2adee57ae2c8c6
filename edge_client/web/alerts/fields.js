/** What the files of alerts have in common: codes, languages, polygons (edge_client/wire/alerts.py, polygons.py). */

import { Malformed } from "../verifier/errors.js";
import { Fields } from "../verifier/fields.js";

/** @typedef {import("../verifier/canonical.js").Json} Json */
/** @typedef {import("./geometry.js").Polygon} Polygon */

export const HALF_TURN = 180_000_000;
export const RIGHT_ANGLE = 90_000_000;
export const NAME = /^[a-z0-9](?:[a-z0-9.:-]{0,98}[a-z0-9])?$/;
export const CODE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,31}:[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
export const LINE = /^[^\x00-\x1f\x7f]*$/u;
export const FULL_LINE = /^[^\x00-\x1f\x7f]+$/u;
export const LINES = /^[^\x00-\x09\x0b-\x1f\x7f]*$/u;

const LANGUAGE = /^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}$/;
const MAX_RING_POINTS = 8000;

/**
 * @param {Json[]} rows
 * @param {RegExp} pattern
 * @param {string} noun
 * @returns {string[]} of texts, sorted, none twice
 */
export function sorted(rows, pattern, noun) {
  const texts = rows.map((row) => new Fields({ row }, noun).text("row", pattern));
  if (texts.some((text, at) => at > 0 && texts[at - 1] >= text)) {
    throw new Malformed(`${noun}: not sorted, or one is there twice`);
  }
  return texts;
}

/**
 * @template Read
 * @param {Json} value
 * @param {string} noun
 * @param {(said: Json) => Read} read
 * @returns {Record<string, Read>}
 */
export function byLanguage(value, noun, read) {
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    throw new Malformed(`${noun}: not an object`);
  }
  const entries = Object.entries(value);
  if (entries.length < 1 || entries.length > 16 || !entries.every(([lang]) => LANGUAGE.test(lang))) {
    throw new Malformed(`${noun}: not an object of 1 to 16 languages`);
  }
  return Object.fromEntries(entries.map(([lang, said]) => [lang, read(said)]));
}

/**
 * @param {Json} value
 * @returns {Polygon}
 */
export function readPolygon(value) {
  if (!Array.isArray(value) || value.length < 1 || value.length > 64) {
    throw new Malformed("polygon: not 1 to 64 rings");
  }
  return value.map(readRing);
}

/**
 * @param {Json} value
 * @returns {number[]}
 */
function readRing(value) {
  if (!Array.isArray(value) || value.length % 2 !== 0 || !value.every(Number.isSafeInteger)) {
    throw new Malformed("polygon: a ring is not pairs of numbers");
  }
  const ring = /** @type {number[]} */ (value);
  if (ring.length < 6 || ring.length > 2 * MAX_RING_POINTS) {
    throw new Malformed(`polygon: a ring does not have 3 to ${MAX_RING_POINTS} points`);
  }
  let [west, east] = [ring[0], ring[0]];
  for (let at = 0; at < ring.length; at += 2) {
    const next = (at + 2) % ring.length;
    const [lon, lat] = [ring[at], ring[at + 1]];
    const isSame = lon === ring[next] && lat === ring[next + 1];
    if (Math.abs(lat) > RIGHT_ANGLE || isSame || Math.abs(lon - ring[next]) >= HALF_TURN) {
      throw new Malformed("polygon: a point is out of range or there twice, or a side is half a turn long");
    }
    west = Math.min(west, lon);
    east = Math.max(east, lon);
  }
  if (west < -HALF_TURN || west >= HALF_TURN || east - west >= 2 * HALF_TURN) {
    throw new Malformed("polygon: a ring begins outside -180 to 180 degrees, or goes round the earth");
  }
  return ring;
}
