// Tells heights of the device's frame with its own code, given what is seen each time: prints each as [height, hidden].
import { readFileSync } from "node:fs";

const { heightFor, isTooNarrow } = await import(
  new URL("../../edge_client/web/device/room.js", import.meta.url).href
);
let before = 0;
const told = JSON.parse(readFileSync(0, "utf8")).map((/** @type {any} */ seen) => {
  before = heightFor({ ...seen, before });
  return [before, isTooNarrow(seen.width)];
});
process.stdout.write(JSON.stringify(told));
