// Plays [act, argument, Unix milliseconds] after one another against web/sent.js, and prints the list as it is in the end.
import { readFileSync } from "node:fs";

const { openSent } = await import(new URL("../../edge_client/web/sent.js", import.meta.url).href);

/** @type {Map<string, any>} */
const values = new Map();
let full = false;
const store = {
  load: async (/** @type {string} */ kind) => values.get(kind),
  save: async (/** @type {string} */ kind, /** @type {unknown} */ value) => void values.set(kind, value),
  erase: async (/** @type {string} */ kind) => void values.delete(kind),
  change: async (/** @type {string} */ kind, /** @type {(value: any) => unknown} */ act) => {
    if (full) {
      throw new DOMException("full", "QuotaExceededError");
    }
    values.set(kind, act(values.get(kind)));
  },
};
let clock = 0;
const sent = openSent(store, () => clock);
const failed = [];
let last = "";
for (const [act, argument, at] of JSON.parse(readFileSync(0, "utf8"))) {
  clock = at;
  const acts = {
    note: async () => (last = await sent.note({ method: "POST", path: "/contributions", body: argument })),
    say: () => sent.note({ method: "POST", path: "/consent/events", body: argument }),
    silence: () => sent.silence(argument),
    withdraw: () => sent.withdraw(last),
    settle: () => sent.settle(last, argument),
    fetched: () => sent.fetched(argument),
    forget: () => sent.forget(argument),
    full: async () => (full = argument),
    wait: async () => {},
  };
  await /** @type {any} */ (acts)[act]().catch((/** @type {Error} */ error) => failed.push(error.name));
}
console.log(JSON.stringify({ ...(await sent.list()), failed }));
