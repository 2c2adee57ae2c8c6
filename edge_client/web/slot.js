/**
 * `<nearside-recommend slot="...">` and its kin: the server's own content, until something better was decided on this
 * device. Nothing outside of them is ever touched.
 */

import { draw, mark } from "./card.js";
import { element } from "./markup.js";

/** @typedef {import("./plan.js").Suggestion} Suggestion */

/**
 * @typedef {object} Collaborators
 * @property {(slot: string) => Suggestion[] | null} suggestionsFor
 * @property {import("./card.js").Strings} strings
 * @property {(item: string) => void} dismissed
 */

/**
 * @typedef {object} Server what the server put into a slot
 * @property {HTMLElement} list what has the places
 * @property {HTMLElement[]} places
 * @property {HTMLElement} holder what changes: the list, or the slot where the server put no list into it
 * @property {Node[]} nodes everything in the holder
 */

/** Two lists of cards, a carousel, and one place alone: what the server put there stays behind what was decided, as far as there is room. */
export const SLOTS = "nearside-recommend, nearside-cards, nearside-carousel, nearside-hero";
const HERO = "nearside-hero";

/** @param {Collaborators} with_ */
export function defineSlots(with_) {
  for (const name of SLOTS.split(", ")) {
    customElements.define(name, slotOf(with_));
  }
}

/** @param {Collaborators} with_ */
function slotOf(with_) {
  return class extends HTMLElement {
    /** @type {Server | null} */
    #server = null;
    /** @type {(() => void)[]} */
    #marks = [];

    connectedCallback() {
      // Everybody asks for all of them, and not for those alone that are near the screen, which a plan may have put there.
      // In which order is the browser's: it takes those on the screen first.
      for (const picture of this.querySelectorAll("img")) {
        picture.loading = "eager";
      }
      this.update();
    }

    /** Show what the plan says for this slot, or the server's own content where it says nothing. */
    update() {
      const suggestions = with_.suggestionsFor(this.getAttribute("slot") ?? "");
      this.#server ??= readServer(this);
      if (!suggestions?.length) {
        this.restore();
      } else if (!this.contains(document.activeElement)) {
        this.restore();
        this.#show(suggestions);
      }
    }

    /** Put the server's own content back, node by node. */
    restore() {
      for (const unmark of this.#marks.splice(0)) {
        unmark();
      }
      if (this.hasAttribute("data-personalised") && this.#server) {
        this.#server.holder.replaceChildren(...this.#server.nodes);
        this.removeAttribute("data-personalised");
      }
    }

    /** @param {Suggestion[]} suggestions */
    #show(suggestions) {
      const { list, places } = /** @type {Server} */ (this.#server);
      const wanted = places.length || suggestions.length;
      const chosen = suggestions.slice(0, wanted).map((suggestion) => {
        const place = places.find((own) => leadsTo(own, suggestion.item)) ?? draw(suggestion, places[0]);
        this.#marks.push(mark(place, suggestion, with_));
        return place;
      });
      const others = places.filter((place) => !chosen.includes(place));
      list.replaceChildren(...[...chosen, ...others].slice(0, wanted));
      if (!list.isConnected) {
        this.replaceChildren(list);
      }
      this.setAttribute("data-personalised", "");
    }
  };
}

/**
 * @param {HTMLElement} slot
 * @returns {Server}
 */
function readServer(slot) {
  const found = /** @type {HTMLElement | null} */ (
    slot.localName === HERO ? slot : slot.querySelector("ul, ol")
  );
  const list = found ?? element("ul", "", "nearside-list");
  const holder = found ?? slot;
  const places = /** @type {HTMLElement[]} */ ([...list.children]);
  return { list, places, holder, nodes: [...holder.childNodes] };
}

/**
 * @param {HTMLElement} place
 * @param {string} item
 */
function leadsTo(place, item) {
  return place.querySelector("a")?.getAttribute("href") === item;
}
