// Plays messages of pages to a device without Python, over a storage in memory whose page may be closed between two writes. Its
// network has public files at most, in base64, and is down otherwise; what it was asked is printed, too.
import { readFileSync } from "node:fs";

const { startLine } = await import(new URL("../../edge_client/web/light/line.js", import.meta.url).href);

class Closed extends Error {}

const { kept, named, messages, files = {} } = JSON.parse(readFileSync(0, "utf-8"));
const storage = new Map(Object.entries(kept).map(([kind, text]) => [kind, new TextEncoder().encode(text)]));
/** @type {[string, string][]} */
const shown = [];
/** @type {[method: string, path: string, body: string][]} */
const wire = [];
let left = Infinity;
let at = 0;

/** @param {() => unknown} act */
async function written(act) {
  if (left-- <= 0) {
    throw new Closed();
  }
  act();
}

/** @param {string} path; @returns {Promise<Uint8Array>} */
async function get(path) {
  wire.push(["GET", path, ""]);
  if (!Object.hasOwn(files, path)) {
    throw new Error("down");
  }
  return new Uint8Array(Buffer.from(files[path], "base64"));
}

const host = {
  now: () => at,
  subject: async () => new Uint8Array(32),
  acquire: async () => () => {},
  random: (/** @type {number} */ count) => new Uint8Array(count),
  load: async (/** @type {string} */ kind) => storage.get(kind),
  save: (/** @type {string} */ kind, /** @type {Uint8Array} */ raw) => written(() => storage.set(kind, raw)),
  erase: (/** @type {string} */ kind) => written(() => storage.delete(kind)),
  sign: async () => new Uint8Array(64),
  post: async (/** @type {string} */ path, /** @type {Uint8Array} */ body) => {
    wire.push(["POST", path, new TextDecoder().decode(body)]);
    throw new Error("down");
  },
  fetchPublic: get,
  fetchProof: (/** @type {string} */ entry) => get(`/consent/receipts/${entry}`),
  show: (/** @type {string} */ kind, /** @type {string} */ text) => void shown.push([kind, text]),
};

for (const { type, at_ms, writes, leak, ...message } of messages) {
  at = at_ms;
  left = writes ?? Infinity;
  const line = await startLine(host, named); // every page has a worker of its own
  try {
    await line.receive(type, JSON.stringify(message));
    await (leak ? host.fetchPublic(leak).catch(() => {}) : null); // what a device that tells would do
  } catch (error) {
    if (!(error instanceof Closed)) {
      throw error;
    }
  }
}
const texts = [...storage].map(([kind, raw]) => [kind, new TextDecoder().decode(raw)]);
console.log(JSON.stringify({ kept: Object.fromEntries(texts), shown, wire }));
