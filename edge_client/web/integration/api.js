/**
 * `window.nearside`: what a page's own scripts may ask of this device and tell it. It can say no for a citizen and never
 * yes, and hands out nothing that the page does not show: there is no way here to what was looked at.
 */

import { reasonText } from "../card.js";
import { makeFlags } from "./flags.js";
import { factOf, tell } from "./tracking.js";

/**
 * @typedef {import("./nearside.d.ts").Nearside} Nearside
 * @typedef {import("./nearside.d.ts").ConsentState} ConsentState
 * @typedef {import("../parts.js").Page} Page
 */

/**
 * @param {Page} page
 * @param {import("./nearside.d.ts").PageContext} context
 * @param {{events: import("./settings.js").Settings["events"], note: import("../signals/note.js").Note}} telling
 *   what may be tracked, and who takes it
 * @returns {Nearside}
 */
export function makeApi(page, context, { events, note }) {
  /** @param {string} slot */
  const decide = (slot) => {
    const items = (page.suggestionsFor(String(slot)) ?? []).map((suggestion) => {
      const { item, title, summary, reason } = suggestion;
      const why = Object.freeze({ kind: reason, text: reasonText(suggestion, page.strings) });
      return Object.freeze({ item, title, summary, reason: why });
    });
    return Object.freeze({ slot, personalised: items.length > 0, items: Object.freeze(items) });
  };

  const state = () =>
    Object.freeze({
      asked: page.choice() !== null,
      given: Object.freeze(page.off() ? [] : [...(page.choice()?.given ?? [])]),
      signal: page.off(),
    });

  /** @type {Nearside} */
  const api = {
    version: 1,
    get ready() {
      return Promise.resolve(api);
    },
    page: Object.freeze(context),
    consent: Object.freeze({
      settings: page.notice.href,
      read: state,
      subscribe: (/** @type {(state: ConsentState) => void} */ listener) =>
        following(page.whenChosen, () => listener(state())),
    }),
    decide,
    recommend: async (slot) => decide(slot).items,
    track(name, props) {
      const fact = factOf(events, name, props, page.config.item);
      if (typeof fact === "string") {
        return fact;
      }
      if (!page.allows("suggest")) {
        return "off";
      }
      tell(note, fact);
      return "taken"; // whether a rule asks for it, or the citizen has switched it off, is nobody's business here
    },
    on(event, listener) {
      const told = FROM_WORKER.get(event);
      return event === "consent"
        ? following(page.whenChosen, listener)
        : following(page.listen, (message) => told?.(message) && listener());
    },
    off: page.standAside,
    debug: page.debug,
    flags: () => makeFlags(decide, page.whenChosen),
  };
  return Object.freeze(api);
}

/** @type {Map<string, (message: import("../runtime.js").FromWorker) => boolean>} */
const FROM_WORKER = new Map([
  ["planned", ({ kind }) => kind === "plan"],
  ["failed", ({ kind, text }) => kind === "state" && text.startsWith("failed")],
]);

/**
 * @template {(...told: any[]) => void} Act
 * @param {(act: Act) => void} follow
 * @param {Act} act
 * @returns {() => void} stops it
 */
function following(follow, act) {
  let on = true;
  follow(/** @type {Act} */ ((...told) => on && act(...told)));
  return () => {
    on = false;
  };
}
