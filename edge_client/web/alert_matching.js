/** Which alerts are in force, whom they concern, and which comes first: the twin of edge_client/alerts/matching.py. */

import { contains } from "./alert_geometry.js";
import { CERTAINTIES, SEVERITIES, URGENCIES } from "./alert_list.js";

/** @typedef {import("./alert_list.js").Alert} Alert */
/** @typedef {"everyone" | "here" | "near"} Concern near: part of an area of theirs, and perhaps not where they are */

/**
 * @typedef {object} Whereabouts what is known of where somebody is, for one question
 * @property {readonly string[]} codes
 * @property {import("./alert_geometry.js").Point | null} point
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

/** @param {Alert} alert */
function order({ severity, urgency, certainty, onset, effective }) {
  return [
    SEVERITIES.indexOf(severity),
    URGENCIES.indexOf(urgency),
    CERTAINTIES.indexOf(certainty),
    onset ?? effective,
  ];
}
