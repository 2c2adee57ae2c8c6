/** The areas that somebody may choose, and the places that help there (edge_client/wire/areas.py). */

import { byLanguage, CODE, FULL_LINE, HALF_TURN, NAME, readPolygon, RIGHT_ANGLE, sorted } from "./fields.js";
import { Malformed } from "../verifier/errors.js";
import { Fields } from "../verifier/fields.js";

/** @typedef {import("../verifier/canonical.js").Json} Json */
/** @typedef {import("./geometry.js").Polygon} Polygon */

/**
 * @typedef {object} Area
 * @property {string} code
 * @property {string[]} codes
 * @property {Record<string, string>} names
 * @property {Polygon[]} polygons
 */

/** @typedef {{names: Record<string, string>, details: Record<string, string>, lon: number, lat: number, codes: string[]}} Shelter */

/** @typedef {{site: string, areas: Area[], shelters: Shelter[]}} Areas */

/**
 * @param {Json} value
 * @returns {Areas} throws `Malformed`
 */
export function readAreas(value) {
  const fields = new Fields(value, "areas");
  fields.whole("v", 1, 1);
  const site = fields.text("site", NAME);
  sorted(fields.rows("whole", 512), CODE, "areas");
  const areas = fields.rows("areas", 500).map(readArea);
  const shelters = fields.rows("places", 1000).map(readShelter);
  fields.done();
  sorted(
    areas.map(({ code }) => code),
    CODE,
    "areas",
  );
  return { site, areas, shelters };
}

/**
 * @param {Json} value
 * @returns {Area}
 */
function readArea(value) {
  const fields = new Fields(value, "areas: area");
  const area = {
    code: fields.text("code", CODE),
    codes: sorted(fields.rows("codes", 512), CODE, "areas: area"),
    names: readNames(fields.take("names")),
    polygons: fields.rows("polygons", 512).map(readPolygon),
  };
  fields.done();
  if (!area.codes.includes(area.code)) {
    throw new Malformed("areas: an area's own code is not among its codes");
  }
  return area;
}

/**
 * @param {Json} value
 * @returns {Shelter}
 */
function readShelter(value) {
  const fields = new Fields(value, "areas: place");
  const shelter = {
    names: readNames(fields.take("names")),
    details: readNames(fields.take("details")),
    lon: fields.whole("lon", -HALF_TURN, HALF_TURN),
    lat: fields.whole("lat", -RIGHT_ANGLE, RIGHT_ANGLE),
    codes: sorted(fields.rows("codes", 512), CODE, "areas: place"),
  };
  fields.done();
  return shelter;
}

/** @param {Json} value */
function readNames(value) {
  return byLanguage(value, "areas: names", (name) =>
    new Fields({ name }, "areas: names").text("name", FULL_LINE, 200),
  );
}
