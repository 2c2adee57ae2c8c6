// Alerts in JavaScript, on a batch of vectors: node alerts_js.mjs < vectors.json > outcomes.json
// Takes {"geometry", "matching", "distances", "areas", "files", "places"} and answers row by row.
import { readFileSync } from "node:fs";

import { readAreas } from "../../edge_client/web/alert_areas.js";
import { openAlerts } from "../../edge_client/web/alert_file.js";
import { contains } from "../../edge_client/web/alert_geometry.js";
import { readAlerts } from "../../edge_client/web/alert_list.js";
import { concerning, nextChange } from "../../edge_client/web/alert_matching.js";
import {
  areasAt,
  metresBetween,
  nearest,
  parsePlace,
  placeOf,
  printPlace,
} from "../../edge_client/web/alert_place.js";
import { decode } from "../../edge_client/web/verifier/canonical.js";

const bytes = (text) => new TextEncoder().encode(text);
const given = JSON.parse(readFileSync(0, "utf8"));
const { alerts } = readAlerts(decode(bytes(given.matching.alerts)));
const { areas, shelters } = readAreas(decode(bytes(given.areas.text)));

async function opened({ text, site, key, pin, now }) {
  try {
    const { pin: after, alerts: read } = await openAlerts(bytes(text), { site, agencyKey: key, pin, now });
    return { sequence: after.sequence, ids: read.map(({ id }) => id) };
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
  changes: given.matching.changes.map(({ now }) => nextChange(alerts, now)),
  distances: given.distances.map(({ one, other }) => metresBetween(one, other)),
  places: given.places.map(place),
  areas: given.at.map((point) => areasAt(areas, point).map(({ code }) => code)),
  placeOf: placeOf(areas, 5),
  nearest: given.at.map((point) => nearest(shelters, point).map(({ metres }) => metres)),
  files,
};
process.stdout.write(JSON.stringify(outcomes));
