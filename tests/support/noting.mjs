// Plays [act, argument, Unix milliseconds] after one another on one page, against web/untold.js and web/signals/note.js; prints,
// after each, what no worker has taken in yet.
import { readFileSync } from "node:fs";

const web = (/** @type {string} */ path) =>
  import(new URL(`../../edge_client/web/${path}`, import.meta.url).href);
const [{ forgetTold, isEmpty, readUntold, saveUntold }, { makeNote }] = await Promise.all([
  web("untold.js"),
  web("signals/note.js"),
]);

/** @type {Map<string, string>} */
const values = new Map([
  ["nearside.collect", JSON.stringify({ v: 1, until_ms: 9e15, read: ["/bins"], clicked: ["/bins"] })],
]);
const storage = {
  getItem: (/** @type {string} */ key) => values.get(key) ?? null,
  setItem: (/** @type {string} */ key, /** @type {string} */ value) => void values.set(key, value),
  removeItem: (/** @type {string} */ key) => void values.delete(key),
};
let chosen = 0;
/** @type {((message: {kind: string, text: string}) => void)[]} */
const listeners = [];
const note = makeNote({
  storage,
  allows: () => true,
  choice: () => ({ at: chosen }),
  listen: (/** @type {any} */ listener) => listeners.push(listener),
  send: () => undefined,
});
/** @type {Record<string, (argument: any, at: number) => void>} */
const acts = {
  choose: (_, at) => (chosen = at),
  note: (kind, at) => note(kind, (/** @type {string[]} */ wanted) => wanted[0], { at }),
  want: (wish) => saveUntold(storage, { ...readUntold(storage), ...wish }),
  taken: (taken) => {
    forgetTold(storage, taken);
    listeners.forEach((listener) => listener({ kind: "taken", text: JSON.stringify(taken) }));
  },
};
const after = JSON.parse(readFileSync(0, "utf8")).map((/** @type {any} */ [act, argument, at]) => {
  acts[act](argument, at);
  return { ...readUntold(storage), empty: isEmpty(readUntold(storage)) };
});
console.log(JSON.stringify(after));
