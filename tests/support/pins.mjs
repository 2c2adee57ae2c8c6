// Moves pins of a slot as the panel does: rows of [items, place, by]; prints their new order, and what it has pinned again for that.
import { readFileSync } from "node:fs";

const pins = await import(new URL("../../edge_client/web/panel/pins.js", import.meta.url).href);
const rows = JSON.parse(readFileSync(0, "utf8"));
const found = rows.map((/** @type {[string[], number, -1 | 1]} */ [items, at, by]) => {
  const after = pins.moved(items, at, by);
  return [after, after && pins.pinnedAgain(items, after)];
});
process.stdout.write(JSON.stringify(found));
