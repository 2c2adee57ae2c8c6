/**
 * `<nearside-alert>`: a line in the header of every page, or with `full` in the place of what would be suggested.
 *
 * Both have their room before anything is known, so that nothing moves: until there is an alert, and without script,
 * they show what the server put there.
 */

import { details, inLanguage, isEmergency, mayKeepStill } from "./view.js";
import { decisionId, sayDecision } from "../decision_id.js";
import { counted } from "../counting.js";
import { inDirection } from "../locale.js";
import { button, element } from "../markup.js";

/** @typedef {import("./feed.js").Matched} Matched */

/**
 * @typedef {object} Collaborators
 * @property {import("./feed.js").AlertFeed} feed
 * @property {string} lang
 * @property {Record<string, string>} strings
 * @property {() => Storage | null} tab where it is kept what is hidden in this tab; may throw
 * @property {() => boolean} quiet whether what is no danger keeps still now
 */

const HIDDEN = "nearside.alerts.hidden";
/** Told to the page when what concerns somebody may have changed: which alerts these are, the page shows. */
const ALERTS_CHANGED = "nearside-alerts";

/** @param {Collaborators} with_ */
export function defineAlertBar(with_) {
  const { feed, lang, strings, tab, quiet } = with_;
  /** @type {Set<string>} */
  const hidden = new Set(readHidden(tab));
  let made = 0;

  customElements.define(
    "nearside-alert",
    class extends HTMLElement {
      /** @type {DocumentFragment | null} the server's own content while an alert is shown */
      #before = null;
      #shown = "";

      connectedCallback() {
        feed.listen(() => {
          this.#update();
          document.dispatchEvent(new Event(ALERTS_CHANGED));
        });
        // What somebody reads or is about to press stays where it is until they are elsewhere.
        this.addEventListener("focusout", () => setTimeout(() => this.#update()));
        this.#update();
      }

      /** @returns {Promise<import("../panel/chain.js").Link[]>} what concerns the citizen now, for the panel to list */
      get decided() {
        return Promise.all(
          feed.concerning().map(async (matched) => ({
            id: await alertDecision(matched),
            at: matched.alert.effective * 1000,
            kind: `alert-${matched.concern}`,
            title: inLanguage(matched.alert.words, lang).said.event,
            lang: inLanguage(matched.alert.words, lang).lang,
            href: this.#page || null,
            day: matched.alert.expires * 1000,
          })),
        );
      }

      #update() {
        const isFull = this.hasAttribute("full");
        const still = quiet();
        const all = feed.concerning().filter(({ alert }) => !(still && mayKeepStill(alert.severity)));
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
        const named = element("p", "", "nearside-alert-note nearside-decision-id");
        void alertDecision(first).then((id) => named.replaceChildren(...sayDecision(strings.decision, id)));
        body.append(named);
        if (others.length > 0) {
          body.append(element("p", counted(strings, "more", others.length, lang)));
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
        saveHidden(tab, [...hidden]);
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

/** @param {Matched} matched; @returns {Promise<string>} what the decision to show it is called */
function alertDecision({ alert, concern }) {
  return decisionId({ site: location.origin, alert: fingerprint(alert), concern });
}

/** @param {import("./list.js").Alert} alert; @returns {string} another one as soon as anything in it changes */
function fingerprint(alert) {
  let hash = 0x811c9dc5; // FNV-1a, of 32 bits: it tells versions apart and guards nothing
  for (const letter of JSON.stringify(alert)) {
    hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193);
  }
  return `${alert.id}.${(hash >>> 0).toString(16)}`;
}

/**
 * @param {() => Storage | null} tab
 * @returns {string[]} what the citizen has hidden in this tab; it goes with the tab
 */
function readHidden(tab) {
  try {
    const value = JSON.parse(tab()?.getItem(HIDDEN) ?? "[]");
    return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
  } catch {
    return [];
  }
}

/**
 * @param {() => Storage | null} tab
 * @param {string[]} hidden
 */
function saveHidden(tab, hidden) {
  try {
    tab()?.setItem(HIDDEN, JSON.stringify(hidden));
  } catch {
    // Storage is blocked: hidden on this page alone.
  }
}
