/**
 * `<nearside-greeting>`: in place of the server's own words a hello with the citizen's name, where they switched that on in the
 * panel, allow suggestions, and kept a name for forms on this device. It is read here and written nowhere but into this element.
 */

import { GREET } from "../greet.js";
import { element } from "../markup.js";
import { offers } from "./vault.js";

const LONGEST_NAME = 40;

/**
 * @param {import("./vault.js").Entry[]} entries
 * @param {number} today
 * @returns {string | null} a given name, or else a whole one: the newest
 */
export function nameIn(entries, today) {
  const found = ["given-name", "name"].flatMap((key) => offers(entries, "", [key], today));
  const name = found
    .map(({ value }) => value.trim())
    .find((value) => value && [...value].length <= LONGEST_NAME);
  return name ?? null;
}

/**
 * @param {import("../parts.js").Page} page
 * @param {{safe: import("./sealing.js").Safe, strings: import("../words.js").Strings, today: () => number}} with_
 */
export function defineGreeting(page, { safe, strings, today }) {
  customElements.define(
    "nearside-greeting",
    class extends HTMLElement {
      /** @type {Node[]} what the server put here */
      #server = [...this.childNodes];

      connectedCallback() {
        void this.#update();
        const again = () => void this.#update();
        page.whenChosen(again);
        page.whenDeleted(again);
        addEventListener("storage", again);
      }

      async #update() {
        const wanted = () => page.allows("suggest") && page.storage?.getItem(GREET) === "on";
        const name = wanted() ? nameIn(await safe.open(today()), today()) : null;
        this.replaceChildren(...this.#server);
        if (name === null || !wanted()) {
          return;
        }
        const [before, after] = strings.greeting.split("{name}");
        const height = this.parentElement?.offsetHeight;
        this.replaceChildren(before, element("bdi", name), after);
        if (this.parentElement?.offsetHeight !== height) {
          this.replaceChildren(...this.#server); // there is no room for it: nothing on the page moves for a name
        }
      }
    },
  );
}
