/** The worker: the device's Python, and one line to each page that is open. */

import { createHost } from "./host.js";
import * as model from "./model.js";
import { openMemoryStore } from "./preview/memory.js";
import { startPython } from "./python/start.js";
import { PREVIEW } from "./runtime.js";
import { openSent } from "./sent.js";
import { openStore } from "./store.js";
import { takeTurns } from "./turns.js";

/** @typedef {{line: any, python: import("./python/start.js").Python, host: ReturnType<typeof createHost>}} Device */

// What a page's preview is about is nobody's: its worker keeps nothing.
const store = self.name === PREVIEW ? openMemoryStore() : openStore();
const sent = openSent(store, () => Date.now());
/** @type {Promise<Device> | null} */
let device = null;
let failed = false;
/** @type {Record<string, any>} what the agency's page names: site, controller, keys */
let trust = {};

takeTurns(sent, (pages) => ({
  async begin(named) {
    // This worker may outlive many pages: one that comes after a failure tries again.
    if (!device || failed) {
      trust = named;
      startAnew(pages, { whole: false });
    }
    await device;
  },
  use: (act) => withDevice(pages, act),
  rest: async () => (await device)?.python.fetchRest(),
}));

/**
 * @param {import("./turns.js").Pages} pages
 * @param {{whole: boolean}} options
 * @returns {Promise<Device>}
 */
async function start(pages, options) {
  const python = await startPython(new URL("./", import.meta.url).href, options);
  const host = createHost(store, sent, pages.show, model, pages.allows);
  const open = async () => python.pyimport("edge_client.pyodide_host").start(host, JSON.stringify(trust));
  try {
    const line = await Promise.race([open(), python.ended]);
    return { line, python, host };
  } catch (error) {
    if (!python.isOver()) {
      throw error;
    }
    end(host);
    return start(pages, { whole: true });
  }
}

/**
 * Leave a Python behind that has ended: whatever of it still runs holds nothing, and has no hands.
 *
 * @param {Record<string, any>} host
 */
function end(host) {
  console.debug("nearside: Python begins again, with all of its program");
  host.letGo();
  for (const name of Object.keys(host)) {
    host[name] = () => {
      throw new Error("host: its Python has ended");
    };
  }
}

/**
 * @param {import("./turns.js").Pages} pages
 * @param {{whole: boolean}} options
 */
function startAnew(pages, options) {
  failed = false;
  device = start(pages, options);
  device.catch(() => (failed = true));
}

/**
 * Do something with the device; where its Python ends in the middle, for want of what hardly anybody calls, do it again
 * with one that has everything. A device that is closed at any moment comes to no harm, and this is no other end.
 *
 * @param {import("./turns.js").Pages} pages
 * @param {(line: any) => Promise<void>} act
 */
async function withDevice(pages, act) {
  const { line, python, host } = /** @type {Device} */ (await device);
  try {
    await Promise.race([act(line), python.ended]);
  } catch (error) {
    if (!python.isOver()) {
      throw error;
    }
    end(host);
    startAnew(pages, { whole: true });
    await act(/** @type {Device} */ (await device).line);
  } finally {
    // For everybody, when there is time: a request must not say what ran on a device.
    void python.fetchRest();
  }
}
