/**
 * `<nearside-apart>`: a tab apart, begun by the citizen: "I am doing this for someone else", "This is a shared computer". A
 * strip says so on every page, before it is painted, with the button that ends it.
 */

// @ts-ignore -- made by the build from words/*.json: what is said of a tab apart
import words from "nearside-apart-words";
import { begin, eraseApart, isOver, keepApart, keptApart, openApart, ownAt } from "./tab.js";
import { openTab } from "../apart.js";
import { SHARED, openStorage, readChoice } from "../choice.js";
import { inDirection } from "../locale.js";
import { button, element } from "../markup.js";

import { OWED, sweep } from "../ours.js";

/** @typedef {import("./tab.js").Kind} Kind */
/** @typedef {Omit<import("./tab.js").Apart, "left">} Begun */
/** @typedef {import("../parts.js").Page} Page */

const LOOK_MS = 5_000;
/** How long the agency may take to hear that every yes was taken back, before the shared computer's own tab begins without. */
const PATIENCE_MS = 20_000;

/** @param {Page} page */
export function define(page) {
  const tab = openTab();
  if (!tab || !page.storage || page.preview) {
    return; // nothing is kept, so there is nothing to keep apart
  }
  const strings = stringsFor(page);
  customElements.define(
    "nearside-apart",
    class extends HTMLElement {
      connectedCallback() {
        if (page.apart) {
          this.replaceChildren();
          return;
        }
        const other = button(strings["other-begin"], "nearside-link");
        const shared = button(strings["shared-begin"], "nearside-link");
        other.addEventListener("click", () => beginOther(page, tab));
        shared.addEventListener("click", () => {
          shared.textContent = strings.deleting;
          shared.disabled = true;
          void beginShared(page, tab);
        });
        this.replaceChildren(other, shared);
      }
    },
  );
}

/** @param {Page} page; @param {Storage} tab */
function beginOther(page, tab) {
  const own = page.choice();
  eraseApart(tab);
  begin(tab, { kind: "other", left: Date.now(), own: ownAt(openStorage()) });
  // What was allowed for the citizen's own visits is allowed here, as far as it stays here.
  const given = page.allows("suggest") ? ["suggest"] : [];
  const choice = { given, at: Date.now(), gpc: own?.gpc ?? "absent", ever: true, notice: null };
  tab.setItem("nearside.choice", JSON.stringify(choice));
  reloadAtTop();
}

/**
 * Whoever was here before leaves first: every yes is taken back, and everything goes. What is owed to the agency of that stays
 * until it has taken it; the strip says so, and the first page after the shared computer's time sends it.
 *
 * @param {Page} page
 * @param {Storage} tab
 */
async function beginShared(page, tab) {
  const gone = new Promise((done) => {
    const look = () => page.choice() ?? done(null);
    [page.whenChosen, page.whenDeleted, page.listen].forEach((follow) => follow(look));
    setTimeout(done, PATIENCE_MS);
  });
  await page.leave();
  await gone;
  // No worker may have been there to do it.
  await sweep(page.choice() ? OWED : []);
  eraseApart(tab);
  page.storage?.setItem(SHARED, String(Date.now()));
  reloadAtTop();
}

/** The strip is above everything else, and says what has begun. */
function reloadAtTop() {
  scrollTo({ top: 0, behavior: "instant" });
  location.reload();
}

/** @returns {import("../apart.js").Apart | null} null where it is over: then what was in it is erased */
export function open() {
  const opened = openApart(openTab(), openStorage(), Date.now());
  return (
    opened && {
      ...opened,
      show: (page) => show(page, opened),
      told: (allowed_ms) => ({ kept: keptApart(opened.storage), allowed_ms }),
      keep: (text) => keepApart(opened.storage, JSON.parse(text)),
    }
  );
}

/**
 * Say that this tab is apart, and end it when it is over.
 *
 * @param {Page} page
 * @param {Begun} begun
 */
function show(page, { kind, own }) {
  const strings = stringsFor(page);
  const tab = /** @type {Storage} */ (page.storage);
  const local = openStorage();
  let seen = Date.now();

  const end = () => {
    local?.removeItem(SHARED);
    eraseApart(tab);
    removeEventListener("pagehide", leave);
    addEventListener("pagehide", () => eraseApart(tab)); // what the worker still told
    location.reload();
  };
  const leave = () => begin(tab, { kind, left: seen, own });
  const act = () => {
    seen = Date.now();
    if (kind === "shared") {
      local?.setItem(SHARED, String(seen));
    }
  };
  const look = () => {
    const since = kind === "shared" ? Number(local?.getItem(SHARED)) : seen;
    if (isOver(since, Date.now(), kind)) {
      end();
    }
  };
  act();
  for (const doing of ["pointerdown", "keydown", "wheel"]) {
    addEventListener(doing, act, { passive: true });
  }
  setInterval(look, LOOK_MS);
  addEventListener("visibilitychange", look);
  addEventListener("pageshow", ({ persisted }) => (persisted ? location.reload() : undefined));
  addEventListener("pagehide", leave);
  addEventListener("storage", ({ key, storageArea }) => {
    // Ended in another tab; or a choice was made there that this one does not know of.
    if (
      storageArea === local &&
      ((key === SHARED && kind === "shared") || key === "nearside.choice" || key === null)
    ) {
      look();
      if (key !== SHARED) {
        end();
      }
    }
  });

  const strip = inDirection(element("div", "", "nearside-apart-strip"), page.config.lang);
  strip.setAttribute("role", "region");
  strip.setAttribute("aria-label", strings[`${kind}-title`]);
  const stop = button(strings[`${kind}-end`], "nearside-button");
  stop.addEventListener("click", end);
  const inner = element("div", "", "nearside-apart-inner");
  inner.append(element("p", strings[`${kind}-says`]), ...owed(kind, strings), stop);
  strip.append(inner);
  document.body.prepend(strip);
}

/**
 * @param {Kind} kind
 * @param {Record<string, string>} strings
 * @returns {HTMLElement[]} what is still here of before, where the agency has not taken what it is owed of that
 */
function owed(kind, strings) {
  const isOwed = kind === "shared" && readChoice(openStorage())?.leaving;
  return isOwed ? [element("p", strings["shared-owed"])] : [];
}

/** @param {Page} page; @returns {Record<string, string>} */
function stringsFor({ config }) {
  return words[config.lang] ?? words.en;
}
