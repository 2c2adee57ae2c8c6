/** What goes to this page's worker, which the first message starts, and what comes from it. */

import { saveCollect } from "./collect.js";
import { each } from "./following.js";
import { savePlan, withoutItem } from "./plan.js";
import { startRuntime } from "./runtime.js";
import { itemOf, viewed } from "./viewed.js";

/** @typedef {import("./runtime.js").FromWorker} FromWorker */
/** @typedef {ReturnType<typeof openLine>} Line */

/**
 * @param {import("./parts.js").Opened} opened
 * @param {{telling: import("./telling.js").Telling, shown: import("./shown.js").Shown}} with_
 */
export function openLine({ base, config, storage, now, isFar, preview, apart }, { telling, shown: page }) {
  /** @type {import("./runtime.js").Runtime | null} */
  let runtime = null;
  let open = false;
  /** Whether the worker was told what this page's slots show: a view that is told twice is one impression. */
  let seen = false;
  /** @type {Set<(message: FromWorker) => void>} */
  const listeners = new Set();
  return {
    send,
    isOpen: () => open,

    /** @param {(message: FromWorker) => void} listener */
    listen: (listener) => void listeners.add(listener),

    /** Tell the worker what is being looked at, with whatever it has not heard yet. */
    view() {
      const [shown, reminded] = ["[data-personalised] [data-item]", "[data-due] [data-item]"].map((cards) =>
        seen ? [] : [...document.querySelectorAll(cards)].map(itemOf),
      );
      const aside = page.aside();
      seen ||= !aside;
      send(aside ? { type: "sync" } : { type: "view", ...viewed(config, now()), shown, reminded });
    },

    /** The next message starts a worker anew, by the same policy for scripts: a page may make that once. */
    close() {
      runtime?.close();
      open = false;
    },
  };

  /**
   * Say something to the worker, and with it what the citizen last decided, as the storage has it now.
   *
   * @param {{type: string} & Record<string, unknown>} message
   */
  function send(message) {
    if (isFar) {
      return;
    }
    open = true;
    runtime ??= startRuntime(base, { ...config, ...owner() }, receive);
    runtime.send({ ...message, told: { choice: telling.latest(), ...telling.untold() } });
  }

  /** @returns {{preview?: {text: string, shift_ms: number}, tab?: import("./runtime.js").Tab}} whose worker it is, if not the citizen's own */
  function owner() {
    if (preview) {
      return { preview: preview.told };
    }
    const allowed_ms = telling.allows("suggest") ? (telling.choice()?.at ?? null) : null;
    return apart ? { tab: apart.told(allowed_ms) } : {};
  }

  /** @param {FromWorker} message */
  function receive(message) {
    const { kind, text } = message;
    if (kind === "kept") {
      apart?.keep(text);
    }
    telling.reread(); // what this tab knows may be older than a choice made in another one
    const allowed = telling.allows("suggest");
    if (kind === "plan" && allowed) {
      keepPlan(text);
    } else if (kind === "collect" && allowed) {
      saveCollect(storage, text);
    } else if (kind === "taken") {
      telling.taken(JSON.parse(text));
    } else if (kind === "state") {
      mark(text);
    }
    each(listeners, message);
  }

  /** @param {string} text kept for the next page: what is on screen does not move under the citizen's eyes */
  function keepPlan(text) {
    const { forgot, another, dismissed, said } = telling.untold();
    if (forgot || another || said.length > 0) {
      return; // it was made before the worker heard of that
    }
    savePlan(storage, JSON.stringify(dismissed.reduce(withoutItem, JSON.parse(text))));
    mark("planned");
    if (preview) {
      page.reread(); // looked at for what it shows: there is no next page to wait for
    }
  }
}

/** @param {string} state what the runtime is at, for those who look into the page; never what was read */
function mark(state) {
  document.documentElement.dataset.nearside = state.toLowerCase();
}
