/** How personal a page became: how many of its links, what stands there twice, and how few topics it is about. */

import { variety } from "./variety.js";
import { numbersIn } from "../locale.js";
import { SLOTS } from "../slot.js";

/** @typedef {import("./trace.js").Trace} Trace */

/**
 * @param {import("../parts.js").Page} page
 * @param {Trace | null} trace
 * @param {Record<string, string>} strings
 * @param {string} lang
 * @returns {string[][]} rows of a table
 */
export function meterOf(page, trace, strings, lang) {
  const slots = [...document.querySelectorAll(SLOTS)].filter((slot) =>
    slot.hasAttribute("data-personalised"),
  );
  const links = slots.reduce((sum, slot) => sum + slot.querySelectorAll("a[href]").length, 0);
  const numbers = numbersIn(lang, { maximumFractionDigits: 1 });
  const share = numbersIn(lang, { style: "percent" }).format(links / Math.max(document.links.length, 1));
  const of = { count: numbers.format(links), all: numbers.format(document.links.length), share };
  const names = slots.map((slot) => slot.getAttribute("slot"));
  const { again, topics, even } = variety(
    (trace?.slots ?? [])
      .filter((slot) => slot.page === page.config.item && names.includes(slot.slot))
      .flatMap(({ placed }) => placed.map(([item, , , , topic]) => ({ item, topic }))),
  );
  const varied = { count: numbers.format(topics), even: numbers.format(even) };
  return [
    [strings.links, filled(strings.share, of)],
    [strings.again, numbers.format(again)],
    [strings.topics, filled(strings.evened, varied)],
  ];
}

/**
 * @param {string} text
 * @param {Record<string, string>} values
 */
function filled(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}
