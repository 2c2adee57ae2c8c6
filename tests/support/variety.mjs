// Says how varied lists are: each is of items with their topics.
import { readFileSync } from "node:fs";

const { variety } = await import(new URL("../../edge_client/web/debug/variety.js", import.meta.url).href);
process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(variety)));
