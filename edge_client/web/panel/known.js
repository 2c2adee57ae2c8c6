/** What this device knows, in two lists that are never mixed: what it saw, and what the citizen told it. */

import { describeKept } from "./kept.js";
import { moverLike, movers } from "./pins.js";
import { describeTopics } from "./topics.js";
import { languageFor, stringsFor } from "./words.js";
import { button, element } from "../markup.js";
import { PLACE, listKept } from "../kept.js";
import { describeTrial } from "../trial.js";
import { datesIn, inDirection } from "../locale.js";
import { keepAnswer, readAnswers, takeAnswers } from "../question/answers.js";

/**
 * @typedef {[item: string, title: string]} Named
 * @typedef {object} Known
 * @property {[item: string, title: string, at_ms: number][]} visits
 * @property {import("./noticing.js").Switch[] | null} [switches]
 * @property {Named[]} dismissed
 * @property {Named[]} [pinned]
 * @property {Record<string, number>} [ends] until when answers count (Unix milliseconds)
 * @property {import("./topics.js").Topic[]} [topics]
 * @property {Record<string, string>} [answers] by question; a worker that outlived a deployment tells of none
 * @property {import("../trial.js").Trial | null} trial
 * @property {import("./archetype.js").Archetype | null} archetype
 * @property {import("./levels.js").Levels | null} [levels]
 */

const KEPT_LIST = "nearside-kept-list";
const DAY_MS = 24 * 60 * 60 * 1000;

/** @type {Known} what is shown before the worker has said anything */
export const NOTHING = { visits: [], dismissed: [], trial: null, archetype: null };

/**
 * @param {HTMLElement} place
 * @param {Known} known
 * @param {import("../parts.js").Page} with_
 */
export function showKnown(place, known, with_) {
  const lang = languageFor(with_.config);
  const strings = stringsFor(lang);
  const drop = (/** @type {HTMLElement} */ line, /** @type {string} */ key) => {
    note(line, strings["kept-deleted"]);
    with_.drop(key);
  };
  const area = describeKept(with_.storage, { lang, strings, kinds: [PLACE], ways: new Map() }, drop);
  if (known.answers) {
    takeAnswers(with_.storage, known); // the worker has said which count
  }
  const saying = [...told(known, strings, with_), ...area];
  const noticed = seen(known, lang, strings, with_);
  const lists = [
    ...(saying.length > 0 ? [element("h3", strings["told-title"]), ...saying] : []),
    ...(noticed.length > 0 ? [element("h3", strings["noticed-title"]), ...noticed] : []),
  ];
  const isKept = lists.length > 0 || listKept(with_.storage).length > 0;
  if (!isKept && place.querySelector(".nearside-saved")) {
    return; // it says already that the list is deleted, and the focus is there
  }
  const active = place.contains(document.activeElement) ? document.activeElement : null;
  const noted = active?.matches(".nearside-noted") ? /** @type {HTMLElement} */ (active) : null;
  const parts = [
    ...(noted ? [noted] : []),
    ...(lists.length > 0 ? lists : [element("p", strings["known-none"])]),
    ...(isKept
      ? [element("p", strings["forget-what"], "nearside-hint"), forgetButton(place, strings, with_)]
      : []),
    ...describeTrial(known.trial, lang, strings),
  ];
  const move = active instanceof HTMLElement ? active.dataset.move : undefined;
  place.replaceChildren(...parts);
  (noted ?? moverLike(place, move))?.focus(); // it stays where it was
}

/**
 * @param {Known} known
 * @param {string} lang
 * @param {import("../words.js").Strings} strings
 * @param {import("../parts.js").Page} with_
 * @returns {HTMLElement[]}
 */
function seen({ visits, switches }, lang, strings, with_) {
  if (visits.length === 0) {
    return [];
  }
  const when = datesIn(lang, { dateStyle: "long", timeStyle: "short" });
  const day = datesIn(lang, { dateStyle: "long" });
  const lines = [...visits].reverse().map(([item, title, at]) => {
    const ends = day.format(at + daysOf(switches) * DAY_MS);
    const seen = strings["seen-until"].replace("{when}", when.format(at)).replace("{until}", ends);
    const made = line(item, title, seen);
    const forget = button(strings["unsee"], "nearside-link", title);
    forget.addEventListener("click", () => {
      note(made, strings["unseen"]);
      with_.say({ type: "unsee", item });
    });
    made.append(forget);
    return made;
  });
  return [element("p", strings["known-what"]), list(lines)];
}

/**
 * @param {Known} known
 * @param {import("../words.js").Strings} strings
 * @param {import("../parts.js").Page} with_
 * @returns {HTMLElement[]}
 */
function told({ dismissed, pinned = [], answers = {}, ends = {}, topics = [], levels }, strings, with_) {
  const lang = languageFor(with_.config);
  const until = datesIn(lang, { dateStyle: "long" });
  const titles = levels?.topics ?? {};
  const parts = describeTopics(topics, { lang, strings, titles }, (line, topic) => {
    note(line, strings["topics-taken-back"]);
    with_.say({ type: "topic", topic, stance: null });
  });
  parts.push(
    ...undoing(dismissed, ["known-dismissed", "known-want", "known-wanted"], strings, (item) =>
      with_.say({ type: "want", item }),
    ),
    ...undoing(
      pinned,
      ["known-pinned", "known-unpin", "known-unpinned"],
      strings,
      (item) => with_.send({ type: "unpin", item }),
      (item, title) => movers(levels?.pins ?? {}, item, title, strings, with_.say),
    ),
  );
  const given = Object.entries(answers);
  const inWords = readAnswers(with_.storage, Date.now());
  if (given.length > 0) {
    const lines = given.map(([question, option]) => {
      const made = document.createElement("li");
      // As the page said it where it was answered; by its names in the rules where that is not known.
      const said = inWords[question]?.option === option ? inWords[question].said : undefined;
      const { asked, answer, lang } = said ?? { asked: question, answer: option, lang: "" };
      const take = button(strings["known-unanswer"], "nearside-button", asked);
      take.addEventListener("click", () => {
        note(made, strings["known-unanswered"]);
        keepAnswer(with_.storage, question, null); // its words go at once
        with_.send({ type: "answer", question, option: null });
      });
      const named = element("div", "");
      const [first, second] = [asked, answer].map((text) =>
        lang ? inDirection(element("span", text), lang) : element("bdi", text),
      );
      named.append(first, said ? " " : ": ", second);
      if (ends[question]) {
        const words = strings["answer-until"].replace("{until}", until.format(ends[question]));
        named.append(element("div", words, "nearside-hint"));
      }
      made.append(named, take);
      return made;
    });
    parts.push(element("p", strings["known-answers"]), list(lines));
  }
  return parts;
}

/**
 * What was said of items, each with a button that takes it back.
 *
 * @param {Named[]} items
 * @param {[heading: string, undo: string, undone: string]} words
 * @param {import("../words.js").Strings} strings
 * @param {(item: string) => void} act
 * @param {(item: string, title: string) => HTMLElement[]} [more] what else can be done with each
 * @returns {HTMLElement[]} none where there are none
 */
function undoing(items, [heading, undo, undone], strings, act, more = () => []) {
  const lines = items.map(([item, title]) => {
    const made = row(item, title, strings["told-until"]);
    const back = button(strings[undo], "nearside-button", title);
    back.addEventListener("click", () => {
      note(made, strings[undone]);
      act(item);
    });
    const others = more(item, title);
    if (others.length > 0) {
      const ways = element("div", "", "nearside-moves");
      ways.append(...others.flatMap((each) => [each, " "]));
      made.firstElementChild?.append(ways);
    }
    made.append(back);
    return made;
  });
  return lines.length > 0 ? [element("p", strings[heading]), list(lines, KEPT_LIST)] : [];
}

/**
 * @param {HTMLElement} place
 * @param {import("../words.js").Strings} strings
 * @param {import("../parts.js").Page} with_
 */
function forgetButton(place, strings, with_) {
  const forget = button(strings.forget, "nearside-button nearside-forget");
  forget.addEventListener("click", () => {
    with_.forget();
    const done = element("p", strings.forgotten, "nearside-saved");
    done.setAttribute("role", "status");
    done.tabIndex = -1;
    place.replaceChildren(done);
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
 * @param {import("./noticing.js").Switch[] | null} [switches]
 * @returns {number} for how many days a page is kept at most
 */
function daysOf(switches) {
  const [, , days = 0, kept = null] = (switches ?? []).find(([name]) => name === "visits") ?? [];
  return Math.min(days, kept ?? days);
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

/**
 * The same with room for a button beside it.
 *
 * @param {string} item
 * @param {string} title
 * @param {string} hint
 */
function row(item, title, hint) {
  const link = element("a", title);
  link.setAttribute("href", item);
  const named = element("div", "");
  named.append(link, element("div", hint, "nearside-hint"));
  const made = document.createElement("li");
  made.append(named);
  return made;
}

/** @param {HTMLElement[]} lines; @param {string} [kind] */
function list(lines, kind = "") {
  const made = document.createElement("ol");
  made.className = `nearside-known-list ${kind}`;
  made.append(...lines);
  return made;
}
