/**
 * How this device sees the citizen, on three levels in one place: rules that hold for them now, the group of pages that theirs
 * are like, and what is their own: interests, and what they made of suggestions. Each says what it rests on.
 */

import { SWITCH, describeArchetype } from "./archetype.js";
import { topicNamed } from "./naming.js";
import { languageFor, stringsFor } from "./words.js";
import { reasonText } from "../card.js";
import { datesIn, listsIn } from "../locale.js";
import { button, element } from "../markup.js";

/**
 * @typedef {[item: string, title: string]} Named
 * @typedef {[item: string, title: string, lang: string]} Page of a rule, in each language that it is in
 * @typedef {[because: [kind: string, page: Named | null][], does: [does: "offer" | "withhold", pages: Page[]][]]} Segment
 * @typedef {[topic: string, followed: boolean, looks: [item: string, title: string, at_ms: number][]]} Interest
 * @typedef {object} Levels
 * @property {Segment[]} segments
 * @property {Interest[]} interests the newest first
 * @property {import("./naming.js").Titles} topics
 * @property {import("./pins.js").Pins} pins
 */

/** @typedef {Record<"segments" | "archetype" | "interests" | "outcomes", HTMLElement>} Places */

/**
 * @param {HTMLElement} place
 * @param {import("../words.js").Strings} strings
 * @returns {Places} where each level is shown; `showLevels` shows all but the outcomes
 */
export function makeLevels(place, strings) {
  const names = /** @type {const} */ (["segments", "archetype", "interests", "outcomes"]);
  const made = /** @type {Places} */ (
    Object.fromEntries(names.map((name) => [name, element("div", "", `nearside-level-${name}`)]))
  );
  const heading = element("h3", strings["levels-title"]);
  place.replaceChildren(heading, element("p", strings["levels-what"]), ...names.map((name) => made[name]));
  place.hidden = true;
  return made;
}

/**
 * @param {Places} places
 * @param {{levels?: Levels | null, archetype?: import("./archetype.js").Archetype | null}} known a worker without Python tells of no
 *   levels but the archetype
 * @param {import("../parts.js").Page} with_
 */
export function showLevels(places, { levels = null, archetype = null }, with_) {
  const lang = languageFor(with_.config);
  const strings = stringsFor(lang);
  const switchTo = (/** @type {boolean} */ on) => with_.send({ type: "grouping", on });
  /** @type {HTMLElement} */ (places.segments.parentElement).hidden = !levels && !archetype;
  renew(places.segments, levels?.segments ?? null, () => [
    ...describeSegments(levels?.segments ?? [], { lang, strings }, with_),
  ]);
  renew(places.archetype, archetype, () => describeArchetype(archetype, { lang, strings }, switchTo));
  renew(places.interests, levels && [levels.interests, levels.topics], () =>
    describeInterests(/** @type {Levels} */ (levels), { lang, strings }, with_),
  );
}

/**
 * Show anew what has changed; the focus stays where it was, or goes to what says the same.
 *
 * @param {HTMLElement} place
 * @param {unknown} shown nothing is shown where it is null
 * @param {() => HTMLElement[]} describe
 */
function renew(place, shown, describe) {
  const text = JSON.stringify(shown);
  if (place.dataset.shown === text) {
    return;
  }
  place.dataset.shown = text;
  const active = place.contains(document.activeElement) ? document.activeElement : null;
  const noted = active?.matches(".nearside-noted") ? /** @type {HTMLElement} */ (active) : null;
  const switched = active?.matches(SWITCH);
  place.replaceChildren(...(noted ? [noted] : []), ...(shown === null ? [] : describe()));
  (noted ?? (switched ? /** @type {HTMLElement | null} */ (place.querySelector(SWITCH)) : null))?.focus();
}

/**
 * @param {Segment[]} segments
 * @param {{lang: string, strings: import("../words.js").Strings}} words
 * @param {import("../parts.js").Page} with_
 * @returns {HTMLElement[]}
 */
function describeSegments(segments, { lang, strings }, with_) {
  const lines = segments.map(([because, does]) => {
    const made = document.createElement("li");
    for (const [reason, page] of because) {
      const said = { item: "", title: "", summary: "", reason, because: page?.[1] ?? null };
      made.append(element("p", strings[`segment-${reason}`] ?? reasonText(said, with_.strings)));
    }
    for (const [what, pages] of does) {
      made.append(element("p", strings[`segment-${what}`], "nearside-hint"), linksTo(pages, lang));
    }
    return made;
  });
  return [
    element("h4", strings["segments-title"]),
    element("p", strings[lines.length ? "segments-what" : "segments-none"]),
    ...(lines.length ? [listOf(lines)] : []),
  ];
}

/**
 * @param {Levels} levels
 * @param {{lang: string, strings: import("../words.js").Strings}} words
 * @param {import("../parts.js").Page} with_
 * @returns {HTMLElement[]}
 */
function describeInterests({ interests, topics }, { lang, strings }, with_) {
  const when = datesIn(lang, { dateStyle: "long" });
  const lists = listsIn(lang);
  const lines = interests.map(([topic, followed, looks]) => {
    const made = document.createElement("li");
    const name = element("b", "");
    name.append(topicNamed(topic, topics, lang));
    made.append(name);
    if (followed) {
      made.append(element("p", strings["interest-followed"], "nearside-hint"));
    }
    if (looks.length > 0) {
      const list = document.createElement("ul");
      list.append(
        ...pagesOf(looks, (at) => when.format(at)).map(({ item, title, dates }) => {
          const line = linkTo(item, title);
          const opened = strings["interest-opened"].replace("{when}", () => lists.format(dates));
          const forget = button(strings.unsee, "nearside-link", title);
          forget.addEventListener("click", () => {
            note(made, strings.unseen);
            with_.say({ type: "unsee", item });
          });
          line.append(" ", element("span", opened, "nearside-hint"), " ", forget);
          return line;
        }),
      );
      made.append(element("p", strings["interest-because"], "nearside-hint"), list);
    }
    return made;
  });
  return [
    element("h4", strings["interests-title"]),
    element("p", strings[lines.length ? "interests-what" : "interests-none"]),
    ...(lines.length ? [listOf(lines)] : []),
  ];
}

/**
 * Say what was done where the button was, until what follows from it is shown; the focus goes there.
 *
 * @param {HTMLElement} line
 * @param {string} words
 */
function note(line, words) {
  const place = line.closest("[data-shown]");
  place?.querySelector(":scope > .nearside-noted")?.remove();
  const done = element("p", words, "nearside-noted");
  done.setAttribute("role", "status");
  done.tabIndex = -1;
  place?.prepend(done);
  done.focus();
}

/**
 * @param {Interest[2]} looks the newest first
 * @param {(at: number) => string} dateOf
 * @returns {{item: string, title: string, dates: string[]}[]} a page once, with the days on which it was opened, oldest first
 */
function pagesOf(looks, dateOf) {
  /** @type {Map<string, {item: string, title: string, dates: string[]}>} */
  const pages = new Map();
  for (const [item, title, at] of looks) {
    const page = pages.get(item) ?? { item, title, dates: [] };
    pages.set(item, { ...page, dates: [...new Set([dateOf(at), ...page.dates])] });
  }
  return [...pages.values()];
}

/** @param {string} item; @param {string} title */
function linkTo(item, title) {
  const link = element("a", "");
  link.setAttribute("href", item);
  link.append(element("bdi", title));
  const made = document.createElement("li");
  made.append(link);
  return made;
}

/** @param {Page[]} pages; @param {string} lang that is read: where nothing is in it, all are listed */
function linksTo(pages, lang) {
  const own = pages.filter(([, , spoken]) => spoken === lang);
  const list = document.createElement("ul");
  list.append(...(own.length ? own : pages).map(([item, title]) => linkTo(item, title)));
  return list;
}

/** @param {HTMLElement[]} lines */
function listOf(lines) {
  const made = element("ul", "", "nearside-levels-list");
  made.append(...lines);
  return made;
}
