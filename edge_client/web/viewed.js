/** What the worker is told of a page that is looked at: which it is, where it leads, and in which context. */

import { context } from "./context.js";

const MOST_LINKS = 30;

/**
 * @param {import("./config.js").Config} config
 * @param {number} now Unix milliseconds
 */
export function viewed({ item, lang }, now) {
  const main = document.querySelector("main") ?? document.body;
  // The page that led here is a likely next one: people go back.
  const back = new URL(document.referrer || location.href);
  const links = [back, ...main.querySelectorAll("a")].filter(({ origin }) => origin === location.origin);
  return {
    item,
    lang,
    links: [...new Set(links.map(({ pathname }) => pathname))].slice(0, MOST_LINKS),
    context: context(now),
  };
}

/** @param {Element} card; @returns {string | undefined} the item that it shows */
export function itemOf(card) {
  return /** @type {HTMLElement} */ (card).dataset.item;
}
