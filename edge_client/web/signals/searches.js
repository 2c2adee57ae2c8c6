/**
 * Searches of the site: of what was typed, the words that rules ask for, and nothing else. A result page says what was searched
 * for by `data-nearside-query` on an element, or has it in the parameter of its address that the script tag names in `data-search`.
 */

import { scrubQuery } from "./words.js";

/** @param {import("./define.js").Note} note */
export function watchSearches(note) {
  const [visit] = /** @type {PerformanceNavigationTiming[]} */ (performance.getEntriesByType("navigation"));
  if (visit && visit.type !== "navigate") {
    return; // a reload is no second search
  }
  const tag = /** @type {HTMLElement | null} */ (
    document.querySelector("script[data-agency-key][data-search]")
  );
  const marked = /** @type {HTMLElement | null} */ (document.querySelector("[data-nearside-query]"));
  const named = tag && new URLSearchParams(location.search).get(tag.dataset.search ?? "");
  const query = marked?.dataset.nearsideQuery ?? named;
  if (query) {
    note("searched", (wanted) => scrubQuery(query, wanted).join(" "), { at: Date.now() });
  }
}
