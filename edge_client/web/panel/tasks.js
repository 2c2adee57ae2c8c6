/** What the citizen has under way, as the panel lists it: deleted line by line, and shown anew when another page changes it. */

import { describeKept } from "./kept.js";
import { DRAFT, FLOW, REMINDER, VAULT } from "../kept.js";
import { element } from "../markup.js";

/**
 * @param {HTMLElement} place
 * @param {import("../parts.js").Page} with_
 * @param {{lang: string, strings: import("../words.js").Strings}} words
 * @param {ReadonlyMap<string, Way>} ways
 */
export function showTasks(place, with_, { lang, strings }, ways) {
  const show = () => {
    if (place.contains(document.activeElement)) {
      return; // a line that says that it is deleted has the focus
    }
    const drop = (/** @type {HTMLElement} */ line, /** @type {string} */ key) => {
      const done = element("p", strings["kept-deleted"], "nearside-noted");
      done.setAttribute("role", "status");
      done.tabIndex = -1;
      line.replaceChildren(done);
      done.focus();
      with_.drop(key);
    };
    const kinds = [FLOW, DRAFT, REMINDER, VAULT];
    const parts = describeKept(with_.storage, { lang, strings, kinds, ways }, drop);
    place.replaceChildren(...(parts.length ? parts : [element("p", strings["tasks-none"])]));
  };
  show();
  with_.whenDeleted(show);
  addEventListener("storage", show);
}

/** @typedef {{title: string, href: string, lang: string | null}} Way where a task goes on, as the agency's page says it */

/** @returns {Map<string, Way>} by the names of tasks; asked before the panel puts its own content in place of the server's */
export function waysHere() {
  return new Map(
    [...document.querySelectorAll("a[data-task]")].map((link) => [
      link.getAttribute("data-task") ?? "",
      {
        title: link.textContent?.trim() ?? "",
        href: link.getAttribute("href") ?? "",
        lang: link.closest("[lang]")?.getAttribute("lang") ?? null,
      },
    ]),
  );
}
