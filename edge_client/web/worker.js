/** The worker: Pyodide, the device's Python, and one line to each page that is open. */

import { createHost } from "./host.js";
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
    fetchWheel(`${base}edge_client.whl`),
  ]);
  pyodide.unpackArchive(wheel, "wheel");
  const host = createHost(openStore(), show, model);
  const module = pyodide.pyimport("edge_client.pyodide_host");
  return module.start(host, JSON.stringify(trust));
}

/** @param {string} address */
async function fetchWheel(address) {
  const answer = await fetch(address);
  if (!answer.ok) {
    throw new Error("worker: the device's code did not arrive");
  }
  return answer.arrayBuffer();
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
      port.postMessage({ kind: "state", text: JSON.stringify({ ready: true }) });
    } else {
      await (await device).receive(type, JSON.stringify(rest));
      if (rest.id) {
        port.postMessage({ kind: "told", text: rest.id });
      }
    }
  } catch (error) {
    // Only the kind of error: its text could quote what was being read.
    const name = error instanceof Error ? (/** @type {any} */ (error).type ?? error.name) : "Error";
    port.postMessage({ kind: "state", text: JSON.stringify({ failed: name, at: type }) });
  }
}

/**
 * One message after the other, in the order in which pages sent them: a choice is taken in before the page view after it.
 *
 * @param {Port} port
 * @param {Record<string, any>} message
 */
function inTurn(port, message) {
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
