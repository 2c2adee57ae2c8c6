/** Where somebody is, and what is near: the twin of edge_client/alerts/place.py and nearest.py. */

import { CODE, sorted } from "./fields.js";
import { contains } from "./geometry.js";
import { PLACE, PLACE_KEPT_MS } from "../kept.js";
import { METRES_A_DEGREE, reaches } from "./reach.js";
import { decode, encode } from "../verifier/canonical.js";
import { Malformed } from "../verifier/errors.js";
import { Fields } from "../verifier/fields.js";

/** @typedef {import("./areas.js").Area} Area */
/** @typedef {import("./areas.js").Shelter} Shelter */
/** @typedef {import("./geometry.js").Point} Point */

/** @typedef {{codes: string[], since: number}} Place areas by all their codes, since a time in Unix milliseconds */

const MILLION = 1_000_000;
const HALF_TURN = 180_000_000;

/**
 * @param {readonly Area[]} areas
 * @param {number} now Unix milliseconds
 * @returns {Place}
 */
export function placeOf(areas, now) {
  return { codes: [...new Set(areas.flatMap(({ codes }) => codes))].sort(), since: now };
}

/**
 * @param {string} text
 * @param {number} now Unix milliseconds
 * @returns {Place | null} null once it was kept for as long as it may be; throws `Malformed`
 */
export function parsePlace(text, now) {
  const fields = new Fields(decode(new TextEncoder().encode(text), 65536), "place");
  fields.whole("v", 1, 1);
  const codes = sorted(fields.rows("codes", 512), CODE, "place");
  const since = fields.whole("since", 0);
  fields.done();
  if (codes.length === 0) {
    throw new Malformed("place: no code");
  }
  return since <= now && now < since + PLACE_KEPT_MS ? { codes, since } : null;
}

/** @param {Place} place */
export function printPlace({ codes, since }) {
  return new TextDecoder().decode(encode({ v: 1, codes, since }));
}

/**
 * @param {Storage | null} storage
 * @param {number} now Unix milliseconds
 * @returns {Place | null} what is kept, if it still may be
 */
export function readPlace(storage, now) {
  try {
    const text = storage?.getItem(PLACE) ?? null;
    return text === null ? null : parsePlace(text, now);
  } catch {
    return null;
  }
}

/**
 * @param {Storage | null} storage
 * @param {Place | null} place null forgets it
 */
export function keepPlace(storage, place) {
  if (place) {
    storage?.setItem(PLACE, printPlace(place));
  } else {
    storage?.removeItem(PLACE);
  }
}

/**
 * @param {number} longitude degrees
 * @param {number} latitude degrees
 * @returns {Point} throws `Malformed` for what is not on the earth
 */
export function pointOf(longitude, latitude) {
  if (!(Math.abs(longitude) <= 180 && Math.abs(latitude) <= 90)) {
    throw new Malformed("place: not a position on the earth");
  }
  return [Math.round(longitude * MILLION), Math.round(latitude * MILLION)];
}

/**
 * @param {readonly Area[]} areas
 * @param {Point} point
 */
export function areasAt(areas, point) {
  return areas.filter(({ polygons }) => polygons.some((polygon) => contains(polygon, point)));
}

/**
 * @param {readonly Area[]} areas
 * @param {Point} point
 * @param {number} metres by which it may be wrong, whole
 * @returns {Area[]} those that it may lie in
 */
export function areasWithin(areas, point, metres) {
  return areas.filter(({ polygons }) => polygons.some((polygon) => reaches(polygon, point, metres)));
}

/**
 * @param {readonly Shelter[]} shelters
 * @param {Point} point
 * @param {number} [most]
 * @returns {{shelter: Shelter, metres: number}[]} nearest first; of equally far ones the first of the file
 */
export function nearest(shelters, point, most = 5) {
  return shelters
    .map((shelter) => ({ shelter, metres: metresBetween(point, [shelter.lon, shelter.lat]) }))
    .sort((one, other) => one.metres - other.metres)
    .slice(0, most);
}

/**
 * The distance of two points in whole metres, by an equirectangular projection at their middle latitude.
 *
 * @param {Point} one
 * @param {Point} other
 */
export function metresBetween(one, other) {
  const turn = 2 * HALF_TURN;
  const east = ((((other[0] - one[0] + HALF_TURN) % turn) + turn) % turn) - HALF_TURN;
  const cosine = Math.cos((((one[1] + other[1]) / 2 / MILLION) * Math.PI) / 180);
  // Rounded at once, so that the last digit of a cosine cannot order two places differently.
  const shrink = Math.floor(cosine * MILLION + 0.5);
  const across = metresOf(Math.floor((Math.abs(east) * shrink) / MILLION));
  const along = metresOf(Math.abs(other[1] - one[1]));
  return Math.floor(Math.sqrt(across * across + along * along));
}

/** @param {number} millionths of a degree of latitude */
function metresOf(millionths) {
  return Math.floor((millionths * METRES_A_DEGREE) / MILLION);
}
