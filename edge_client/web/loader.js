/**
 * The one script on an agency's page. It applies what was decided on the page before, asks for consent once, and starts
 * the worker late. Without script, storage or consent the page is the server's own.
 */

import { showBanner } from "./banner.js";
import { asksForPrivacy, isChoice, openStorage, readChoice, saveChoice } from "./choice.js";
import { readConfig } from "./config.js";
import { context } from "./context.js";
import { erasePlan, readPlan, savePlan, suggestionsFor, withoutItem } from "./plan.js";
import { defineRecommend } from "./recommend.js";
import { startRuntime } from "./runtime.js";
import { forgetTold, isEmpty, readUntold, saveUntold } from "./untold.js";
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
/** Whether the worker was told what this page's slots show: a view that is told twice is one impression. */
let seen = false;
/** @type {Set<(message: import("./runtime.js").FromWorker) => void>} */
const listeners = new Set();
/** What is kept of alerts follows a choice. */
let settleAlerts = () => {};

defineRecommend({ suggestionsFor: (slot) => suggestionsFor(plan, config, slot), strings, dismissed });
if (document.querySelector("[data-personalised]")) {
  performance.mark("nearside:applied");
}
if (!choice && !isOff() && storage && config.agencyKey) {
  showBanner(notice, choose);
}
if (isOff() && choice?.given.length) {
  choose([], "applied"); // the browser began to ask for privacy after the citizen's yes
}
showState();
if (storage && document.querySelector("nearside-preferences")) {
  /** @type {Promise<typeof import("./preferences.js")>} */ (import(`${BASE}preferences.js`)).then(
    ({ definePreferences }) =>
      definePreferences({ notice, choice: () => choice, off: isOff, choose, send, forget, listen }),
  );
}
if (document.querySelector("nearside-alert, nearside-place")) {
  /** @type {Promise<typeof import("./alert.js")>} */ (import(`${BASE}alert.js`)).then(({ defineAlerts }) => {
    settleAlerts = defineAlerts({ config, storage, notice, allows, choose, choice: () => choice });
  });
}
if (document.querySelector("nearside-flow")) {
  /** @type {Promise<typeof import("./flow.js")>} */ (import(`${BASE}flow.js`)).then(({ defineFlows }) =>
    defineFlows({ config, storage }),
  );
}
addEventListener("storage", chosenElsewhere);
if (choice?.notice || !isEmpty(readUntold(storage)) || (choice?.given.some(allows) && hasRoom())) {
  whenIdle(() => send({ type: "view", ...page() }));
}

/** @returns {boolean} whether the browser asks not to be tracked, and no later choice of the citizen's says otherwise */
function isOff() {
  return asksForPrivacy() && choice?.gpc !== "present";
}

/** @param {string} purpose */
function allows(purpose) {
  return !isOff() && (choice?.given.includes(purpose) ?? false);
}

function showState() {
  for (const status of document.querySelectorAll("nearside-status")) {
    status.textContent = strings[`state-${allows("suggest") ? "on" : isOff() ? "gpc" : "off"}`];
  }
}

/**
 * Make a choice count: at once on this page, then in the worker, which has it logged.
 *
 * @param {string[]} given purposes allowed from now on
 * @param {import("./choice.js").Choice["gpc"]} [gpc] what the browser's own signal has to do with it
 */
function choose(given, gpc = asksForPrivacy() ? "present" : "absent") {
  const before = choice;
  // Someone who says no, and had never said yes, has nothing that a worker would have to undo, and is sent nowhere.
  const ever = given.length > 0 || before?.ever === true;
  const at = Math.max(Date.now(), (before?.at ?? 0) + 1);
  choice = { given, at, gpc, ever, notice: ever ? notice : null };
  saveChoice(storage, choice);
  if (!given.includes("suggest")) {
    plan = null;
    erasePlan(storage);
  }
  refresh();
  if (ever) {
    send(given.length ? { type: "view", ...page() } : { type: "sync" });
  }
}

/**
 * Another tab made a choice, or had everything forgotten: it counts on this page too, and for this page's worker.
 *
 * @param {StorageEvent} event
 */
function chosenElsewhere({ key }) {
  const before = choice?.at;
  choice = readChoice(storage);
  if (isChoice(key) && choice?.at !== before) {
    plan = allows("suggest") ? plan : null;
    document.querySelector(".nearside-banner")?.remove();
    refresh();
    if (runtime) {
      send({ type: "sync" });
    }
  }
}

/** @param {string} item */
function dismissed(item) {
  // Gone from the plan at once: the worker's next one may come after the next page.
  plan = plan && withoutItem(plan, item);
  savePlan(storage, JSON.stringify(plan));
  const untold = readUntold(storage);
  saveUntold(storage, { ...untold, dismissed: [...untold.dismissed, item] });
  send({ type: "view", ...page() });
}

/** Apply the plan, or its absence, to the page that is open. */
function refresh() {
  for (const slot of document.querySelectorAll("nearside-recommend")) {
    /** @type {any} */ (slot).update();
  }
  showState();
  settleAlerts();
}

/**
 * Say something to the worker, and with it what the citizen last decided, as the storage has it now.
 *
 * @param {{type: string} & Record<string, unknown>} message
 */
function send(message) {
  runtime ??= startRuntime(BASE, config, receive);
  runtime.send({ ...message, told: { choice: readChoice(storage), ...readUntold(storage) } });
}

/** @param {import("./runtime.js").FromWorker} message */
function receive(message) {
  if (message.kind === "plan" && allows("suggest") && !readUntold(storage).forgot) {
    // Kept for the next page: what is on screen does not move under the citizen's eyes.
    savePlan(storage, message.text);
    mark("planned");
  } else if (message.kind === "taken") {
    forgetTold(storage, JSON.parse(message.text));
  } else if (message.kind === "receipts") {
    logged(JSON.parse(message.text));
  } else if (message.kind === "state") {
    mark(message.text);
  }
  for (const listener of listeners) {
    listener(message);
  }
}

/**
 * The words of a choice are kept until every record of it has its receipt: then nothing is left to be told.
 *
 * @param {{pending: number, chosen: number}} book
 */
function logged({ pending, chosen }) {
  // Read again: what this tab knows may be older than a choice made in another one.
  choice = readChoice(storage);
  if (choice?.notice && pending === 0 && chosen >= choice.at) {
    choice = { ...choice, notice: null };
    saveChoice(storage, choice);
  }
}

/** @param {string} state what the runtime is at, for those who look into the page; never what was read */
function mark(state) {
  document.documentElement.dataset.nearside = state.toLowerCase();
}

/** @param {(message: import("./runtime.js").FromWorker) => void} listener */
function listen(listener) {
  listeners.add(listener);
}

/** Forget what this device knows, on this page at once. */
function forget() {
  plan = null;
  erasePlan(storage);
  refresh();
  saveUntold(storage, { forgot: Date.now(), dismissed: [] });
  send({ type: "profile" });
}

function page() {
  const main = document.querySelector("main") ?? document.body;
  // The page that led here is a likely next one: people go back.
  const back = new URL(document.referrer || location.href);
  const links = [back, ...main.querySelectorAll("a")].filter(({ origin }) => origin === location.origin);
  const shown = seen ? [] : [...document.querySelectorAll("[data-personalised] [data-item]")];
  seen = true;
  return {
    item: config.item,
    lang: config.lang,
    links: [...new Set(links.map(({ pathname }) => pathname))].slice(0, 30),
    shown: shown.map((card) => /** @type {HTMLElement} */ (card).dataset.item),
    context: context(),
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
