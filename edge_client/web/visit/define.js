/**
 * `<nearside-exit>` leaves a page at once (exit.js). `<nearside-visit>`: on every page, that this visit was for someone else. Nothing is there for those whose device remembers
 * nothing; what was looked at and noticed on this visit goes at once, and the focus stays where the button was.
 */

// @ts-ignore -- made by the build from words/*.json: what this element shows
import words from "nearside-visit-words";
import { button, element } from "../markup.js";
import { defineExit } from "./exit.js";

/** @param {import("../parts.js").Page} page */
export function define(page) {
  const all = /** @type {Record<string, import("../words.js").Strings>} */ (words);
  const strings = all[page.config.lang] ?? all.en;
  defineExit(page, strings);
  customElements.define(
    "nearside-visit",
    class extends HTMLElement {
      connectedCallback() {
        this.update();
        page.whenChosen(() => this.update());
      }

      /** Offer the button to those who have said yes, and to nobody else. */
      update() {
        if (!page.allows("suggest")) {
          this.replaceChildren();
        } else if (!this.querySelector("*")) {
          const another = button(strings.another, "nearside-link");
          another.addEventListener("click", () => this.#forget());
          this.replaceChildren(another);
        }
      }

      #forget() {
        page.forAnother();
        const done = element("p", strings["another-done"], "nearside-noted");
        done.setAttribute("role", "status");
        done.tabIndex = -1;
        this.replaceChildren(done);
        done.focus();
      }
    },
  );
}
