/** `<nearside-recommend slot="...">`: the server's list, until something better was decided on this device. */

/** @typedef {import("./plan.js").Suggestion} Suggestion */
/** @typedef {Record<string, string>} Strings */

/**
 * @typedef {object} Collaborators
 * @property {(slot: string) => Suggestion[] | null} suggestionsFor
 * @property {Strings} strings
 * @property {(item: string) => void} dismissed
 */

/** @param {Collaborators} with_ */
export function defineRecommend(with_) {
  customElements.define(
    "nearside-recommend",
    class extends HTMLElement {
      /** @type {DocumentFragment | null} the server's own content while ours is shown */
      #before = null;

      connectedCallback() {
        this.update();
      }

      /** Show what the plan says for this slot, or the server's own content where it says nothing. */
      update() {
        const suggestions = with_.suggestionsFor(this.getAttribute("slot") ?? "");
        const shown = this.querySelectorAll("li").length;
        if (!suggestions || (shown > 0 && suggestions.length < shown)) {
          this.restore();
        } else if (!this.contains(document.activeElement)) {
          this.#show(suggestions);
        }
      }

      /** Put the server's own content back. */
      restore() {
        if (this.#before) {
          this.replaceChildren(this.#before);
          this.#before = null;
          this.removeAttribute("data-personalised");
        }
      }

      /** @param {Suggestion[]} suggestions */
      #show(suggestions) {
        if (!this.#before) {
          this.#before = document.createDocumentFragment();
          this.#before.append(...this.childNodes);
        }
        const wanted = this.#before.querySelectorAll("li").length || suggestions.length;
        const list = document.createElement("ul");
        list.className = this.#before.querySelector("ul")?.className ?? "nearside-list";
        list.append(...suggestions.slice(0, wanted).map((suggestion) => this.#card(suggestion)));
        this.replaceChildren(list);
        this.setAttribute("data-personalised", "");
      }

      /** @param {Suggestion} suggestion */
      #card(suggestion) {
        const { strings } = with_;
        const card = document.createElement("li");
        card.className = this.#before?.querySelector("li")?.className ?? "";
        card.dataset.item = suggestion.item;
        const link = element("a", suggestion.title);
        link.setAttribute("href", suggestion.item);
        const reason = element("p", reasonText(suggestion, strings), "nearside-reason");
        reason.hidden = true;
        const why = button(strings.why, "nearside-why", suggestion.title);
        why.setAttribute("aria-expanded", "false");
        why.addEventListener("click", () => {
          reason.hidden = !reason.hidden;
          why.setAttribute("aria-expanded", String(!reason.hidden));
        });
        const no = button(strings.no, "nearside-no", suggestion.title);
        no.addEventListener("click", () => {
          const done = element("p", strings.noted, "nearside-noted");
          done.setAttribute("role", "status");
          done.tabIndex = -1;
          card.replaceChildren(done);
          done.focus();
          with_.dismissed(suggestion.item);
        });
        const actions = element("div", "", "nearside-actions");
        actions.append(why, no);
        card.append(
          element("span", strings.label, "nearside-label"),
          link,
          element("p", suggestion.summary),
          actions,
          reason,
        );
        return card;
      }
    },
  );
}

/**
 * @param {Suggestion} suggestion
 * @param {Strings} strings
 */
function reasonText(suggestion, strings) {
  const words = strings[`reason-${suggestion.reason}`] ?? strings["reason-popular"];
  return words.replace("{page}", suggestion.because ?? "");
}

/**
 * @param {string} name
 * @param {string} text
 * @param {string} [className]
 */
export function element(name, text, className) {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) {
    made.className = className;
  }
  return made;
}

/**
 * @param {string} text
 * @param {string} className
 * @param {string} [about] read out after the text, so that buttons in a list differ
 */
export function button(text, className, about) {
  const made = /** @type {HTMLButtonElement} */ (element("button", text, className));
  made.type = "button";
  if (about) {
    made.setAttribute("aria-label", `${text}: ${about}`);
  }
  return made;
}
