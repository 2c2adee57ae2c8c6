/** How a decision that was made again came about: each list that it made, why each item is in it, and the five steps. */

import { languageFor, stringsFor } from "./words.js";
import { reasonText } from "../card.js";
import { element } from "../markup.js";
import { numbersIn } from "../locale.js";

/**
 * @typedef {[item: string, title: string]} Named
 * @typedef {[name: string, came: number, stayed: number, went: [why: string, many: number][]]} Step
 * @typedef {object} Slot
 * @property {string} slot
 * @property {string} level who fills it
 * @property {[item: Named | null, reason: string, because: Named | null][]} items
 * @property {Step[]} steps
 * @typedef {object} Shown
 * @property {Named | null} page
 * @property {number | null} at when the page showed it; null where none has
 * @property {Slot[]} slots
 */

/**
 * @param {Shown[]} pages
 * @param {import("../parts.js").Page} with_
 * @returns {HTMLElement[]}
 */
export function showSteps(pages, with_) {
  const strings = stringsFor(languageFor(with_.config));
  return pages.flatMap(({ page, at, slots }) => {
    const words = strings[at === null ? "made-for" : "made-shown"];
    return [
      element(
        "h3",
        words.replace("{page}", () => page?.[1] ?? ""),
      ),
      ...slots.flatMap((slot) => [reasons(slot, with_), fold(slot, with_)]),
    ];
  });
}

/**
 * @param {Slot} slot
 * @param {import("../parts.js").Page} with_
 */
function reasons({ items }, { strings }) {
  const list = document.createElement("ul");
  for (const [item, reason, because] of items) {
    const made = document.createElement("li");
    const name = element("b", "");
    name.append(element("bdi", item?.[1] ?? ""));
    const said = { item: "", title: "", summary: "", reason, because: because?.[1] ?? null };
    made.append(name, element("p", reasonText(said, strings), "nearside-hint"));
    list.append(made);
  }
  return list;
}

/**
 * @param {Slot} slot
 * @param {import("../parts.js").Page} with_
 */
function fold({ level, steps }, with_) {
  const lang = languageFor(with_.config);
  const strings = stringsFor(lang);
  const number = numbersIn(lang);
  const list = document.createElement("ol");
  for (const [name, came, stayed, went] of steps) {
    const made = element("li", "");
    const counts = strings["step-count"]
      .replace("{came}", number.format(came))
      .replace("{stayed}", number.format(stayed));
    made.append(element("b", strings[`step-${name}`]), ` ${counts}`);
    if (went.length > 0) {
      const why = document.createElement("ul");
      why.append(
        ...went.map(([reason, many]) =>
          element("li", `${strings[`went-${reason}`]}: ${number.format(many)}`),
        ),
      );
      made.append(why);
    }
    list.append(made);
  }
  const made = element("details", "", "nearside-details");
  made.append(element("summary", strings.steps), element("p", strings[`filled-${level}`]), list);
  return made;
}
