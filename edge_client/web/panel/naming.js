/** What a topic is called: by the title of its own page where the site has one, or else by its name in the catalogue. */

import { inDirection } from "../locale.js";
import { element } from "../markup.js";

/** @typedef {Record<string, Record<string, string>>} Titles of topics, by language */

/**
 * @param {string} topic
 * @param {Titles} titles none where a worker without Python says what is known
 * @param {string} lang that is read
 * @returns {HTMLElement}
 */
export function topicNamed(topic, titles, lang) {
  const own = titles[topic] ?? {};
  const found = [lang, ...Object.keys(own)].find((code) => own[code]);
  return found ? inDirection(element("span", own[found]), found) : element("bdi", topic.replaceAll("-", " "));
}

/**
 * @param {string} topic
 * @param {Titles} titles
 * @param {string} lang
 * @returns {string} the same, to be read out after what a button does
 */
export function nameOfTopic(topic, titles, lang) {
  return topicNamed(topic, titles, lang).textContent ?? topic;
}
