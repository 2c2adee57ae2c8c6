// Plays choices [given, purposes that they are about or null, whether the browser's signal decided], and forms {purpose: "on" or
// "off", null where nobody answered}, by web/choice.js; prints the last one, as pages tell it, and whether a banner asks then.
import { readFileSync } from "node:fs";

const { after, askedBy, purposesOf, wantsBanner } = await import(
  new URL("../../edge_client/web/choice.js", import.meta.url).href
);
const { answered } = await import(new URL("../../edge_client/web/panel/answered.js", import.meta.url).href);
const { notice, choices, before, now, signal } = JSON.parse(readFileSync(0, "utf8"));
Object.defineProperty(globalThis, "navigator", { value: { globalPrivacyControl: signal } });
let choice = before;
for (const said of choices) {
  const form = Array.isArray(said)
    ? null
    : answered(Object.keys(said), (purpose) => said[purpose], choice?.given ?? []);
  const [given, about, applied] = form ? [form.given, form.about, false] : said;
  const gpc = applied ? "applied" : signal ? "present" : "absent";
  choice = after(choice, given, { about: about ?? purposesOf(notice), gpc, notice, now });
}
const asked = askedBy(choice, notice);
process.stdout.write(JSON.stringify({ choice, asked, banner: wantsBanner(choice, notice) }));
