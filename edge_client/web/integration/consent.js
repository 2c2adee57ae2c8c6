/**
 * What the citizen told another tool of this page that asks for consent (ADR 39). Its no is a no here, and is never asked over;
 * its yes is none, and asks for nothing more than our own question. A yes that was said here while that no stood is later than
 * it, and in our own words: it counts. The tool is read, and never written to.
 */

/** @typedef {"no" | "yes" | null} Said null while the citizen has told the other tool nothing */
/** @typedef {Pick<import("../parts.js").Page, "storage" | "choice" | "choose" | "ask" | "whenChosen" | "now">} Asking */

/** Since when a yes of here stands beside a no that was told elsewhere (Unix milliseconds). */
const ELSEWHERE = "nearside.elsewhere";
const AGAIN_MS = 1000;
const EVENT = "event:";
/** Told on the window once its events are heard: whoever told before says it again. */
const LISTENING = "nearside-consent";
/** What nobody can refuse, by the names that such tools give it. */
const NEEDED = ["essential", "necessary"];

/**
 * @param {import("../parts.js").Page} page
 * @param {string} named of the script tag: where the other tool keeps its answer, then what of it counts; all, if nothing is named
 */
export function followConsent(page, named) {
  if (!page.storage || page.preview) {
    return; // nothing is kept here, and so nobody asked
  }
  const [source, ...counting] = named.split(/\s+/);
  const heard = listener(page);
  if (source.startsWith(EVENT)) {
    addEventListener(source.slice(EVENT.length), (event) =>
      heard(saidBy(/** @type {CustomEvent} */ (event).detail, counting)),
    );
    dispatchEvent(new Event(LISTENING));
  } else if (source === "govuk") {
    const look = () => heard(saidInCookies(document.cookie, counting));
    look();
    // A cookie tells nobody that it changed: what changes it is a press, or another tab.
    addEventListener("click", () => setTimeout(look));
    setInterval(() => document.visibilityState === "visible" && look(), AGAIN_MS);
  }
}

/**
 * @param {Asking} page
 * @returns {(said: Said) => void} take in what the other tool has been told by now
 */
export function listener({ storage, choice, choose, ask, whenChosen, now }) {
  /** @type {Said} */
  let last = null;
  const isYes = () => (choice()?.given.length ?? 0) > 0;
  whenChosen(() => {
    if (!isYes()) {
      storage?.removeItem(ELSEWHERE);
    } else if (last === "no" && storage?.getItem(ELSEWHERE) === null) {
      storage.setItem(ELSEWHERE, String(Math.min(choice()?.at ?? now(), now())));
    }
  });
  return (said) => {
    const isNew = said !== last;
    last = said ?? last; // what tells nothing takes nothing back
    if (said !== "no") {
      storage?.removeItem(ELSEWHERE);
      if (said === "yes" && isNew) {
        ask(); // once: whoever puts it off is not asked again at every look
      }
      return;
    }
    document.querySelector(".nearside-banner")?.remove();
    const since = Number(storage?.getItem(ELSEWHERE) ?? Infinity);
    if (isYes() && !((choice()?.at ?? 0) >= since)) {
      choose([]);
    }
  };
}

/**
 * As services of GOV.UK keep it: `cookies_policy` says what is allowed, and `cookies_preferences_set` that somebody chose so.
 *
 * @param {string} cookies
 * @param {readonly string[]} counting
 * @returns {Said}
 */
export function saidInCookies(cookies, counting) {
  const rows = cookies.split("; ").map((row) => /** @type {[string, string]} */ (row.split(/=(.*)/s)));
  const { cookies_policy: policy, cookies_preferences_set: chosen } = Object.fromEntries(rows);
  try {
    return chosen === "true" ? saidBy(JSON.parse(decodeURIComponent(policy)), counting) : null;
  } catch {
    return null;
  }
}

/**
 * @param {unknown} told whether each of some purposes is allowed, by its name; or all of them at once
 * @param {readonly string[]} counting the names that count; all but what is needed, where there are none
 * @returns {Said} one no is a no; what cannot be read was not said
 */
export function saidBy(told, counting) {
  if (typeof told === "boolean") {
    return told ? "yes" : "no";
  }
  const rows = Object.entries(told && typeof told === "object" && !Array.isArray(told) ? told : {}).filter(
    ([name, allowed]) =>
      typeof allowed === "boolean" &&
      (counting.length > 0 ? counting : [name]).includes(name) &&
      !NEEDED.includes(name),
  );
  return rows.length === 0 ? null : rows.every(([, allowed]) => allowed) ? "yes" : "no";
}
