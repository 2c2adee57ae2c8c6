/** `<nearside-reminders>`: what is due, in place of what the server wrote there; one at a time, the nearest first. */

import { button, element } from "../markup.js";
import { isQuietNow } from "../quiet.js";
import { done, due, putOff } from "./due.js";
import { dayWords, distance, languageOf, showDecision } from "./saying.js";
import { dayFor, dropReminder, keepReminder, listReminders } from "./store.js";

/** @typedef {import("./due.js").Kept} Kept */

/**
 * @typedef {object} Collaborators
 * @property {Storage | null} storage
 * @property {string} lang
 * @property {import("../words.js").Strings} strings
 * @property {() => number} now Unix milliseconds
 */

/**
 * @param {Storage | null} storage
 * @param {number} now Unix milliseconds
 * @returns {{kept: Kept, said: import("./due.js").Due, today: number}[]} what is said now, the nearest first
 */
export function dueNow(storage, now) {
  const all = listReminders(storage, now).flatMap((kept) => {
    const today = dayFor(kept, now);
    const said = due(kept, today);
    return said ? [{ kept, said, today }] : [];
  });
  return all.sort((one, other) => one.said.day - other.said.day);
}

/** @param {Collaborators} with_ */
export function defineBanner({ storage, lang, strings, now }) {
  customElements.define(
    "nearside-reminders",
    class extends HTMLElement {
      /** @type {DocumentFragment | null} the server's own content while ours is shown */
      #before = null;

      connectedCallback() {
        this.update();
      }

      /** Say what is due, unless somebody is at it just now. */
      update() {
        const all = isQuietNow(storage, now()) ? [] : dueNow(storage, now());
        if (this.contains(document.activeElement)) {
          return;
        }
        if (all.length > 0) {
          this.#show(...this.#parts(all));
        } else {
          this.#restore();
        }
      }

      /** @param {HTMLElement[]} parts */
      #show(...parts) {
        if (!this.#before) {
          this.#before = document.createDocumentFragment();
          this.#before.append(...this.childNodes);
        }
        this.dataset.due = "";
        this.replaceChildren(...parts);
      }

      #restore() {
        if (this.#before) {
          this.replaceChildren(this.#before);
          this.#before = null;
          delete this.dataset.due;
        }
      }

      /** @param {ReturnType<typeof dueNow>} all */
      #parts([{ kept, said, today }, ...more]) {
        const own = languageOf(kept.reminder, lang);
        const title = kept.reminder.title[own];
        const link = element("a", title);
        link.setAttribute("href", kept.reminder.page[own]);
        link.dataset.item = kept.reminder.page[own]; // what a cap of the rules counts, like a card
        link.lang = own;
        const heading = element("h2", "", "nearside-remind-heading");
        heading.append(`${strings.label} `, link);
        const when = strings.due
          .replace("{day}", dayWords(said.day, lang))
          .replace("{distance}", distance(said.day - today, lang));
        const ready = button(strings.done, "nearside-button", title);
        ready.addEventListener("click", () => {
          const left = done(kept, today);
          left ? keepReminder(storage, left) : dropReminder(storage, said.name);
          this.#note(strings[left ? "done-again" : "done-over"]);
        });
        const wait = button(strings.later, "nearside-button nearside-button-plain", title);
        wait.addEventListener("click", () => {
          keepReminder(storage, putOff(kept, today));
          const again = said.again === null ? strings["later-over"] : strings["later-until"];
          this.#note(again.replace("{day}", said.again === null ? "" : dayWords(said.again, lang)));
        });
        const stop = button(strings.stop, "nearside-link", title);
        stop.addEventListener("click", () => {
          dropReminder(storage, said.name);
          this.#note(strings.stopped);
        });
        const actions = element("div", "", "nearside-flow-actions");
        actions.append(ready, wait, stop);
        const count = String(more.length);
        const others =
          more.length > 0 ? [element("p", strings.more.replace("{count}", count), "nearside-hint")] : [];
        const named = showDecision(kept, strings.decision);
        return [heading, element("p", `${when} ${strings.why}`), ...others, actions, named];
      }

      /** @param {string} text what was done; the focus goes there, for the buttons are gone */
      #note(text) {
        const noted = element("p", text, "nearside-noted");
        noted.setAttribute("role", "status");
        noted.tabIndex = -1;
        noted.addEventListener("blur", () => queueMicrotask(() => this.update()), { once: true });
        this.#show(noted);
        noted.focus();
      }
    },
  );
}
