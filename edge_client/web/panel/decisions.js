/** Why the citizen saw what they saw: the last decisions of this device as one chain; a list can be made again here. */

import { chained, linksHere } from "./chain.js";
import { showOutcomes } from "./outcomes.js";
import { showSteps } from "./steps.js";
import { languageFor, stringsFor } from "./words.js";
import { sayDecision, shortened } from "../decision_id.js";
import { button, element } from "../markup.js";
import { datesIn, inDirection } from "../locale.js";

/**
 * @typedef {[item: string, title: string]} Named
 * @typedef {object} Seen one page that showed it
 * @property {Named | null} page
 * @property {number} at
 * @property {Named[]} items
 * @typedef {object} Decision
 * @property {string} name
 * @property {number} at
 * @property {"kept" | "gone" | "waiting" | "other" | "unreadable"} state
 * @property {Named | null} page where it was decided
 * @property {Seen[]} seen
 * @typedef {object} Checked
 * @property {string} name
 * @property {"same" | "unlike" | "changed" | "bundle" | "unreadable"} result
 * @property {string} [bundle] the hash of the files that it was made from
 * @property {import("./steps.js").Shown[]} pages
 */

const AT_FIRST = 5;

/**
 * Show the last decisions in a place of the panel, and how one came about where the citizen has it made again.
 *
 * @param {HTMLElement} place
 * @param {HTMLElement} outcomes where it is said what became of suggestions
 * @param {import("../parts.js").Page} with_
 * @param {ReadonlyMap<string, import("./tasks.js").Way>} ways
 */
export function mountDecisions(place, outcomes, with_, ways) {
  const list = document.createElement("div");
  place.append(list);
  /** @type {Decision[]} */
  let decisions = [];
  let newest = 0;
  const show = async () => {
    const mine = (newest += 1);
    const links = await linksNow(with_, ways);
    mine === newest && showDecisions(list, chained(decisions, links), with_);
  };
  void show();
  with_.whenDeleted(() => {
    decisions = with_.choice() ? decisions : []; // everything was deleted, and no worker is there to say so
    void show();
  });
  addEventListener("storage", show);
  document.addEventListener("nearside-alerts", show);
  /** @type {import("./naming.js").Titles} */
  let titles = {};
  with_.listen(({ kind, text }) => {
    if (kind === "profile") {
      titles = JSON.parse(text).levels?.topics ?? {};
      // With what is known, decisions come and go. Where everything was deleted, a worker would begin for that.
      with_.choice() && with_.send({ type: "decisions" });
    } else if (kind === "decisions") {
      const said = JSON.parse(text);
      decisions = said.decisions;
      void show();
      showOutcomes(outcomes, said.outcomes, titles, with_);
    } else if (kind === "checked") {
      showChecked(list, JSON.parse(text), with_);
    }
  });
}

/**
 * @param {import("../parts.js").Page} with_
 * @param {ReadonlyMap<string, import("./tasks.js").Way>} ways
 * @returns {Promise<import("./chain.js").Link[]>} what reached the citizen otherwise than in a list
 */
async function linksNow(with_, ways) {
  const { storage, now, config } = with_;
  const here = { storage, now: now(), lang: languageFor(config), site: location.origin };
  const bar = /** @type {any} */ (document.querySelector("nearside-alert"));
  return [...(await linksHere(here, ways)), ...((await bar?.decided) ?? [])];
}

/**
 * @param {HTMLElement} place
 * @param {import("./chain.js").Row[]} rows
 * @param {import("../parts.js").Page} with_
 */
function showDecisions(place, rows, with_) {
  const lang = languageFor(with_.config);
  const strings = stringsFor(lang);
  const names = JSON.stringify(rows);
  if (place.dataset.decisions === names) {
    return; // what was opened stays open, and the focus where it is
  }
  place.dataset.decisions = names;
  const [first, ...others] = [rows.slice(0, AT_FIRST), rows.slice(AT_FIRST)].map((some) =>
    listOf(
      some.map((row) => ("link" in row ? lineOf(row.link, lang, strings) : line(row.decision, lang, with_))),
    ),
  );
  const parts = [element("p", strings[rows.length ? "decisions-what" : "decisions-none"]), first];
  if (rows.length > AT_FIRST) {
    const earlier = element("details", "", "nearside-details");
    earlier.append(element("summary", strings["decisions-earlier"]), ...others);
    parts.push(earlier);
  }
  place.replaceChildren(...parts);
}

/**
 * @param {HTMLElement} place
 * @param {Checked} checked
 * @param {import("../parts.js").Page} with_
 */
function showChecked(place, { name, result, bundle, pages }, with_) {
  const strings = stringsFor(languageFor(with_.config));
  const made = place.querySelector(`[data-decision="${CSS.escape(name)}"]`);
  const status = made?.querySelector(".nearside-saved");
  if (!made || !status) {
    return; // another tab asked
  }
  const words = strings[result === "bundle" ? "decision-gone" : `checked-${result}`];
  status.textContent = words.replace("{bundle}", () => bundle?.slice(0, 12) ?? "");
  made.querySelector(".nearside-made")?.replaceChildren(...showSteps(pages, with_));
}

/**
 * @param {Decision} decision
 * @param {string} lang
 * @param {import("../parts.js").Page} with_
 */
function line({ name, at, state, page, seen }, lang, with_) {
  const strings = stringsFor(lang);
  const when = datesIn(lang, { dateStyle: "long", timeStyle: "medium" });
  const made = document.createElement("li");
  made.dataset.decision = name;
  const where = page
    ? strings["decision-on"].replace("{page}", () => page[1])
    : strings["decision-somewhere"];
  const moment = when.format(at);
  made.append(element("span", state === "kept" ? where : strings["decision-some"]));
  made.append(element("span", moment, "nearside-hint"), named(shortened(name), strings));
  if (state !== "kept") {
    made.append(element("p", strings[state === "unreadable" ? "checked-unreadable" : `decision-${state}`]));
    return made;
  }
  for (const each of seen) {
    const title = strings["decision-shown"]
      .replace("{page}", () => each.page?.[1] ?? "")
      .replace("{when}", () => when.format(each.at));
    made.append(element("p", title), linksTo(each.items));
  }
  if (seen.length === 0) {
    made.append(element("p", strings["decision-unshown"]));
  }
  const check = button(strings["decision-check"], "nearside-button", moment);
  const status = element("p", "", "nearside-saved");
  status.setAttribute("role", "status");
  check.addEventListener("click", () => {
    status.textContent = strings["decision-checking"];
    with_.send({ type: "check", name });
  });
  made.append(check, status, element("div", "", "nearside-made"));
  return made;
}

/**
 * @param {import("./chain.js").Link} link
 * @param {string} lang
 * @param {import("../words.js").Strings} strings
 */
function lineOf({ id, at, kind, title, lang: own, href, day, led }, lang, strings) {
  const days = datesIn(lang, { dateStyle: "long" });
  const made = document.createElement("li");
  made.dataset.decision = id;
  const name = inDirection(element(href ? "a" : "bdi", title), own);
  if (href) {
    name.setAttribute("href", href);
  }
  const words = strings[`chain-${kind}`]
    .replace("{from}", days.format(at))
    .replace("{day}", days.format(day));
  made.append(name, element("span", words, "nearside-hint"), named(id, strings));
  if (led) {
    const how = element("p", "");
    how.append(...sayDecision(strings["chain-led"], led));
    made.append(how);
  }
  return made;
}

/** @param {string} id; @param {import("../words.js").Strings} strings; @returns {HTMLElement} */
function named(id, strings) {
  const made = element("span", "", "nearside-hint nearside-decision-id");
  made.append(...sayDecision(strings["decision-id"], id));
  return made;
}

/** @param {Named[]} items */
function linksTo(items) {
  const list = document.createElement("ul");
  for (const [item, title] of items) {
    const link = element("a", "");
    link.setAttribute("href", item);
    link.append(element("bdi", title));
    const made = document.createElement("li");
    made.append(link);
    list.append(made);
  }
  return list;
}

/** @param {HTMLElement[]} lines */
function listOf(lines) {
  const list = element("ol", "", "nearside-decisions-list");
  list.append(...lines);
  return list;
}
