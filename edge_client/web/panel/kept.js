/** What the citizen asked this browser to keep, as the panel lists it: what, until when, and a button that deletes it. */

import { DRAFT, FLOW, PLACE, REMINDER, VAULT, listKept } from "../kept.js";
import { button, element } from "../markup.js";
import { datesIn, inDirection } from "../locale.js";

/** @typedef {import("../kept.js").Kept} Kept */
/** @typedef {import("../words.js").Strings} Strings */

/**
 * @typedef {object} Words
 * @property {string} lang
 * @property {Strings} strings
 * @property {readonly string[]} kinds what is listed
 * @property {ReadonlyMap<string, import("./tasks.js").Way>} ways what the agency's page calls a task
 */

/** What each kind is called, and what says which one it is. */
const ROWS =
  /** @type {Record<string, {words: string, what: (kept: Kept, with_: Words) => HTMLElement | null}>} */ ({
    [FLOW]: { words: "kept-flow", what: ({ key }, { ways }) => flowNamed(key.slice(FLOW.length), ways) },
    [DRAFT]: { words: "kept-draft", what: ({ key }, { ways }) => flowNamed(key.slice(DRAFT.length), ways) },
    [REMINDER]: { words: "kept-reminder", what: ({ value }, { lang }) => titleOf(value.reminder, lang) },
    [VAULT]: { words: "kept-vault", what: () => null },
    [PLACE]: { words: "kept-place", what: ({ value }) => element("bdi", value.codes.join(", ")) },
  });

/**
 * @param {Storage | null} storage
 * @param {Words} words
 * @param {(line: HTMLElement, key: string) => void} drop delete what is kept under a key, and say so on its line
 * @returns {HTMLElement[]} nothing where nothing is kept
 */
export function describeKept(storage, words, drop) {
  const { lang, strings, kinds } = words;
  const until = datesIn(lang, { dateStyle: "long" });
  const lines = listKept(storage)
    .filter(({ kind, ends }) => ends > 0 && kinds.includes(kind))
    .map((kept) => {
      const named = element("div", `${strings[ROWS[kept.kind].words]} `);
      const what = whatOf(kept, words);
      named.append(...(what ? [what] : []));
      const remove = button(strings["kept-delete"], "nearside-button", named.textContent?.trim());
      const made = document.createElement("li");
      remove.addEventListener("click", () => drop(made, kept.key));
      // The last day, and not the midnight at which it is over.
      const day = until.format(new Date(kept.ends - 1));
      named.append(element("div", strings["kept-until"].replace("{until}", day), "nearside-hint"));
      made.append(named, remove);
      return made;
    });
  if (lines.length === 0) {
    return [];
  }
  const list = element("ul", "", "nearside-known-list nearside-kept-list");
  list.append(...lines);
  return [element("p", strings["kept-what"]), list];
}

/**
 * @param {Kept} kept
 * @param {Words} words
 * @returns {HTMLElement | null} nothing where it cannot be told: a row with its button stands there all the same
 */
function whatOf(kept, words) {
  try {
    return ROWS[kept.kind].what(kept, words);
  } catch {
    return null;
  }
}

/**
 * @param {string} name
 * @param {ReadonlyMap<string, import("./tasks.js").Way>} ways
 * @returns {HTMLElement} its title, where the agency's page gives it one; no title is fetched for those alone who kept answers
 */
function flowNamed(name, ways) {
  const way = ways.get(`flow:${name}`);
  if (!way) {
    return element("bdi", name.replaceAll("-", " "));
  }
  const link = element("a", way.title);
  link.setAttribute("href", way.href);
  return way.lang ? inDirection(link, way.lang) : link;
}

/** @param {{title: Record<string, string>}} reminder; @param {string} lang */
function titleOf({ title }, lang) {
  const own = title[lang] ? lang : Object.keys(title)[0];
  return inDirection(element("bdi", title[own]), own);
}
