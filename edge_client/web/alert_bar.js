/**
 * `<nearside-alert>`: a line in the header of every page, or with `full` in the place of what would be suggested.
 *
 * Both have their room before anything is known, so that nothing moves: until there is an alert, and without script,
 * they show what the server put there.
 */

import { details, inDirection, inLanguage, isEmergency } from "./alert_view.js";
import { button, element } from "./recommend.js";

/** @typedef {import("./alert_feed.js").Matched} Matched */

/**
 * @typedef {object} Collaborators
 * @property {import("./alert_feed.js").AlertFeed} feed
 * @property {string} lang
 * @property {Record<string, string>} strings
 */

const HIDDEN = "nearside.alerts.hidden";

/** @param {Collaborators} with_ */
export function defineAlertBar(with_) {
  const { feed, lang, strings } = with_;
  /** @type {Set<string>} */
  const hidden = new Set(readHidden());
  let made = 0;

  customElements.define(
    "nearside-alert",
    class extends HTMLElement {
      /** @type {DocumentFragment | null} the server's own content while an alert is shown */
      #before = null;
      #shown = "";

      connectedCallback() {
        feed.listen(() => this.#update());
        // What somebody reads or is about to press stays where it is until they are elsewhere.
        this.addEventListener("focusout", () => setTimeout(() => this.#update()));
        this.#update();
      }

      #update() {
        const isFull = this.hasAttribute("full");
        const all = feed.concerning();
        const wanted = isFull
          ? all.filter(({ alert }) => isEmergency(alert.severity))
          : all.filter(({ alert }) => !hidden.has(fingerprint(alert)));
        const now = JSON.stringify(wanted.map(({ alert, concern }) => [fingerprint(alert), concern]));
        if (now === this.#shown || this.contains(document.activeElement)) {
          return;
        }
        this.#shown = now;
        if (wanted.length === 0) {
          this.#restore();
          return;
        }
        if (!this.#before) {
          this.#before = document.createDocumentFragment();
          this.#before.append(...this.childNodes);
        }
        if (isFull) {
          this.#fit(this.#full(wanted[0]), wanted[0].alert.severity);
        } else {
          this.dataset.severity = wanted[0].alert.severity;
          this.replaceChildren(this.#line(wanted));
        }
      }

      /**
       * Show an alert in the room that is there: shorter where that is little, and not at all where it is too little.
       *
       * @param {HTMLElement} shown
       * @param {string} severity
       */
      #fit(shown, severity) {
        // Nothing has a height before the first paint: then nothing can move.
        const room = this.offsetHeight || Infinity;
        this.style.minHeight = room < Infinity ? `${room}px` : "";
        this.dataset.severity = severity;
        this.classList.remove("nearside-alert-short");
        this.replaceChildren(shown);
        this.classList.toggle("nearside-alert-short", this.offsetHeight > room);
        if (this.offsetHeight > room) {
          this.#restore(); // the line in the header says it
        }
      }

      #restore() {
        if (this.#before) {
          this.replaceChildren(this.#before);
          this.#before = null;
          delete this.dataset.severity;
          this.style.minHeight = "";
        }
      }

      /** @returns {string} address of the page with all alerts */
      get #page() {
        return this.getAttribute("page") ?? "";
      }

      /** @param {Matched[]} matched */
      #line(matched) {
        const [first, ...others] = matched;
        const region = element("section", "", "nearside-alert-region");
        const serious = isEmergency(first.alert.severity);
        region.setAttribute("aria-label", serious ? strings.emergency : strings.notice);
        const { lang: spoken, said } = inLanguage(first.alert.words, lang);
        const line = inDirection(element("p", "", "nearside-alert-line"), spoken);
        line.setAttribute("role", serious ? "alert" : "status");
        line.append(element("strong", said.event), " ", element("span", said.headline || said.where));
        const body = details(first, with_);
        body.id = `nearside-alert-${(made += 1)}`;
        body.hidden = true;
        if (others.length > 0) {
          body.append(element("p", strings.more.replace("{count}", String(others.length))));
        }
        const link = element("a", strings.all);
        link.setAttribute("href", this.#page);
        body.append(link);
        const more = button(strings.read, "nearside-alert-more", said.event);
        more.setAttribute("aria-expanded", "false");
        more.setAttribute("aria-controls", body.id);
        more.addEventListener("click", () => {
          body.hidden = !body.hidden;
          more.setAttribute("aria-expanded", String(!body.hidden));
        });
        const hide = button(strings.hide, "nearside-alert-hide", said.event);
        hide.addEventListener("click", () => this.#hide(matched));
        const head = element("div", "", "nearside-alert-head");
        head.append(line, more, hide);
        region.append(head, body);
        return region;
      }

      /** @param {Matched[]} matched */
      #hide(matched) {
        for (const { alert } of matched) {
          hidden.add(fingerprint(alert));
        }
        saveHidden([...hidden]);
        this.#shown = "[]";
        this.#restore();
        /** @type {HTMLElement | null} */ (this.querySelector("a"))?.focus(); // what stands where the button was
      }

      /** @param {Matched} matched */
      #full({ alert }) {
        const { lang: spoken, said } = inLanguage(alert.words, lang);
        const region = element("section", "", "nearside-alert-full");
        const words = inDirection(element("div", ""), spoken);
        words.append(
          element("h2", said.event),
          element("p", said.headline, "nearside-alert-headline"),
          element("p", said.instruction || said.description, "nearside-alert-text"),
        );
        const link = element("a", strings.all);
        link.setAttribute("href", this.#page);
        region.append(words, link);
        return region;
      }
    },
  );
}

/** @param {import("./alert_list.js").Alert} alert; @returns {string} another one as soon as anything in it changes */
function fingerprint(alert) {
  let hash = 0x811c9dc5; // FNV-1a, of 32 bits: it tells versions apart and guards nothing
  for (const letter of JSON.stringify(alert)) {
    hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193);
  }
  return `${alert.id}.${(hash >>> 0).toString(16)}`;
}

/** @returns {string[]} what the citizen has hidden in this tab; it goes with the tab */
function readHidden() {
  try {
    const value = JSON.parse(sessionStorage.getItem(HIDDEN) ?? "[]");
    return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
  } catch {
    return [];
  }
}

/** @param {string[]} hidden */
function saveHidden(hidden) {
  try {
    sessionStorage.setItem(HIDDEN, JSON.stringify(hidden));
  } catch {
    // Storage is blocked: hidden on this page alone.
  }
}
