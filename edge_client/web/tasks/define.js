/** `<nearside-tasks>`: all that somebody has under way on this device, in one list (GOV.UK task list pattern). */

// @ts-ignore -- made by the build from words/*.json: what tasks are labelled with
import words from "nearside-tasks-words";
import { showBringing } from "./bring.js";
import { knownTasks } from "./known.js";
import { listTasks } from "./tasks.js";
import { sayDecision } from "../decision_id.js";
import { dayHere } from "../flows/day.js";
import { openAnswers } from "../flows/sealing.js";
import { whenIdle } from "../idle.js";
import { button, element } from "../markup.js";
import { readUntold } from "../untold.js";
import { openSafe } from "../vault/sealing.js";

/** @typedef {import("./tasks.js").Task} Task */

/** @param {import("../parts.js").Page} page */
export function define(page) {
  const { config, storage, now: clock, preview, whenDeleted } = page;
  if (!storage) {
    return; // nothing can be kept, so there is nothing to list
  }
  const { lang } = config;
  const strings = words[lang] ?? words.en;
  const safe = openSafe(storage);
  const sealed = openAnswers(page);
  void sealed.tidy();
  customElements.define(
    "nearside-tasks",
    class extends HTMLElement {
      #title = element("h2", strings.title, "nearside-remind-heading");
      #said = element("p", "", "nearside-saved");
      #list = document.createElement("div");
      /** @type {Map<string, HTMLAnchorElement>} where the agency says that a task goes on */
      #ways = new Map();
      /** @type {Parameters<typeof knownTasks>[0]} what the worker says of somebody who said yes to suggestions */
      #known = {};
      /** The newest of it that is not listed yet: something that was said is still to be taken in. */
      #heard = "";

      connectedCallback() {
        for (const link of this.querySelectorAll("a[data-task]")) {
          this.#ways.set(link.getAttribute("data-task") ?? "", /** @type {HTMLAnchorElement} */ (link));
        }
        this.#said.setAttribute("role", "status");
        this.#said.tabIndex = -1;
        this.prepend(this.#title, element("p", strings.what, "nearside-hint"), this.#list, this.#said);
        if (!preview) {
          const { site } = config;
          const titleOf = (/** @type {string} */ name) =>
            this.#ways.get(`flow:${name}`)?.textContent ?? name.replaceAll("-", " ");
          const done = () => this.#show();
          this.append(showBringing({ storage, sealed, site, lang, strings, now: clock, titleOf, done }));
        }
        void this.#show();
        page.listen(({ kind, text }) => {
          if (kind === "profile" && page.allows("suggest")) {
            this.#heard = text;
          }
          // What was made before the worker heard of a "Delete" would bring its row back.
          if (this.#heard && page.allows("suggest") && readUntold(storage).said.length === 0) {
            this.#known = JSON.parse(this.#heard);
            this.#heard = "";
            void this.#show();
          }
        });
        whenIdle(() => page.allows("suggest") && page.send({ type: "profile" }));
        page.whenChosen(() => page.allows("suggest") || this.#forget());
        whenDeleted(() => (page.allows("suggest") ? void this.#show() : this.#forget()));
        addEventListener("storage", () => this.#show());
      }

      /** What no yes covers is not listed, whatever a worker said of it. */
      #forget() {
        this.#known = {};
        this.#heard = "";
        void this.#show();
      }

      /** @param {{type: string, item: string}} message that something that the worker knows is to go: here it goes at once */
      #say(message) {
        const { pinned = [], levels } = this.#known;
        const isLeft = (/** @type {readonly unknown[]} */ [item]) => item !== message.item;
        this.#known = {
          pinned: pinned.filter(isLeft),
          levels: { begun: levels?.begun?.filter(isLeft) },
        };
        page.say(message);
      }

      async #show() {
        const now = clock();
        const today = dayHere(new Date(now));
        const kept = listTasks({
          storage,
          sealed,
          entries: await safe.open(today),
          ways: this.#ways,
          now,
          lang,
          strings,
        });
        const listed = kept.flatMap(({ href }) => href ?? []);
        const say = (/** @type {{type: string, item: string}} */ message) => this.#say(message);
        const tasks = [...kept, ...knownTasks(this.#known, { lang, strings, listed, say })].sort(
          (one, other) => one.rank - other.rank,
        );
        if (tasks.length === 0) {
          this.#list.replaceChildren(element("p", strings.none));
          return;
        }
        const list = document.createElement("ul");
        list.className = "govuk-task-list nearside-tasks-list";
        list.append(...tasks.map((task) => this.#row(task)));
        this.#list.replaceChildren(list);
      }

      /** @param {Task} task */
      #row({ title, lang: own, href, hint, status, id, save, drop }) {
        const name = element(href ? "a" : "span", title, href ? "govuk-link" : "");
        if (href) {
          name.setAttribute("href", href);
        }
        name.lang = own;
        const text = element("div", "", "govuk-task-list__name-and-hint");
        text.append(name, element("div", hint, "govuk-task-list__hint"));
        const tag = element("strong", strings[`status-${status}`], "govuk-tag nearside-tag");
        tag.dataset.status = status;
        const remove = button(strings.delete, "nearside-link", title);
        remove.addEventListener("click", async () => {
          const done = (await drop(safe)) ?? true;
          await this.#show();
          this.#said.textContent = strings[done ? "deleted" : "not-deleted"];
          this.#said.focus();
        });
        const actions = element("div", "", "nearside-tasks-actions");
        if (save) {
          const calendar = button(strings.calendar, "nearside-link", title);
          calendar.addEventListener("click", save);
          actions.append(calendar);
        }
        actions.append(remove);
        const named = element("div", "", "nearside-hint nearside-decision-id");
        void id?.().then((each) => named.replaceChildren(...sayDecision(strings.decision, each)));
        text.append(actions, ...(id ? [named] : []));
        const state = element("div", "", "govuk-task-list__status");
        state.append(tag);
        const row = element("li", "", "govuk-task-list__item nearside-task");
        row.append(text, state);
        return row;
      }
    },
  );
}
