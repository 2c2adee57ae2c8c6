// Lists the chain of decisions as web/panel/chain.js does: in come what is kept by key, decisions as the worker lists them, other links,
// and now (Unix milliseconds); out comes the chain, newest first.
import { readFileSync } from "node:fs";

const { chained, linksHere } = await import(
  new URL("../../edge_client/web/panel/chain.js", import.meta.url).href
);
const { kept, decisions, links, now } = JSON.parse(readFileSync(0, "utf8"));
const storage = Object.assign(
  Object.create({
    getItem: (/** @type {string} */ key) => (Object.hasOwn(kept, key) ? kept[key] : null),
    removeItem: (/** @type {string} */ key) => delete kept[key],
  }),
  kept,
);
const here = { storage, now, lang: "en", site: "https://smallville.example" };
const ways = new Map([["flow:moving", { title: "Moving home", href: "/moving", lang: "en" }]]);
const rows = chained(decisions, [...(await linksHere(here, ways)), ...links]);
process.stdout.write(JSON.stringify(rows));
