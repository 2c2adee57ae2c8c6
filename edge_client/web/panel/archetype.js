/** What the panel says of the group of pages that this device's recent ones are like, and how to switch that off. */

import { button, element } from "../markup.js";

/**
 * @typedef {object} Archetype
 * @property {boolean} on whether the citizen lets this device work it out
 * @property {string | null} name null where too little is known
 * @property {Record<string, string>} names what it is called in languages that its pages are not written in
 * @property {[item: string, title: string][]} because the pages that say so most
 */

/** The button that switches it, wherever the panel shows one. */
export const SWITCH = ".nearside-grouping";

/**
 * @param {Archetype | null} archetype null where the site has none
 * @param {{lang: string, strings: import("../words.js").Strings}} words
 * @param {(on: boolean) => void} switchTo
 * @returns {HTMLElement[]}
 */
export function describeArchetype(archetype, { lang, strings }, switchTo) {
  if (!archetype) {
    return []; // also where a worker that outlived a deployment does not know of archetypes
  }
  const { on, because } = archetype;
  const name = archetype.names?.[lang] ?? archetype.name;
  const said = !on
    ? strings["known-like-off"]
    : name === null
      ? strings["known-like-nothing"]
      : strings["known-like"].replace("{name}", () => name);
  const change = button(
    strings[on ? "known-like-stop" : "known-like-start"],
    "nearside-button nearside-grouping",
  );
  change.addEventListener("click", () => switchTo(!on));
  const reasons =
    because.length > 0 ? [list(because), element("p", strings["known-like-here"], "nearside-hint")] : [];
  return [element("h4", strings["known-like-title"]), element("p", said), ...reasons, change];
}

/** @param {[item: string, title: string][]} pages */
function list(pages) {
  const made = document.createElement("ul");
  made.className = "nearside-known-list";
  for (const [item, title] of pages) {
    const link = element("a", title);
    link.setAttribute("href", item);
    const line = document.createElement("li");
    line.append(link);
    made.append(line);
  }
  return made;
}
