// Tells a page step by step what another tool was told ("no", "yes", null) and what the citizen chooses here (a list of
// purposes): prints what is given after each, whether the banner was asked for, and what is kept of the no.
import { readFileSync } from "node:fs";

const { listener, saidBy, saidInCookies } = await import(
  new URL("../../edge_client/web/integration/consent.js", import.meta.url).href
);
const { cookies, told, steps, kept, given } = JSON.parse(readFileSync(0, "utf8"));

globalThis.document = /** @type {any} */ ({ querySelector: () => null });
const values = new Map(Object.entries(kept));
const storage = /** @type {any} */ ({
  getItem: (/** @type {string} */ key) => values.get(key) ?? null,
  setItem: (/** @type {string} */ key, /** @type {string} */ value) => void values.set(key, value),
  removeItem: (/** @type {string} */ key) => void values.delete(key),
});
let at = 1;
/** @type {{given: string[], at: number} | null} */
let choice = given && { given, at };
let asked = 0;
/** @type {() => void} */
let chosen = () => {};
const choose = (/** @type {string[]} */ given) => {
  at += 1;
  choice = { given, at };
  chosen();
};
const hear = listener({
  storage,
  choice: () => /** @type {any} */ (choice),
  choose,
  ask: () => void (asked += 1),
  whenChosen: (/** @type {() => void} */ act) => void (chosen = act),
  now: () => 1_000,
});
const after = steps.map((/** @type {any} */ step) => {
  Array.isArray(step) ? choose(step) : hear(step);
  return [choice?.given ?? null, asked, Object.fromEntries(values)];
});
process.stdout.write(
  JSON.stringify({
    after,
    cookies: cookies.map(([text, counting]) => saidInCookies(text, counting)),
    told: told.map(([detail, counting]) => saidBy(detail, counting)),
  }),
);
