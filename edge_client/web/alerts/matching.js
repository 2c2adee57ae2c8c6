/** Which alerts are in force, whom they concern, and which comes first: the twin of edge_client/alerts/matching.py. */

import { contains } from "./geometry.js";
import { CERTAINTIES, SEVERITIES, URGENCIES } from "./list.js";
import { reaches } from "./reach.js";

/** @typedef {import("./list.js").Alert} Alert */
/** @typedef {"everyone" | "here" | "near"} Concern near: part of an area of theirs, and perhaps not where they are */

/**
 * @typedef {object} Whereabouts what is known of where somebody is, for one question
 * @property {readonly string[]} codes
 * @property {import("./geometry.js").Point | null} point
 */

/**
 * @param {readonly Alert[]} alerts
 * @param {number} now Unix seconds
 * @returns {Alert[]} the most serious first
 */
export function inForce(alerts, now) {
  // What was replaced does not come back when its replacement ends.
  const replaced = new Set(
    alerts.filter(({ effective }) => effective <= now).flatMap(({ replaces }) => replaces),
  );
  return alerts
    .filter(({ id, effective, expires }) => effective <= now && now < expires && !replaced.has(id))
    .sort((one, other) => {
      const [mine, others] = [order(one), order(other)];
      const at = mine.findIndex((rank, place) => rank !== others[place]);
      return at < 0 ? (one.id < other.id ? -1 : 1) : mine[at] - others[at];
    });
}

/**
 * @param {readonly Alert[]} alerts
 * @param {number} now Unix seconds
 * @returns {number | null} the next time at which what is in force may differ
 */
export function nextChange(alerts, now) {
  const times = alerts.flatMap(({ effective, expires }) => [effective, expires]).filter((time) => time > now);
  return times.length === 0 ? null : Math.min(...times);
}

/**
 * @param {readonly Alert[]} alerts
 * @param {Whereabouts} where
 * @param {number} now Unix seconds
 * @returns {{alert: Alert, concern: Concern}[]} those for everyone too, the most serious first
 */
export function concerning(alerts, where, now) {
  return inForce(alerts, now).flatMap((alert) => {
    const concern = concernOf(alert, where);
    return concern ? [{ alert, concern }] : [];
  });
}

/**
 * In an area with polygons these decide about a position; without a position its codes say that part of an area is
 * meant, and in an area without polygons that all of it is.
 *
 * @param {Alert} alert
 * @param {Whereabouts} where
 * @returns {Concern | null}
 */
export function concernOf(alert, { codes, point }) {
  if (alert.everyone) {
    return "everyone";
  }
  let near = false;
  for (const area of alert.areas) {
    const known = area.codes.some((code) => codes.includes(code));
    if (area.polygons.length === 0) {
      if (known) {
        return "here";
      }
    } else if (point) {
      if (area.polygons.some((polygon) => contains(polygon, point))) {
        return "here";
      }
    } else if (known) {
      near = true;
    }
  }
  return near ? "near" : null;
}

/**
 * How an alert concerns somebody whose position may be wrong: what is not for the point itself is near where it may be
 * for another point that is possible, and elsewhere (null) for no other reason.
 *
 * @param {Alert} alert
 * @param {import("./geometry.js").Point} point
 * @param {object} error
 * @param {number} error.metres
 * @param {readonly string[]} error.codes of the areas that hold the point
 * @param {readonly string[]} error.possible of all that it may lie in
 * @returns {Concern | null}
 */
export function concernWithin(alert, point, { metres, codes, possible }) {
  const isPossible = alert.areas.some((area) =>
    area.polygons.length > 0
      ? area.polygons.some((polygon) => reaches(polygon, point, metres))
      : area.codes.some((code) => possible.includes(code)),
  );
  return concernOf(alert, { codes, point }) ?? (isPossible ? "near" : null);
}

/** @param {Alert} alert */
function order({ severity, urgency, certainty, onset, effective }) {
  return [
    SEVERITIES.indexOf(severity),
    URGENCIES.indexOf(urgency),
    CERTAINTIES.indexOf(certainty),
    onset ?? effective,
  ];
}
