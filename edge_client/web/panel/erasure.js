/** The agency's copy of the citizen's records: what it is for, how to have it deleted, and what came of that. */

import { button, element } from "../markup.js";
import { datesIn, numbersIn } from "../locale.js";

/** @typedef {import("../words.js").Strings} Strings */

/**
 * @typedef {object} Answer what the agency said
 * @property {number} count
 * @property {number} completed_at Unix seconds
 * @property {number} backup_horizon_days
 * @property {string[]} remains
 */

/**
 * @typedef {object} Erasure
 * @property {boolean} pending
 * @property {boolean} refused
 * @property {Answer | null} last
 */

const DAY_SECONDS = 24 * 60 * 60;

/**
 * @param {HTMLElement} place emptied and filled again where something has changed
 * @param {{erasure: Erasure, receipts: {erased: boolean}[]}} book
 * @param {{ask: () => void, lang: string, strings: Strings}} with_ `ask` sends the citizen's wish to the worker
 */
export function showErasure(place, { erasure, receipts }, { ask, lang, strings }) {
  const copies = receipts.filter(({ erased }) => !erased).length;
  const state = JSON.stringify([copies, erasure]);
  if (place.dataset.state === state) {
    return; // a question that is open stays open, and the focus where it is
  }
  place.dataset.state = state;
  const focused = place.contains(document.activeElement);
  if (copies === 0 && !erasure.pending && !erasure.refused && !erasure.last) {
    place.replaceChildren();
    return;
  }
  const parts = [element("h3", strings.erase)];
  const news = erasure.pending
    ? [status(strings["erase-pending"])]
    : [
        ...(erasure.refused ? [status(strings["erase-refused"])] : []),
        ...(erasure.last ? told(erasure.last, lang, strings) : []),
      ];
  parts.push(...news);
  if (copies > 0 && !erasure.pending) {
    // Only the whole program asks for it (light/): who has the receipts can, elsewhere.
    const way = "WebAssembly" in globalThis ? question(ask, strings) : element("p", strings["erase-cannot"]);
    parts.push(element("p", strings["erase-what"]), way);
  }
  place.replaceChildren(...parts);
  if (focused) {
    news[0]?.focus();
  }
}

/**
 * Asked twice, because it cannot be undone.
 *
 * @param {() => void} ask
 * @param {Strings} strings
 */
function question(ask, strings) {
  const place = element("div", "");
  const first = button(strings["erase-ask"], "nearside-button");
  first.addEventListener("click", () => {
    const sure = element("p", strings["erase-sure"], "nearside-inset");
    sure.tabIndex = -1;
    const now = button(strings["erase-now"], "nearside-button");
    const not = button(strings["erase-not"], "nearside-link");
    now.addEventListener("click", () => {
      const done = status(strings["erase-pending"]);
      place.replaceChildren(done);
      done.focus();
      ask();
    });
    not.addEventListener("click", () => {
      place.replaceChildren(first);
      first.focus();
    });
    place.replaceChildren(sure, now, not);
    sure.focus();
  });
  place.append(first);
  return place;
}

/**
 * @param {Answer} answer
 * @param {string} lang
 * @param {Strings} strings
 */
function told({ count, completed_at, backup_horizon_days, remains }, lang, strings) {
  const format = datesIn(lang, { dateStyle: "long", timeStyle: "short" });
  const when = (/** @type {number} */ seconds) => format.format(new Date(seconds * 1000));
  const done = strings["erase-done"]
    .replace("{count}", numbersIn(lang).format(count))
    .replace("{when}", when(completed_at));
  const backups =
    backup_horizon_days > 0
      ? strings["erase-backups"].replace("{when}", when(completed_at + backup_horizon_days * DAY_SECONDS))
      : strings["erase-no-backups"];
  const list = element("ul", "", "nearside-remains");
  list.append(...remains.map((kind) => element("li", strings[`remains-${kind}`] ?? kind)));
  return [status(`${done} ${backups}`), element("p", strings["erase-remains"]), list];
}

/** @param {string} text */
function status(text) {
  const made = element("p", text, "nearside-saved");
  made.setAttribute("role", "status");
  made.tabIndex = -1;
  return made;
}
