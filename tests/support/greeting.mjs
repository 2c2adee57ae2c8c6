// Says by which name of what is kept for forms somebody would be greeted, on a day: a row each.
import { readFileSync } from "node:fs";

const web = new URL("../../edge_client/web/", import.meta.url);
const { dayNumber } = await import(new URL("flows/day.js", web).href);
const { nameIn } = await import(new URL("vault/greeting.js", web).href);
const rows = JSON.parse(readFileSync(0, "utf8"));
const found = rows.map((/** @type {[[string, string, string, string][], string]} */ [kept, today]) =>
  nameIn(
    kept.map(([key, form, value, on]) => ({ key, form, title: form, value, on: dayNumber(on) })),
    dayNumber(today),
  ),
);
process.stdout.write(JSON.stringify(found));
