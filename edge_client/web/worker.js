/** The worker: Pyodide, the device's Python, and one line to each page that is open. */

import { createHost, fetchFile } from "./host.js";
import * as model from "./model.js";
import { openStore } from "./store.js";
// @ts-ignore -- Pyodide's own file, beside this one
import { loadPyodide } from "./pyodide/pyodide.mjs";

/** @typedef {{postMessage: (message: unknown) => void}} Port a page, on either kind of worker */

/** @type {Set<Port>} */
const ports = new Set();
/** @type {Promise<any> | null} */
let device = null;
let failed = false;
let turn = Promise.resolve();
/** @type {any} what pages last told: the newest choice counts for everything that still waits for its turn */
let told = { choice: null, forgot: 0, dismissed: [] };

/**
 * @param {string} kind
 * @param {string} text
 */
function show(kind, text) {
  for (const port of ports) {
    port.postMessage({ kind, text });
  }
}

/** @param {Record<string, any>} trust what the agency's page names: site, controller, keys */
async function start(trust) {
  const base = new URL("./", import.meta.url).href;
  const [pyodide, wheel] = await Promise.all([
    loadPyodide({ indexURL: `${base}pyodide/` }),
    fetchFile(`${base}edge_client.whl`),
  ]);
  pyodide.unpackArchive(wheel, "wheel");
  const host = createHost(openStore(), show, model, allows);
  const module = pyodide.pyimport("edge_client.pyodide_host");
  return module.start(host, JSON.stringify(trust));
}

/**
 * @param {string} purpose
 * @returns {boolean} whether the newest choice, taken in or not, leaves room for it
 */
function allows(purpose) {
  return told.choice === null || told.choice.given.includes(purpose);
}

/** @param {any} newer what a page told with its message */
function hear(newer) {
  const choice = (newer.choice?.at ?? 0) >= (told.choice?.at ?? 0) ? newer.choice : told.choice;
  told = {
    choice,
    forgot: newer.forgot || told.forgot, // the newest wish; a clock may have been set back
    dismissed: [...new Set([...told.dismissed, ...newer.dismissed])],
  };
}

/**
 * @param {Port} port
 * @param {Record<string, any>} message
 */
async function receive(port, message) {
  const { type, ...rest } = message;
  try {
    if (type === "open") {
      ports.add(port);
      // This worker may outlive many pages: one that comes after a failure tries again.
      if (!device || failed) {
        failed = false;
        device = start(rest);
        device.catch(() => (failed = true));
      }
      await device;
      port.postMessage({ kind: "state", text: "ready" });
    } else {
      const taken = told;
      const line = await device;
      // Pages hear that what the citizen decided was taken in before they hear what follows from it.
      await line.receive("sync", JSON.stringify({ told: taken }));
      told = {
        ...told,
        dismissed: told.dismissed.filter((/** @type {string} */ item) => !taken.dismissed.includes(item)),
      };
      if (type !== "sync") {
        await line.receive(type, JSON.stringify({ ...rest, told: { ...told, forgot: 0, dismissed: [] } }));
      }
    }
  } catch (error) {
    // Only the kind of error: its text could quote what was being read.
    const name = error instanceof Error ? (/** @type {any} */ (error).type ?? error.name) : "Error";
    port.postMessage({ kind: "state", text: `failed-${name}` });
  }
}

/**
 * One message after the other, in the order in which pages sent them; but what the citizen decided is heard at once.
 *
 * @param {Port} port
 * @param {Record<string, any>} message
 */
function inTurn(port, message) {
  if (message.told) {
    hear(message.told);
  }
  turn = turn.then(() => receive(port, message));
}

if ("onconnect" in self) {
  self.onconnect = (/** @type {MessageEvent} */ { ports: [port] }) => {
    port.onmessage = ({ data }) => inTurn(port, data);
  };
} else {
  const scope = /** @type {any} */ (self);
  scope.onmessage = (/** @type {MessageEvent} */ { data }) => inTurn(scope, data);
}
