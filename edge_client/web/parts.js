/** Parts of the interface that few pages have: each is a script of its own, loaded where a page has one of its elements. */

/**
 * What a page is known by before anything of the citizen's is read.
 *
 * @typedef {object} Opened
 * @property {string} base the folder of this version's runtime
 * @property {import("./config.js").Config} config
 * @property {Storage | null} storage
 * @property {import("./words.js").Notice} notice
 * @property {import("./words.js").Strings} strings
 * @property {() => number} now Unix milliseconds
 * @property {boolean} isFar whether the device is in another origin: the citizen chooses there, and nothing is said to any here
 * @property {import("./preview/define.js").Preview | null} preview
 * @property {import("./apart.js").Apart | null} apart
 */

/**
 * What the loader lends to a part: the page's settings, the citizen's choice, and the one line to the worker.
 *
 * @typedef {object} Page
 * @property {import("./config.js").Config} config
 * @property {string} base the folder of this version's runtime
 * @property {Storage | null} storage
 * @property {import("./words.js").Notice} notice
 * @property {() => import("./choice.js").Choice | null} choice
 * @property {() => void} ask show the banner, where nothing was decided yet
 * @property {() => boolean} off whether the browser's own signal keeps suggestions off
 * @property {(purpose: string) => boolean} allows
 * @property {(given: string[], about?: string[]) => void} choose from now on these purposes are allowed and no other; it is about
 *   those of the banner, or about the named ones: of what was never asked about, nothing is said
 * @property {(message: {type: string} & Record<string, unknown>) => void} send say something to the worker; what it answers comes to `listen`
 * @property {(listener: (message: import("./runtime.js").FromWorker) => void) => void} listen
 * @property {(act: () => void) => void} whenChosen call after each choice of the citizen's, on this page or another
 * @property {(act: () => void) => void} whenDeleted call after something that was kept was deleted
 * @property {() => void} forget delete what this device knows, and what it was asked to keep; the choices stay
 * @property {() => Promise<void>} leave take every yes back and delete everything; what is owed to the agency of that stays
 *   until it has taken it
 * @property {() => void} forAnother forget this visit: it was for someone else
 * @property {(key: string) => void} drop delete one thing that this browser was asked to keep (kept.js)
 * @property {import("./words.js").Strings} strings the loader's own words
 * @property {(slot: string) => import("./plan.js").Suggestion[] | null} suggestionsFor what was decided for this page
 * @property {(item: string) => void} dismissed the citizen called an item not relevant
 * @property {() => number} now Unix milliseconds, of the clock that this page is looked at by
 * @property {boolean} preview whether this is a preview: nothing of a citizen's is at hand, and nothing is kept
 * @property {import("./apart/tab.js").Kind | null} apart how this tab is apart, if it is: all that is kept lies in it
 * @property {() => Promise<boolean>} debug open or close the overlay for whoever builds the page
 * @property {(message: {type: string} & Record<string, unknown>) => void} say tell the worker something that counts, and is told again until it was taken in
 * @property {(far: Far) => void} borrow show from now on what a device in another origin says
 * @property {() => void} standAside leave this page as the server wrote it, and tell the worker no more of it
 */

/**
 * @typedef {object} Far what a device in another origin does for this page
 * @property {(slot: string) => import("./plan.js").Suggestion[] | null} suggestionsFor
 * @property {(item: string) => void} dismissed
 */

/** @typedef {{define: (page: Page) => any}} Part what a part's script exports */

/** The script of each part, as `nearside/edge_build.py` names it, and the elements that it defines. */
const ELEMENTS = {
  alerts: "nearside-alert, nearside-place",
  apart: "nearside-apart",
  components: "nearside-carousel, nearside-why",
  device: "nearside-device",
  flows: "nearside-flow",
  help: "nearside-help",
  integration: "script[data-agency-key][data-api], script[data-agency-key][data-consent]",
  isolated: "script[data-agency-key][data-device]",
  panel: "nearside-preferences",
  question: "nearside-question",
  reminders: "nearside-reminder, nearside-reminders",
  search: "nearside-search",
  signals: "", // no element: after any yes, so that fetching it says no more than fetching the worker does
  tasks: "nearside-tasks",
  topics: "", // likewise: what more there is to say on each card
  vault: "nearside-prefill, nearside-keep",
  visit: "nearside-visit, nearside-exit",
};

/**
 * @param {string} base the folder of this version's runtime
 * @param {Page} page
 * @returns {Promise<unknown>} once a page's own scripts could ask that nothing of it is remembered
 */
export function loadParts(base, page) {
  /** @type {Promise<unknown>} */
  let heard = Promise.resolve();
  for (const [name, elements] of Object.entries(ELEMENTS)) {
    // Kept answers are locked with a key of the citizen's own browser: no preview has any, and no tab apart. The settings
    // are of what is the citizen's own.
    if ((page.preview || page.apart) && (name === "vault" || (page.apart && name === "panel"))) {
      continue;
    }
    if (elements ? document.querySelector(elements) : !page.off() && page.choice()?.given.length) {
      const part = /** @type {Promise<Part>} */ (import(`${base}${name}.js`));
      const ready = part.then(({ define }) => define(lentTo(name, page)));
      if (name === "integration") {
        window.nearside = { ready };
        heard = ready.catch(() => {}); // whoever waits for it hears of it
      }
    }
  }
  return heard;
}

/** What the citizen asks to be kept is kept on no shared computer. */
const KEEPING = ["flows", "reminders", "tasks"];

/** @param {string} name; @param {Page} page; @returns {Page} */
function lentTo(name, page) {
  return page.apart === "shared" && KEEPING.includes(name) ? { ...page, storage: null } : page;
}

/**
 * @param {string} base the folder of this version's runtime
 * @param {"apart" | "debug" | "preview"} name of what no element asks for, as `nearside/edge_build.py` has it
 * @returns {Promise<any>}
 */
export function loadTool(base, name) {
  return import(`${base}${name}.js`);
}
