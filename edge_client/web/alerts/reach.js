/** How far a position that is not exact may reach: the twin of edge_client/alerts/reach.py. */

import { HALF_TURN, RIGHT_ANGLE } from "./fields.js";

/** @typedef {import("./geometry.js").Point} Point */
/** @typedef {import("./geometry.js").Polygon} Polygon */

export const METRES_A_DEGREE = 111_195;
const MILLION = 1_000_000;
const FARTHEST = METRES_A_DEGREE * 180;

/**
 * The polygon's box decides, and not its sides: what may be inside is never said to be outside.
 *
 * @param {Polygon} polygon
 * @param {Point} point
 * @param {number} metres by which the position may be wrong, whole
 */
export function reaches([outer], [lon, lat], metres) {
  const high = Math.ceil((Math.min(metres, FARTHEST) * MILLION) / METRES_A_DEGREE);
  const wide = widest(high, Math.min(Math.abs(lat) + high, RIGHT_ANGLE));
  const [west, east] = ends(outer, 0);
  const [south, north] = ends(outer, 1);
  const holds = (/** @type {number} */ turn) => west - wide <= lon + turn && lon + turn <= east + wide;
  return south - high <= lat && lat <= north + high && [-2 * HALF_TURN, 0, 2 * HALF_TURN].some(holds);
}

/**
 * @param {number} high
 * @param {number} lat
 */
function widest(high, lat) {
  // Degrees of longitude are shortest where the position may be nearest to a pole.
  const shrink = Math.floor(Math.cos(((lat / MILLION) * Math.PI) / 180) * MILLION + 0.5);
  return shrink === 0 ? HALF_TURN : Math.min(Math.ceil((high * MILLION) / shrink), HALF_TURN);
}

/**
 * @param {readonly number[]} ring
 * @param {number} from 0 for longitudes, 1 for latitudes
 * @returns {[least: number, most: number]}
 */
function ends(ring, from) {
  const numbers = ring.filter((_, at) => at % 2 === from);
  return [Math.min(...numbers), Math.max(...numbers)];
}
