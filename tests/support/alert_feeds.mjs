// Two tabs of one browser and their alerts: node alert_feeds.mjs < given.json > outcomes.json
// Takes {"site", "key", "first", "second", "areas", "now"}: two alert files, the second of a higher number.
import { readFileSync } from "node:fs";

const given = JSON.parse(readFileSync(0, "utf8"));
globalThis.document = { addEventListener() {}, hidden: false };
globalThis.setInterval = () => 0;
const { AlertFeed } = await import("../../edge_client/web/alert_feed.js");

const bytes = (text) => new TextEncoder().encode(text).buffer;
const held = new Map();
const storage = {
  getItem: (name) => held.get(name) ?? null,
  setItem: (name, value) => held.set(name, value),
  removeItem: (name) => held.delete(name),
};
let allowed = [];
let file = given.first;
const tab = async () => {
  const feed = new AlertFeed({
    site: given.site,
    agencyKey: given.key,
    storage,
    mayStore: () => false,
    allows: (purpose) => allowed.includes(purpose),
    fetchFile: async (address) => bytes(address.endsWith("alerts.json") ? file : given.areas),
    now: () => given.now * 1000,
  });
  await feed.start();
  return feed;
};
const kept = () => storage.getItem("nearside.place") !== null;
const area = { code: "riverton:a", codes: ["riverton:a"] };
const outcomes = {};

const [here, there] = [await tab(), await tab()];
here.choose([area]);
allowed = ["suggest", "place"];
here.settle(); // the tab where the citizen said yes
outcomes.keptAfterYes = kept();
there.settle(); // the storage event of that yes, in another tab
outcomes.keptAfterAnotherTab = kept();
const late = await tab();
outcomes.readByLate = late.codes.length;
here.choose([]);
late.settle(); // any later choice
outcomes.keptAfterForgotten = kept();

const judged = await tab();
await judged.judge({ longitude: 0.0005, latitude: 0.0005, accuracy: 20 });
outcomes.before = judged.concerning().length;
file = given.second;
await judged.renew();
outcomes.after = judged.concerning().length;

process.stdout.write(JSON.stringify(outcomes));
process.exit(0);
