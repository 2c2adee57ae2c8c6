/**
 * The one script on an agency's page. It applies what was decided on the page before, asks for consent once, and starts
 * the worker late. Without script, storage or consent the page is the server's own.
 */

import { showBanner } from "./banner.js";
import { asksForPrivacy, isChoice, openStorage, readChoice, saveChoice } from "./choice.js";
import { readConfig } from "./config.js";
import { erasePlan, readPlan, savePlan, suggestionsFor, withoutItem } from "./plan.js";
import { defineRecommend } from "./recommend.js";
import { startRuntime } from "./runtime.js";
import { readUntold, saveUntold } from "./untold.js";
import { noticeFor, stringsFor } from "./words.js";

// @ts-ignore -- put in by the build: the folder of this version's runtime
const BASE = /** @type {string} */ (NEARSIDE_RUNTIME);

const config = readConfig(document);
const storage = openStorage();
const notice = noticeFor(config.lang);
const strings = stringsFor(config.lang);
let choice = readChoice(storage);
let plan = allows("suggest") ? readPlan(storage) : null;
/** @type {import("./runtime.js").Runtime | null} */
let runtime = null;
/** @type {Set<(message: import("./runtime.js").FromWorker) => void>} */
const listeners = new Set();

defineRecommend({
  suggestionsFor: (slot) => suggestionsFor(plan, config, slot),
  strings,
  dismissed: (item) => {
    // Gone from the plan at once: the worker's next one may come after the next page.
    plan = plan && withoutItem(plan, item);
    savePlan(storage, JSON.stringify(plan));
    tell({ type: "dismiss", item });
  },
});
if (document.querySelector("[data-personalised]")) {
  performance.mark("nearside:applied");
}

const off = !choice && asksForPrivacy();
if (!choice && !off && storage && config.agencyKey) {
  showBanner(notice, choose);
}
for (const status of document.querySelectorAll("nearside-status")) {
  status.textContent = stateWords();
}
if (storage && document.querySelector("nearside-preferences")) {
  /** @type {Promise<typeof import("./preferences.js")>} */ (import(`${BASE}preferences.js`)).then(
    ({ definePreferences }) =>
      definePreferences({
        notice,
        choice: () => choice,
        off: () => off && !choice,
        choose,
        ask,
        forget,
        listen,
      }),
  );
}
addEventListener("storage", chosenElsewhere);
if (readUntold(storage).length || ((choice?.given.length || choice?.unlogged) && hasRoom())) {
  whenIdle(() => {
    for (const message of readUntold(storage)) {
      worker().send(message);
    }
    worker().send({ type: "view", ...page() });
  });
}

/** @param {string} purpose */
function allows(purpose) {
  return choice?.given.includes(purpose) ?? false;
}

function stateWords() {
  return allows("suggest") ? strings["state-on"] : off ? strings["state-gpc"] : strings["state-off"];
}

/**
 * Make a choice count: at once on this page, then in the worker, which has it logged.
 *
 * @param {string[]} given purposes allowed from now on
 */
function choose(given) {
  const before = choice;
  // Someone who says no, and had never said yes, has nothing that a worker would have to undo or log.
  const ever = given.length > 0 || before?.ever === true;
  choice = { given, ever, unlogged: ever };
  saveChoice(storage, choice);
  if (!given.includes("suggest")) {
    plan = null;
    erasePlan(storage);
  }
  refresh();
  if (ever) {
    tell({ type: "choose", given, notice, gpc: asksForPrivacy(), ...(given.length ? page() : {}) });
  }
}

/**
 * Another tab made a choice: it counts on this page too, and for this page's worker.
 *
 * @param {StorageEvent} event
 */
function chosenElsewhere({ key }) {
  const before = choice?.given.join();
  choice = readChoice(storage);
  if (isChoice(key) && choice?.given.join() !== before) {
    runtime?.stop();
    plan = allows("suggest") ? plan : null;
    document.querySelector(".nearside-banner")?.remove();
    refresh();
  }
}

/** Apply the plan, or its absence, to the page that is open. */
function refresh() {
  for (const slot of document.querySelectorAll("nearside-recommend")) {
    /** @type {any} */ (slot).update();
  }
  for (const status of document.querySelectorAll("nearside-status")) {
    status.textContent = stateWords();
  }
}

function worker() {
  runtime ??= startRuntime(BASE, config, (message) => {
    if (message.kind === "plan" && allows("suggest")) {
      // Kept for the next page: what is on screen does not move under the citizen's eyes.
      savePlan(storage, message.text);
      mark("planned");
    } else if (message.kind === "told") {
      saveUntold(
        storage,
        readUntold(storage).filter(({ id }) => id !== message.text),
      );
    } else if (message.kind === "receipts") {
      // Read again: what this tab knows may be older than a choice made in another one.
      choice = readChoice(storage);
      if (choice) {
        saveChoice(storage, { ...choice, unlogged: JSON.parse(message.text).pending > 0 });
      }
    } else if (message.kind === "state") {
      const { ready, failed, bundle } = JSON.parse(message.text);
      mark(failed ? `failed-${failed}` : bundle ? `bundle-${bundle}` : ready ? "ready" : "unknown");
    }
    for (const listener of listeners) {
      listener(message);
    }
  });
  return runtime;
}

/** @param {string} state what the runtime is at, for those who look into the page; never what was read */
function mark(state) {
  document.documentElement.dataset.nearside = state.toLowerCase();
}

/** @param {(message: import("./runtime.js").FromWorker) => void} listener */
function listen(listener) {
  listeners.add(listener);
}

/** @param {string} type */
function ask(type) {
  worker().send({ type });
}

/**
 * Say something that must not be lost, whatever happens to this page.
 *
 * @param {{type: string} & Record<string, unknown>} message
 */
function tell(message) {
  const told = { ...message, id: crypto.randomUUID() };
  saveUntold(storage, [...readUntold(storage), told]);
  worker().send(told);
}

/** Forget what this device knows, on this page at once. */
function forget() {
  plan = null;
  erasePlan(storage);
  refresh();
  tell({ type: "forget" });
}

function page() {
  const main = document.querySelector("main") ?? document.body;
  const links = [...main.querySelectorAll("a")].filter(({ origin }) => origin === location.origin);
  return {
    item: config.item,
    lang: config.lang,
    links: [...new Set(links.map(({ pathname }) => pathname))].slice(0, 30),
  };
}

/** @returns {boolean} whether this device, and its connection, can carry what nobody is waiting for */
function hasRoom() {
  const { connection, deviceMemory = 8 } = /** @type {any} */ (navigator);
  return !connection?.saveData && deviceMemory >= 2;
}

/** @param {() => void} act */
function whenIdle(act) {
  const idle = () =>
    "requestIdleCallback" in window ? requestIdleCallback(act, { timeout: 4000 }) : setTimeout(act, 1000);
  document.readyState === "complete" ? idle() : addEventListener("load", idle, { once: true });
}
