// Prints every name under which a browser may keep something of ours, as the panel's registry has it: where, what it is called
// in the words of the panel, what for, and what ends it.
import { readFileSync } from "node:fs";

const web = new URL("../../edge_client/web/", import.meta.url);
const { REGISTRY } = await import(new URL("panel/registry.js", web).href);
const { panel, check } = JSON.parse(readFileSync(new URL("words/en.json", web), "utf8"));

const rows = REGISTRY.map(({ where, key, words, purposes, ends }) => ({
  where,
  key,
  what: panel[`stored-${words}`],
  for: purposes.map((purpose) => panel[`for-${purpose}`] ?? check[`purpose-${purpose}`]),
  until: panel[`ends-${ends}`],
}));
process.stdout.write(JSON.stringify(rows.map((row) => Object.fromEntries(Object.entries(row).sort()))));
