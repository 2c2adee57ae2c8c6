/** The alerts of a site as they are written, read strictly (edge_client/wire/alerts.py). */

import { byLanguage, CODE, FULL_LINE, LINE, LINES, NAME, readPolygon, sorted } from "./fields.js";
import { Malformed, Untrue } from "../verifier/errors.js";
import { ANY, Fields } from "../verifier/fields.js";

/** @typedef {import("../verifier/canonical.js").Json} Json */
/** @typedef {import("./geometry.js").Polygon} Polygon */

/**
 * @typedef {object} Alert
 * @property {string} id
 * @property {string} severity
 * @property {string} urgency
 * @property {string} certainty
 * @property {number} effective Unix seconds, like the other times
 * @property {number | null} onset
 * @property {number} expires
 * @property {string[]} replaces
 * @property {boolean} everyone
 * @property {{codes: string[], polygons: Polygon[]}[]} areas
 * @property {Record<string, Words>} words by language
 */

/** @typedef {{sender: string, event: string, headline: string, description: string, instruction: string, where: string}} Words */
/** Each in its order, worst, soonest and surest first. */
export const SEVERITIES = ["extreme", "severe", "moderate", "minor", "unknown"];
export const URGENCIES = ["immediate", "expected", "future", "past", "unknown"];
export const CERTAINTIES = ["observed", "likely", "possible", "unlikely", "unknown"];

const MAX_POINTS = 20_000;
const ID = /^[0-9a-f]{32}$/;

/**
 * @param {Json} value
 * @returns {{site: string, alerts: Alert[]}}
 */
export function readAlerts(value) {
  const fields = new Fields(value, "alerts");
  fields.whole("v", 1, 1);
  const site = fields.text("site", NAME);
  const alerts = fields.rows("alerts", 200).map(readAlert);
  fields.done();
  sorted(
    alerts.map(({ id }) => id),
    ID,
    "alerts",
  );
  const rings = alerts.flatMap(({ areas }) => areas.flatMap(({ polygons }) => polygons.flat()));
  if (rings.reduce((sum, ring) => sum + ring.length / 2, 0) > MAX_POINTS) {
    throw new Malformed("alerts: too many points");
  }
  return { site, alerts };
}

/**
 * @param {Json} value
 * @returns {Alert}
 */
function readAlert(value) {
  const fields = new Fields(value, "alert");
  const alert = {
    id: fields.text("id", ID),
    severity: word(fields, "severity", SEVERITIES),
    urgency: word(fields, "urgency", URGENCIES),
    certainty: word(fields, "certainty", CERTAINTIES),
    effective: fields.whole("effective", 0),
    onset: fields.optionalWhole("onset", 0),
    expires: fields.whole("expires", 0),
    replaces: sorted(fields.rows("replaces", 100), ID, "alert"),
    everyone: flag(fields.take("everyone")),
    areas: fields.rows("areas", 64).map(readAlertArea),
    words: readWords(fields.take("words")),
  };
  fields.done();
  if (alert.expires <= alert.effective || alert.replaces.includes(alert.id)) {
    throw new Untrue("alert: it ends before it begins, or replaces itself");
  }
  if (alert.areas.length === 0 && !alert.everyone) {
    throw new Untrue("alert: it concerns nobody");
  }
  return alert;
}

/** @param {Json} value */
function readAlertArea(value) {
  const fields = new Fields(value, "alert: area");
  const area = {
    codes: sorted(fields.rows("codes", 512), CODE, "alert: area"),
    polygons: fields.rows("polygons", 512).map(readPolygon),
  };
  fields.done();
  if (area.codes.length + area.polygons.length === 0) {
    throw new Malformed("alert: area: neither codes nor polygons");
  }
  return area;
}

/**
 * @param {Json} value
 * @returns {Record<string, Words>}
 */
function readWords(value) {
  return byLanguage(value, "alert: words", (said) => {
    const fields = new Fields(said, "alert: words");
    const words = {
      sender: fields.text("sender", FULL_LINE, 200),
      event: fields.text("event", FULL_LINE, 120),
      headline: fields.text("headline", LINE, 400),
      description: fields.text("description", LINES, 4000),
      instruction: fields.text("instruction", LINES, 4000),
      where: fields.text("where", LINE, 1000),
    };
    fields.done();
    return words;
  });
}

/**
 * @param {Fields} fields
 * @param {string} name
 * @param {string[]} words
 */
function word(fields, name, words) {
  const text = fields.text(name, ANY);
  if (!words.includes(text)) {
    throw new Malformed(`alert: ${name} is not one of its vocabulary`);
  }
  return text;
}

/** @param {Json} value */
function flag(value) {
  if (typeof value !== "boolean") {
    throw new Malformed("alert: everyone is not a boolean");
  }
  return value;
}
