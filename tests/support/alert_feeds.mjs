// A browser and its alerts: node alert_feeds.mjs < given.json > outcomes.json
// Takes {"site", "key", "areas", "now", "scenario", ...}: what else a scenario needs are alert files by name.
import { readFileSync } from "node:fs";

const given = JSON.parse(readFileSync(0, "utf8"));
globalThis.document = { addEventListener() {}, hidden: false };
globalThis.setInterval = () => 0;
const { AlertFeed } = await import("../../edge_client/web/alerts/feed.js");

const bytes = (text) => new TextEncoder().encode(text).buffer;
const held = new Map();
const storage = {
  getItem: (name) => held.get(name) ?? null,
  setItem: (name, value) => held.set(name, value),
  removeItem: (name) => held.delete(name),
};
let allowed = [];
let file = given.first;
let now = given.now;
const tab = async () => {
  const feed = new AlertFeed({
    site: given.site,
    agencyKey: given.key,
    storage,
    mayStore: () => allowed.length > 0,
    allows: (purpose) => allowed.includes(purpose),
    fetchFile: async (address) => bytes(address.endsWith("alerts.json") ? file : given.areas),
    now: () => now * 1000,
  });
  await feed.start();
  return feed;
};
const said = (feed) => feed.concerning().map(({ alert, concern }) => [alert.id, concern]);

const scenarios = {
  /** Two tabs, a yes, and a wish to forget. */
  async tabs() {
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
    return outcomes;
  },

  /** A position, and another file of alerts after it. */
  async judged() {
    const feed = await tab();
    await feed.judge({ longitude: 0.0005, latitude: 0.0005, accuracy: 20 });
    const before = said(feed);
    file = given.second;
    await feed.renew();
    return { before, after: said(feed) };
  },

  /** Positions that are more or less sure. */
  async unsure() {
    const outcomes = [];
    for (const position of given.positions) {
      const feed = await tab();
      const { areas, isSure } = await feed.judge(position);
      outcomes.push({ areas: areas.map(({ code }) => code), isSure, said: said(feed) });
    }
    return outcomes;
  },

  /** A page that saw the first file, and pages that come when it is over and are served the second. */
  async replayed() {
    allowed = ["suggest"];
    const before = said(await tab());
    now = given.later;
    file = given.second;
    const after = [said(await tab()), said(await tab())];
    file = given.third;
    return { before, after, newest: said(await tab()) };
  },
};

process.stdout.write(JSON.stringify(await scenarios[given.scenario]()));
process.exit(0);
