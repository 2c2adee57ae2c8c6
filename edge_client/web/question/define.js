/**
 * `<nearside-question question="...">`: one declared question, with the server's own form or links as its answers, and a way
 * to skip it. Without scripts it is what the server wrote. With suggestions allowed an answer is kept on this device until
 * its end, listed as "you told us", and asked for again then; otherwise it counts for this page alone. Of several questions one
 * is asked in a visit; `changes` says what follows from an answer, where the agency says more than that suggestions do.
 */

// @ts-ignore -- made by the build from words/*.json
import words from "nearside-question-words";
import { keepAnswer, mayAsk, readAnswers, takeAnswers, wordsOf } from "./answers.js";
import { datesIn } from "../locale.js";
import { button, element } from "../markup.js";

/** @typedef {import("../parts.js").Page} Page */
/** @typedef {Record<string, string>} Strings */

/** @param {Page} page */
export function define(page) {
  const { lang } = page.config;
  const strings = words[lang] ?? words.en;
  customElements.define(
    "nearside-question",
    class extends HTMLElement {
      /** @type {Node[]} what the server put here */
      #asking = [...this.childNodes];
      #name = this.getAttribute("question") ?? "";
      #isSkipped = false;

      connectedCallback() {
        this.addEventListener("click", (event) => this.#follow(event));
        this.addEventListener("submit", (event) => this.#submit(event));
        page.whenChosen(() => this.#show());
        page.whenDeleted(() => this.#show());
        let isAsked = false;
        page.listen(({ kind, text }) => {
          if (!isAsked) {
            isAsked = true; // a worker runs: what is kept may have ended, or been taken back elsewhere
            page.send({ type: "profile" });
          } else if (kind === "profile" && page.allows("suggest")) {
            takeAnswers(page.storage, JSON.parse(text));
            this.#show();
          }
        });
        this.#show();
      }

      /** Ask, or say what was told; never while the focus is in here. */
      #show() {
        const known = page.allows("suggest") ? readAnswers(page.storage, Date.now())[this.#name] : undefined;
        if (this.contains(document.activeElement)) {
          return;
        }
        if (known?.option) {
          this.#reveal(known.option);
          this.replaceChildren(...this.#told(known.option, known.until));
        } else if (this.#isSkipped || known || !this.#mayAsk()) {
          this.replaceChildren();
        } else {
          const skip = button(strings.skip, "nearside-link nearside-skip");
          skip.addEventListener("click", () => this.#skip());
          const changes = this.getAttribute("changes") ?? strings.changes;
          const hint = page.allows("suggest") ? `${changes} ${strings.kept}` : strings["not-kept"];
          this.replaceChildren(...this.#asking, element("p", hint, "nearside-hint"), skip);
        }
      }

      /** @returns {boolean} nothing is written down of those who allowed nothing: they see what the server wrote */
      #mayAsk() {
        return !page.allows("suggest") || mayAsk(page.storage, this.#name);
      }

      /** @param {string} option; @param {number | null} until; @returns {HTMLElement[]} */
      #told(option, until) {
        const said = element(
          "p",
          strings.told.replace("{answer}", () => this.#labelOf(option)),
        );
        if (until) {
          const day = datesIn(lang, { dateStyle: "long" }).format(until);
          said.append(" ", strings.until.replace("{until}", day));
        }
        const back = button(strings.back, "nearside-link");
        back.addEventListener("click", () => {
          page.say({ type: "answer", question: this.#name, option: null });
          keepAnswer(page.storage, this.#name, null);
          this.#reveal("");
          this.#note(strings.taken);
        });
        return [said, back];
      }

      /** A link goes where it goes; what it says is told first. @param {Event} event */
      #follow({ target }) {
        const link = target instanceof Element ? target.closest("a[data-option]") : null;
        if (link instanceof HTMLElement && page.allows("suggest")) {
          this.#keep(link.dataset.option ?? "");
        }
      }

      /** A form is answered here: what somebody is goes into no address. @param {SubmitEvent} event */
      #submit(event) {
        event.preventDefault();
        const form = /** @type {HTMLFormElement} */ (event.target);
        const { submitter } = event;
        const given = [...new FormData(form, submitter).values()].map(String).find((value) => value);
        if (!given) {
          return;
        }
        this.#reveal(given);
        const answer = this.#labelOf(given);
        if (page.allows("suggest")) {
          this.#keep(given);
          this.#note(strings.noted.replace("{answer}", () => answer));
        } else {
          this.#isSkipped = true; // not asked again on this page
          this.#note(strings["this-page"].replace("{answer}", () => answer));
        }
      }

      /** @param {string} option */
      #keep(option) {
        page.say({ type: "answer", question: this.#name, option });
        const said = wordsOf(this.#askedIn(), this.#labelOf(option), lang);
        keepAnswer(page.storage, this.#name, { option, until: null, said });
        page.send({ type: "profile" }); // which says until when it counts, if it does
      }

      #skip() {
        this.#isSkipped = true;
        if (page.allows("suggest")) {
          keepAnswer(page.storage, this.#name, { option: null, until: null });
        }
        this.#note(strings.skipped);
      }

      /** @param {string} text say it where the question was; the focus goes there */
      #note(text) {
        const done = element("p", text, "nearside-noted");
        done.setAttribute("role", "status");
        done.tabIndex = -1;
        this.replaceChildren(done);
        done.focus();
      }

      /** @param {string} option show what this page has for it, and hide what it has for others */
      #reveal(option) {
        for (const part of document.querySelectorAll(
          `[data-nearside-answer^="${CSS.escape(this.#name)}:"]`,
        )) {
          /** @type {HTMLElement} */ (part).hidden =
            part.getAttribute("data-nearside-answer") !== `${this.#name}:${option}`;
        }
      }

      /** @returns {HTMLElement} what the server put here, apart from the page */
      #copy() {
        const root = element("div", "");
        root.append(...this.#asking.map((node) => node.cloneNode(true)));
        return root;
      }

      /** @returns {string} the question as the server says it */
      #askedIn() {
        return this.#copy().querySelector("legend, h1, h2, h3, h4")?.textContent?.trim() || this.#name;
      }

      /** @param {string} option; @returns {string} as the server says it */
      #labelOf(option) {
        const root = this.#copy();
        const value = CSS.escape(option);
        const found = root.querySelector(
          `[data-option="${value}"], option[value="${value}"], button[value="${value}"]`,
        );
        const id = root.querySelector(`input[value="${value}"]`)?.id;
        const label = id ? root.querySelector(`label[for="${CSS.escape(id)}"]`) : found;
        return label?.textContent?.trim() || option;
      }
    },
  );
}
