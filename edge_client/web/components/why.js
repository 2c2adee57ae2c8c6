/** `<nearside-why slot="...">`: why each item of a slot is suggested, for pages that show the items in their own way. */

import { reasonText } from "../card.js";
import { button, element } from "../markup.js";
import { stringsFor } from "./words.js";

/** @typedef {import("../parts.js").Page} Page */

/** @param {Page} page */
export function defineWhy(page) {
  customElements.define(
    "nearside-why",
    class extends HTMLElement {
      /** @type {Node[]} what the server put here */
      #before = [...this.childNodes];

      connectedCallback() {
        page.whenChosen(() => this.#show());
        page.whenDeleted(() => this.#show());
        this.#show();
      }

      #show() {
        const suggestions = page.suggestionsFor(this.getAttribute("slot") ?? "");
        this.replaceChildren(...(suggestions?.length ? [reasons(suggestions, page)] : this.#before));
      }
    },
  );
}

/**
 * @param {import("../plan.js").Suggestion[]} suggestions
 * @param {Page} page
 */
function reasons(suggestions, page) {
  const strings = stringsFor(page.config.lang);
  const list = document.createElement("ul");
  list.append(
    ...suggestions.map((suggestion) => {
      const line = element("li", "");
      const no = button(page.strings.no, "nearside-no", suggestion.title);
      no.addEventListener("click", () => {
        const done = element("p", page.strings.noted, "nearside-noted");
        done.setAttribute("role", "status");
        done.tabIndex = -1;
        line.replaceChildren(done);
        done.focus();
        page.dismissed(suggestion.item);
      });
      line.append(element("b", suggestion.title), element("p", reasonText(suggestion, page.strings)), no);
      return line;
    }),
  );
  const settings = element("a", strings.settings);
  settings.setAttribute("href", page.notice.href);
  const made = document.createElement("details");
  made.className = "nearside-reasons";
  made.append(element("summary", strings.why), list, settings);
  return made;
}
