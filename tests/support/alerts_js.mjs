// Alerts in JavaScript, on a batch of vectors: node alerts_js.mjs < vectors.json > outcomes.json
// Takes {"geometry", "reach", "matching", "now", "within", "distances", "areas", "files", "places"} and answers row by row.
import { readFileSync } from "node:fs";

import { readAreas } from "../../edge_client/web/alerts/areas.js";
import { checkEnd, openAlerts } from "../../edge_client/web/alerts/file.js";
import { contains } from "../../edge_client/web/alerts/geometry.js";
import { readAlerts } from "../../edge_client/web/alerts/list.js";
import { concerning, concernWithin, inForce, nextChange } from "../../edge_client/web/alerts/matching.js";
import {
  areasAt,
  areasWithin,
  metresBetween,
  nearest,
  parsePlace,
  placeOf,
  printPlace,
} from "../../edge_client/web/alerts/place.js";
import { reaches } from "../../edge_client/web/alerts/reach.js";
import { decode } from "../../edge_client/web/verifier/canonical.js";

const bytes = (text) => new TextEncoder().encode(text);
const given = JSON.parse(readFileSync(0, "utf8"));
const { alerts } = readAlerts(decode(bytes(given.matching.alerts)));
const { areas, shelters } = readAreas(decode(bytes(given.areas.text)));

async function opened({ text, site, key, pin, now }) {
  try {
    const found = await openAlerts(bytes(text), { site, agencyKey: key, pin });
    checkEnd(found, now);
    return { sequence: found.pin.sequence, ids: found.alerts.map(({ id }) => id) };
  } catch (error) {
    return { error: error.name };
  }
}

function place({ text, now }) {
  try {
    const parsed = parsePlace(text, now);
    return parsed && printPlace(parsed);
  } catch (error) {
    return { error: error.name };
  }
}

const files = [];
for (const row of given.files) {
  files.push(await opened(row));
}
const outcomes = {
  geometry: given.geometry.map(({ polygon, point }) => contains(polygon, point)),
  matching: given.matching.rows.map(({ codes, point, now }) =>
    concerning(alerts, { codes, point }, now).map(({ alert, concern }) => [alert.id, concern]),
  ),
  reach: given.reach.map(({ polygon, point, metres }) => reaches(polygon, point, metres)),
  unsure: given.matching.unsure.map(({ point, ...error }) =>
    inForce(alerts, given.now).flatMap((alert) => {
      const concern = concernWithin(alert, point, error);
      return concern ? [[alert.id, concern]] : [];
    }),
  ),
  within: given.at.map((point) => areasWithin(areas, point, given.within).map(({ code }) => code)),
  changes: given.matching.changes.map(({ now }) => nextChange(alerts, now)),
  distances: given.distances.map(({ one, other }) => metresBetween(one, other)),
  places: given.places.map(place),
  areas: given.at.map((point) => areasAt(areas, point).map(({ code }) => code)),
  placeOf: placeOf(areas, 5),
  nearest: given.at.map((point) => nearest(shelters, point).map(({ metres }) => metres)),
  files,
};
process.stdout.write(JSON.stringify(outcomes));
