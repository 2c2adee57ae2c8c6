/** What this device knows, in two lists that are never mixed: what it saw, and what the citizen told it. */

import { SWITCH, describeArchetype } from "./archetype.js";
import { stringsFor } from "./panel_words.js";
import { button, element } from "./recommend.js";
import { describeTrial } from "./trial.js";

/**
 * @typedef {[item: string, title: string]} Named
 * @typedef {object} Known
 * @property {[item: string, title: string, at_ms: number][]} visits
 * @property {number} [lately] how many of them are of this visit
 * @property {Named[]} dismissed
 * @property {Named[]} [pinned]
 * @property {Record<string, string>} [answers] by question; a worker that outlived a deployment tells of none
 * @property {import("./trial.js").Trial | null} trial
 * @property {import("./archetype.js").Archetype | null} archetype
 */

/** @type {Known} what is shown before the worker has said anything */
export const NOTHING = { visits: [], dismissed: [], trial: null, archetype: null };

/**
 * @param {HTMLElement} place
 * @param {Known} known
 * @param {import("./preferences.js").Collaborators} with_
 */
export function showKnown(place, known, with_) {
  const { lang } = with_.notice;
  const strings = stringsFor(lang);
  const heading = element("h2", strings.known, "govuk-heading-m");
  const lists = [...seen(known, lang, strings, with_), ...told(known, strings, with_)];
  if (lists.length === 0 && place.querySelector(".nearside-saved")) {
    return; // it says already that the list is deleted, and the focus is there
  }
  const switchTo = (/** @type {boolean} */ on) => with_.send({ type: "grouping", on });
  const active = place.contains(document.activeElement) ? document.activeElement : null;
  const noted = active?.matches(".nearside-noted") ? /** @type {HTMLElement} */ (active) : null;
  const parts = [
    heading,
    ...(noted ? [noted] : []),
    ...(lists.length > 0
      ? [...lists, forgetButton(place, heading, strings, with_)]
      : [element("p", strings["known-none"])]),
    ...describeArchetype(known.archetype, { lang, strings }, switchTo),
    ...describeTrial(known.trial, lang, strings),
  ];
  const switched = active?.matches(SWITCH);
  place.replaceChildren(...parts);
  // The focus stays where it was, on what says the same.
  (noted ?? (switched ? /** @type {HTMLElement | null} */ (place.querySelector(SWITCH)) : null))?.focus();
}

/**
 * @param {Known} known
 * @param {string} lang
 * @param {import("./words.js").Strings} strings
 * @param {import("./preferences.js").Collaborators} with_
 * @returns {HTMLElement[]}
 */
function seen({ visits, lately = 0 }, lang, strings, with_) {
  if (visits.length === 0) {
    return [];
  }
  const when = new Intl.DateTimeFormat(lang, { dateStyle: "long", timeStyle: "short" });
  const lines = [...visits]
    .reverse()
    .map(([item, title, at]) => line(item, title, when.format(new Date(at))));
  const parts = [element("p", strings["known-what"]), list(lines)];
  if (lately > 0) {
    const another = button(strings["known-another"], "nearside-button nearside-another");
    another.addEventListener("click", () => {
      note(another, strings["known-another-done"]);
      with_.send({ type: "for-another" });
    });
    parts.push(another);
  }
  return parts;
}

/**
 * @param {Known} known
 * @param {import("./words.js").Strings} strings
 * @param {import("./preferences.js").Collaborators} with_
 * @returns {HTMLElement[]}
 */
function told({ dismissed, pinned = [], answers = {} }, strings, with_) {
  const parts = [];
  if (dismissed.length > 0) {
    parts.push(
      element("p", strings["known-dismissed"]),
      list(dismissed.map(([item, title]) => line(item, title, ""))),
    );
  }
  if (pinned.length > 0) {
    const lines = pinned.map(([item, title]) => {
      const made = line(item, title, "");
      const unpin = button(strings["known-unpin"], "nearside-button", title);
      unpin.addEventListener("click", () => {
        note(made, strings["known-unpinned"]);
        with_.send({ type: "unpin", item });
      });
      made.append(unpin);
      return made;
    });
    parts.push(element("p", strings["known-pinned"]), list(lines));
  }
  const given = Object.entries(answers);
  if (given.length > 0) {
    const lines = given.map(([question, option]) => {
      const made = document.createElement("li");
      const take = button(strings["known-unanswer"], "nearside-button", question);
      take.addEventListener("click", () => {
        note(made, strings["known-unanswered"]);
        with_.send({ type: "answer", question, option: null });
      });
      made.append(element("bdi", `${question}: ${option}`), take);
      return made;
    });
    parts.push(element("p", strings["known-answers"]), list(lines));
  }
  return parts;
}

/**
 * @param {HTMLElement} place
 * @param {HTMLElement} heading
 * @param {import("./words.js").Strings} strings
 * @param {import("./preferences.js").Collaborators} with_
 */
function forgetButton(place, heading, strings, with_) {
  const forget = button(strings.forget, "nearside-button nearside-forget");
  forget.addEventListener("click", () => {
    with_.forget();
    const done = element("p", strings.forgotten, "nearside-saved");
    done.setAttribute("role", "status");
    done.tabIndex = -1;
    place.replaceChildren(heading, done);
    done.focus();
  });
  return forget;
}

/**
 * Say that it is done where the button was; the focus goes there.
 *
 * @param {HTMLElement} where
 * @param {string} words
 */
function note(where, words) {
  for (const before of document.querySelectorAll(".nearside-known .nearside-noted")) {
    (before.closest("li") ?? before).remove();
  }
  const done = element("p", words, "nearside-noted");
  done.setAttribute("role", "status");
  done.tabIndex = -1;
  if (where.localName === "li") {
    where.replaceChildren(done); // a list holds nothing but its lines
  } else {
    where.replaceWith(done);
  }
  done.focus();
}

/**
 * @param {string} item
 * @param {string} title
 * @param {string} hint
 */
function line(item, title, hint) {
  const link = element("a", title);
  link.setAttribute("href", item);
  const made = document.createElement("li");
  made.append(link, element("span", hint, "nearside-hint"));
  return made;
}

/** @param {HTMLElement[]} lines */
function list(lines) {
  const made = document.createElement("ol");
  made.className = "nearside-known-list";
  made.append(...lines);
  return made;
}
