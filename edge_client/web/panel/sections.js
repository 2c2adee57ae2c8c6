/** The panel's order: a list of its sections, each with a heading to go to, and in each the places that its parts fill. */

import { showPausing } from "./pausing.js";
import { button, element } from "../markup.js";

/**
 * Each section by the words of its heading, and the places in it; a part fills its own place and no other.
 *
 * @type {readonly {words: string, places: readonly string[]}[]}
 */
export const SECTIONS = [
  { words: "known", places: ["known", "levels", "noticing"] },
  { words: "why", places: ["decisions"] },
  { words: "sent", places: ["sent"] },
  { words: "tasks", places: ["tasks"] },
  { words: "choices", places: ["choices", "quiet", "greeting", "receipts", "copies"] },
  { words: "everything", places: ["stored", "everything"] },
];

/** @typedef {import("../words.js").Strings} Strings */

/**
 * @param {Strings} strings
 * @returns {{parts: HTMLElement[], places: Record<string, HTMLElement>}} the list of sections and the sections themselves
 */
export function makeSections(strings) {
  /** @type {Record<string, HTMLElement>} */
  const places = {};
  const contents = document.createElement("nav");
  contents.className = "nearside-contents";
  contents.setAttribute("aria-label", strings.contents);
  const links = document.createElement("ul");
  contents.append(links);
  const sections = SECTIONS.map(({ words, places: names }) => {
    const heading = element("h2", strings[words], "govuk-heading-m");
    heading.id = `nearside-${words}`;
    heading.tabIndex = -1; // where the link leads, also for those who do not see it
    const section = document.createElement("section");
    section.className = "nearside-section";
    section.setAttribute("aria-labelledby", heading.id);
    section.append(heading);
    for (const name of names) {
      const place = document.createElement("div");
      place.className = `nearside-${name}`;
      places[name] = place;
      section.append(place);
    }
    const link = element("a", strings[words]);
    link.setAttribute("href", `#${heading.id}`);
    const line = document.createElement("li");
    line.append(link);
    links.append(line);
    return section;
  });
  return { parts: [contents, ...sections], places };
}

/**
 * What all of this is, and the two things that somebody in a hurry looks for.
 *
 * @param {import("../parts.js").Page} with_
 * @param {string} lang
 * @param {Strings} strings
 */
export function showAbout(with_, lang, strings) {
  const place = document.createElement("div");
  place.className = "nearside-about";
  const said = element("p", "", "nearside-saved");
  said.setAttribute("role", "status");
  said.tabIndex = -1;
  /** @param {string} words; @param {string} done; @param {() => void} act */
  const press = (words, done, act) => {
    const made = button(strings[words], "nearside-button");
    made.addEventListener("click", () => {
      act();
      said.textContent = strings[done];
      said.focus();
    });
    return made;
  };
  const off = press("all-off", "all-off-done", () => {
    with_.choose([]);
    document.querySelector(".nearside-banner")?.remove();
  });
  const forget = press("forget-visit", "forget-visit-done", () => with_.forAnother());
  const row = element("div", "", "nearside-actions");
  row.append(off, forget);
  const update = () => {
    off.hidden = with_.off() || !with_.choice()?.given.length;
    forget.hidden = !with_.allows("suggest");
  };
  update();
  with_.whenChosen(update);
  place.append(element("p", strings.about), row, said, showPausing(with_, { lang, strings }));
  return place;
}
