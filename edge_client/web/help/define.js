/**
 * `<nearside-help>`: the server's own contacts by topic, each with `data-topic`. The one that this visit is about comes first
 * and is open; what was looked at is listed, and can be copied to be read out. The list is whole without any of that.
 */

// @ts-ignore -- made by the build from words/*.json: what this element shows
import words from "nearside-help-words";
import { summaryOf } from "./summary.js";
import { whereWhole } from "../idle.js";
import { inDirection } from "../locale.js";
import { button, element } from "../markup.js";

/**
 * @typedef {import("./summary.js").Looked} Looked
 * @typedef {{here: string, pages: Looked[], topic: string | null, goals: Looked[]}} Found what the worker answers
 */

/** @param {import("../parts.js").Page} page */
export function define(page) {
  const { config } = page;
  const all = /** @type {Record<string, import("../words.js").Strings>} */ (words);
  const strings = all[config.lang] ?? all.en;
  customElements.define(
    "nearside-help",
    class extends HTMLElement {
      /** @type {(() => void)[]} what undoes all that was done, the last first */
      #undo = [];

      connectedCallback() {
        page.listen(({ kind, text }) => {
          const found = kind === "help" ? /** @type {Found} */ (JSON.parse(text)) : null;
          if (found?.here === config.item && page.allows("suggest")) {
            this.#show(found);
          }
        });
        page.whenChosen(() => this.#ask());
        page.whenDeleted(() => this.#ask());
        this.#ask();
      }

      /** Begin with the server's list; ask what is to be said, of those who have said yes. */
      #ask() {
        this.#restore();
        if (page.allows("suggest")) {
          const topics = [...this.querySelectorAll("[data-topic]")].map(topicOf);
          whereWhole(() => page.send({ type: "help", item: config.item, lang: config.lang, topics }));
        }
      }

      #restore() {
        for (const undo of this.#undo.splice(0).reverse()) {
          undo();
        }
      }

      /** @param {Found} found */
      #show({ pages, topic, goals }) {
        this.#restore();
        if (pages.length === 0) {
          return;
        }
        const contact = [...this.querySelectorAll("[data-topic]")].find((each) => topicOf(each) === topic);
        const about = contact?.querySelector("summary, h2, h3, h4, a")?.textContent?.trim() ?? "";
        // Nothing moves under somebody who has begun to use the list.
        const inUse = this.contains(document.activeElement) || this.querySelector("details[open]") !== null;
        if (contact && !inUse) {
          this.#putFirst(/** @type {HTMLElement} */ (contact), strings.first.replace("{topic}", about));
        }
        const made = [...(goals.length ? [after(goals, strings)] : []), this.#seen(pages, about)];
        this.append(...made);
        this.#undo.push(() => made.forEach((section) => section.remove()));
      }

      /**
       * @param {HTMLElement} contact
       * @param {string} why
       */
      #putFirst(contact, why) {
        const before = document.createComment("");
        const note = element("p", why, "nearside-hint nearside-help-why");
        contact.before(before);
        contact.parentElement?.prepend(contact);
        contact.toggleAttribute("open", contact.localName === "details");
        const heading = contact.querySelector("summary, h2, h3, h4");
        heading ? heading.after(note) : contact.append(note);
        contact.dataset.first = "";
        this.#undo.push(() => {
          note.remove();
          contact.removeAttribute("data-first");
          contact.removeAttribute("open");
          before.replaceWith(contact);
        });
      }

      /**
       * @param {Looked[]} pages
       * @param {string} about
       */
      #seen(pages, about) {
        const list = linked("ol", pages);
        const said = element("p", "", "nearside-saved");
        said.setAttribute("role", "status");
        const copy = button(strings.copy, "nearside-button");
        const made = element("section", "", "nearside-help-seen");
        made.append(
          element("h2", strings.seen),
          element("p", strings.what, "nearside-hint"),
          list,
          copy,
          said,
        );
        copy.addEventListener("click", async () => {
          const text = summaryOf(pages, about, strings);
          try {
            await navigator.clipboard.writeText(text);
            said.textContent = strings.copied;
          } catch {
            said.textContent = strings["not-copied"];
            showText(copy, text, strings.summary);
          }
        });
        return made;
      }
    },
  );
}

/**
 * What a visit like this one is probably after, where that can be told at all.
 *
 * @param {Looked[]} goals
 * @param {Record<string, string>} strings
 */
function after(goals, strings) {
  const made = element("section", "", "nearside-help-after");
  made.append(
    element("h2", strings.after),
    element("p", strings.guess, "nearside-hint"),
    linked("ul", goals),
  );
  return made;
}

/**
 * @param {"ol" | "ul"} kind
 * @param {Looked[]} pages
 */
function linked(kind, pages) {
  const list = document.createElement(kind);
  list.append(
    ...pages.map(([item, title, lang]) => {
      const link = inDirection(element("a", title), lang);
      link.setAttribute("href", item);
      const line = document.createElement("li");
      line.append(link);
      return line;
    }),
  );
  return list;
}

/** @param {Element} contact */
function topicOf(contact) {
  return contact.getAttribute("data-topic") ?? "";
}

/**
 * Show what could not be copied, to be selected by hand.
 *
 * @param {HTMLElement} after
 * @param {string} text
 * @param {string} label
 */
function showText(after, text, label) {
  const parent = /** @type {HTMLElement} */ (after.parentElement);
  const area = parent.querySelector("textarea") ?? document.createElement("textarea");
  area.setAttribute("aria-label", label);
  area.readOnly = true;
  area.rows = Math.min(text.split("\n").length + 1, 12);
  area.value = text;
  parent.append(area);
  area.select();
  area.focus();
}
