/**
 * Suggestions pause for a week, or until the citizen says so: pages are the server's own meanwhile, nothing of them is noted,
 * and what this device knows stays as it is.
 */

import { button, element } from "../markup.js";
import { PAUSE, isPaused, pauseWords } from "../pause.js";
import { keepText } from "../room.js";

/** @typedef {import("../words.js").Strings} Strings */

const WEEK_MS = 7 * 24 * 60 * 60 * 1000;

/**
 * @param {import("../parts.js").Page} with_
 * @param {{lang: string, strings: Strings}} words
 * @returns {HTMLElement} what is the case, and the buttons that change it; nothing for those to whom nothing is suggested
 */
export function showPausing(with_, words) {
  const { storage, now } = with_;
  const { strings } = words;
  const place = element("div", "", "nearside-pausing");
  const said = element("p", "", "nearside-pause-state");
  said.setAttribute("role", "status");
  said.tabIndex = -1;
  const press = (/** @type {string} */ name, /** @type {() => void} */ act) => {
    const made = button(strings[name], "nearside-button");
    made.addEventListener("click", () => {
      act();
      update();
      said.focus();
    });
    return made;
  };
  const pause = (/** @type {number} */ until) => () => {
    keepText(storage, PAUSE, String(until));
    with_.standAside(); // on this page at once
  };
  const week = press("pause-week", () => pause(now() + WEEK_MS)());
  const open = press("pause-open", pause(Infinity));
  const on = press("pause-end", () => storage?.removeItem(PAUSE));
  let ended = false;
  on.addEventListener("click", () => (ended = true), { capture: true });
  const actions = element("div", "", "nearside-actions");
  actions.append(week, open, on);
  place.append(said, element("p", strings["pause-what"], "nearside-hint"), actions);
  const update = () => {
    // What a no covers pauses no longer: a yes that comes later counts at once.
    const suggests = !with_.off() && (with_.choice()?.given.includes("suggest") ?? false);
    const paused = suggests && isPaused(storage, now());
    if (!paused) {
      storage?.removeItem(PAUSE);
    }
    place.hidden = !suggests;
    said.textContent = paused ? pauseWords(storage, now(), words) : ended ? strings["pause-ended"] : "";
    week.hidden = open.hidden = paused;
    on.hidden = !paused;
  };
  update();
  with_.whenChosen(update);
  with_.whenDeleted(update);
  return place;
}
