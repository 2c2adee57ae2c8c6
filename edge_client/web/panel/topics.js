/** Which topics the citizen follows, or wants nothing suggested of, as the panel lists them: each with a way back. */

import { nameOfTopic, topicNamed } from "./naming.js";
import { button, element } from "../markup.js";

/** @typedef {[topic: string, stance: "follow" | "stop", such: string]} Topic `such` is the title of a page that is about it */

/**
 * @param {Topic[]} topics
 * @param {{lang: string, strings: import("../words.js").Strings, titles: import("./naming.js").Titles}} words
 * @param {(line: HTMLElement, topic: string) => void} takeBack take back what was said of a topic, and say so on its line
 * @returns {HTMLElement[]}
 */
export function describeTopics(topics, { lang, strings, titles }, takeBack) {
  return ["follow", "stop"].flatMap((wanted) => {
    const lines = topics
      .filter(([, stance]) => stance === wanted)
      .map(([topic, , such]) => {
        const made = document.createElement("li");
        const named = element("div", "");
        named.append(topicNamed(topic, titles, lang));
        if (such) {
          named.append(
            element(
              "div",
              strings["topics-such-as"].replace("{page}", () => such),
              "nearside-hint",
            ),
          );
        }
        const name = nameOfTopic(topic, titles, lang);
        const back = button(strings["topics-back"], "nearside-button", name);
        back.addEventListener("click", () => takeBack(made, topic));
        made.append(named, back);
        return made;
      });
    if (lines.length === 0) {
      return [];
    }
    const list = element("ul", "", "nearside-known-list nearside-kept-list");
    list.append(...lines);
    return [element("p", strings[`topics-${wanted}`]), list];
  });
}
