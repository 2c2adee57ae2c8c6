/** What makes a carousel turn, and says in one place why something is suggested: a part of the pages that have either. */

import { addControls } from "./carousel.js";
import { defineWhy } from "./why.js";

/** @param {import("../parts.js").Page} page */
export function define(page) {
  for (const carousel of document.querySelectorAll("nearside-carousel")) {
    addControls(/** @type {HTMLElement} */ (carousel), page.config.lang);
  }
  defineWhy(page);
}
