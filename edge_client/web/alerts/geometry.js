/** Where a point lies, in whole millionths of a degree: the twin of edge_client/alerts/geometry.py. */

/** @typedef {readonly [lon: number, lat: number]} Point */
/** @typedef {readonly (readonly number[])[]} Polygon rings of lon, lat, lon, lat, ...; the outer one first, then holes */

const TURN = 360_000_000;
const OUTSIDE = 0;
const BORDER = 1;
const INSIDE = 2;

/**
 * @param {Polygon} polygon
 * @param {Point} point
 * @returns {boolean} borders belong to the polygon, those of its holes too
 */
export function contains([outer, ...holes], point) {
  return sideOf(outer, point) !== OUTSIDE && holes.every((hole) => sideOf(hole, point) !== INSIDE);
}

/**
 * @param {readonly number[]} ring
 * @param {Point} point
 */
function sideOf(ring, [lon, lat]) {
  // A ring may go on beyond 180 degrees: the same point lies a turn further east as well.
  return Math.max(...[-TURN, 0, TURN].map((turn) => side(ring, lon + turn, lat)));
}

/**
 * @param {readonly number[]} ring
 * @param {number} lon
 * @param {number} lat
 */
function side(ring, lon, lat) {
  let inside = false;
  for (let at = 0; at < ring.length; at += 2) {
    const next = (at + 2) % ring.length;
    const [startLon, startLat, endLon, endLat] = [ring[at], ring[at + 1], ring[next], ring[next + 1]];
    if (lat < Math.min(startLat, endLat) || lat > Math.max(startLat, endLat)) {
      continue;
    }
    // Products of two distances on the earth do not fit into the 53 bits of a number.
    const cross =
      BigInt(endLon - startLon) * BigInt(lat - startLat) - BigInt(endLat - startLat) * BigInt(lon - startLon);
    if (cross === 0n && lon >= Math.min(startLon, endLon) && lon <= Math.max(startLon, endLon)) {
      return BORDER;
    }
    // A side counts with its lower end and without its upper one, so that a corner counts once.
    if (startLat > lat !== endLat > lat && cross > 0n === endLat > startLat) {
      inside = !inside;
    }
  }
  return inside ? INSIDE : OUTSIDE;
}
