/** The page's line to the worker: started late, and only where the citizen has chosen. */

import { hasRoom } from "./idle.js";

/**
 * @typedef {object} FromWorker
 * @property {"plan" | "collect" | "profile" | "decisions" | "checked" | "receipts" | "left" | "sent" | "state" | "taken" | "trace" | "kept" | "help" | "near"} kind
 * @property {string} text JSON; a word for state
 */

/**
 * @typedef {object} Runtime
 * @property {(message: Record<string, unknown>) => void} send
 * @property {() => void} close end the worker: there is nothing left for it to do, on any page
 */

/**
 * @typedef {object} Tab of a tab apart (apart/tab.js)
 * @property {Record<string, string>} kept what the worker of the page before kept in it, by kind
 * @property {number | null} allowed_ms since when it may suggest (Unix milliseconds); null where it may not
 */

/** What a preview's worker is called, or that of a tab apart: by that it knows to keep nothing itself. */
export const PREVIEW = "nearside-preview";

const WHOLE = "worker.js";
/** Rules without Python and without a model, where there is no room for them (light/). */
const LIGHT = "light.js";
/** What pages say without being asked, and small things: nobody waits for megabytes of Python with those. */
const ON_RULES_ALONE = /^(view|sync|profile|answer|unpin|retention|noticing|grouping|decisions|sent)$/;
const hasWasm = () => "WebAssembly" in globalThis;

/**
 * Start the worker, or join the one that an earlier page started where the browser keeps it alive.
 *
 * @param {string} base folder of the runtime, ending in a slash
 * @param {import("./config.js").Config & {preview?: {text: string, shift_ms: number}, tab?: Tab}} config
 * @param {(message: FromWorker) => void} receive
 * @returns {Runtime}
 */
export function startRuntime(base, config, receive) {
  const policy = /** @type {any} */ (window).trustedTypes?.createPolicy("nearside", {
    createScriptURL: (/** @type {string} */ url) => url,
  });
  const trusted = (/** @type {string} */ address) => (policy ? policy.createScriptURL(address) : address);
  // Such a worker is its page's own, and ends with it.
  const name = config.preview || config.tab ? PREVIEW : undefined;
  const shared = !name && keepsWorkersAlive(trusted);
  const isLight = !config.preview && !(hasRoom() && hasWasm()); // a preview is for whoever writes the pages
  /** @type {Map<string, MessagePort | Worker>} by script */
  const ports = new Map();
  return {
    send(message) {
      const script = isLight && (ON_RULES_ALONE.test(String(message.type)) || !hasWasm()) ? LIGHT : WHOLE;
      const port = ports.get(script) ?? open(script);
      ports.set(script, port);
      port.postMessage(message);
    },
    close() {
      for (const port of ports.values()) {
        port instanceof Worker ? port.terminate() : port.postMessage({ type: "close" });
      }
      ports.clear();
    },
  };

  /** @param {string} script */
  function open(script) {
    const url = trusted(base + script);
    const options = /** @type {any} */ ({ type: "module", extendedLifetime: true, name });
    const opened = shared ? new SharedWorker(url, options).port : new Worker(url, options);
    opened.onmessage = ({ data }) => receive(data);
    const { item, lang, ...trust } = config;
    opened.postMessage({ type: "open", ...trust });
    return opened;
  }
}

/**
 * @param {(address: string) => any} trusted
 * @returns {boolean} whether a shared worker outlives a navigation (Chromium 148 and later)
 */
function keepsWorkersAlive(trusted) {
  let supported = false;
  try {
    const probe = {
      type: "module",
      get extendedLifetime() {
        supported = true;
        return false;
      },
    };
    // Reading the options is enough: an invalid address throws before anything is started.
    new SharedWorker(trusted("http://["), /** @type {any} */ (probe));
  } catch {
    // Expected: the address is invalid on purpose.
  }
  return supported;
}
