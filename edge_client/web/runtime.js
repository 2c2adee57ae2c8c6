/** The page's line to the worker: started late, and only where the citizen has chosen. */

/**
 * @typedef {object} FromWorker
 * @property {"plan" | "profile" | "receipts" | "state" | "taken"} kind
 * @property {string} text JSON; a word for state
 */

/**
 * @typedef {object} Runtime
 * @property {(message: Record<string, unknown>) => void} send
 */

/**
 * Start the worker, or join the one that an earlier page started where the browser keeps it alive.
 *
 * @param {string} base folder of the runtime, ending in a slash
 * @param {import("./config.js").Config} config
 * @param {(message: FromWorker) => void} receive
 * @returns {Runtime}
 */
export function startRuntime(base, config, receive) {
  const policy = /** @type {any} */ (window).trustedTypes?.createPolicy("nearside", {
    createScriptURL: (/** @type {string} */ url) => url,
  });
  const trusted = (/** @type {string} */ address) => (policy ? policy.createScriptURL(address) : address);
  const url = trusted(`${base}worker.js`);
  const shared = keepsWorkersAlive(trusted);
  /** @type {MessagePort | Worker | null} */
  let port = null;
  return {
    send(message) {
      port ??= open();
      port.postMessage(message);
    },
  };

  function open() {
    const options = /** @type {any} */ ({ type: "module", extendedLifetime: true });
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
