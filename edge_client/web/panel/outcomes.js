/** What became of suggestions, topic by topic, where the site's rules let that move them; and how to have it forgotten. */

import { topicNamed } from "./naming.js";
import { languageFor, stringsFor } from "./words.js";
import { button, element } from "../markup.js";
import { numbersIn } from "../locale.js";

/**
 * @typedef {object} Outcomes
 * @property {number} days how long each is kept
 * @property {[topic: string, opened: number, shown: number][]} topics
 */

/**
 * @param {HTMLElement} place
 * @param {Outcomes | null | undefined} outcomes null where no rule asks; a worker that outlived a deployment says nothing
 * @param {import("./naming.js").Titles} titles of topics
 * @param {import("../parts.js").Page} with_
 */
export function showOutcomes(place, outcomes, titles, with_) {
  if (!outcomes?.topics.length) {
    if (!place.querySelector(".nearside-saved")) {
      place.replaceChildren(); // unless it says that they are forgotten, and the focus is there
    }
    return;
  }
  const lang = languageFor(with_.config);
  const strings = stringsFor(lang);
  const days = numbersIn(lang, { style: "unit", unit: "day", unitDisplay: "long" }).format(outcomes.days);
  const number = numbersIn(lang);
  const list = element("ul", "", "nearside-outcomes-list");
  for (const [topic, opened, shown] of outcomes.topics) {
    const made = document.createElement("li");
    const said = strings["outcomes-row"]
      .replace("{opened}", number.format(opened))
      .replace("{shown}", number.format(shown));
    made.append(topicNamed(topic, titles, lang), element("span", said, "nearside-hint"));
    list.append(made);
  }
  const forget = button(strings["outcomes-forget"], "nearside-button");
  forget.addEventListener("click", () => {
    const done = element("p", strings["outcomes-forgotten"], "nearside-saved");
    done.setAttribute("role", "status");
    done.tabIndex = -1;
    place.replaceChildren(done);
    done.focus();
    with_.send({ type: "unlearn" });
  });
  const what = element("p", strings["outcomes-what"].replace("{days}", days));
  place.replaceChildren(element("h4", strings.outcomes), what, list, forget);
}
