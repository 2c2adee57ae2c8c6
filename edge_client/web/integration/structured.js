/** Of what type a page is, and about what, by its JSON-LD (schema.org): read where the page's settings list the type. */

import { object } from "./settings.js";

/** @typedef {import("./nearside.d.ts").StructuredType} StructuredType */

const MOST_NODES = 200;
const MOST_CHARACTERS = 100_000;
const LONGEST_TOPIC = 80;

/** Where each type says what it is about: its own words for a topic, and no text of the page. */
const TOPIC = { GovernmentService: "serviceType", FAQPage: "about", Event: "about" };

/**
 * @param {Document} document
 * @param {Set<string>} types
 * @returns {{type: StructuredType | null, topic: string | null}} of the first node of such a type
 */
export function readStructured(document, types) {
  for (const script of document.querySelectorAll('script[type="application/ld+json"]')) {
    for (const node of nodes(script.textContent ?? "")) {
      const named = [node["@type"]].flat();
      const type = named.find((each) => typeof each === "string" && types.has(each));
      if (type) {
        const known = /** @type {StructuredType} */ (type);
        return { type: known, topic: topic(node[TOPIC[known]]) };
      }
    }
  }
  return { type: null, topic: null };
}

/**
 * @param {string} text
 * @returns {Record<string, unknown>[]} what is described: one node, a list of them, or a graph; nothing of a text that is no
 *   description of a page
 */
export function nodes(text) {
  if (text.length > MOST_CHARACTERS) {
    return [];
  }
  /** @type {unknown} */
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    return [];
  }
  const graph = object(value)["@graph"];
  return (Array.isArray(graph) ? graph : [value].flat()).slice(0, MOST_NODES).map(object);
}

/** @param {unknown} value */
function topic(value) {
  const [first] = [value].flat();
  const name = typeof first === "string" ? first : object(first).name;
  return typeof name === "string" && name ? name.slice(0, LONGEST_TOPIC) : null;
}
