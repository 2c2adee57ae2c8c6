/** `<nearside-flow name="...">`: questions one at a time, and what the answers lead to. No answer leaves the page. */

// @ts-ignore -- made by the build from words/*.json: what flows are labelled with
import words from "nearside-flow-words";
import { NO_ANSWERS, give, isAsked, nextStep, possibleQuestions, skip } from "./flow_answers.js";
import { dayHere } from "./flow_day.js";
import { makeForm, showGuess, showProblem } from "./flow_form.js";
import { keptAnswers, showKeeping } from "./flow_keeping.js";
import { knownFrom, pagesBefore } from "./flow_known.js";
import { showQuestion } from "./flow_question.js";
import { showAnswers, showResults, showTasks } from "./flow_results.js";
import { resume } from "./flow_saving.js";
import { loadFlows } from "./flow_source.js";
import { drop } from "./flow_store.js";
import { compileFlow } from "./flow_tables.js";
import { printDay } from "./flow_words.js";
import { fetchFile } from "./host.js";
import { button, element } from "./recommend.js";

/** @typedef {import("./flow_answers.js").Answers} Answers */
/** @typedef {import("./flow_tables.js").Tables} Tables */
/**
 * @typedef {object} Collaborators
 * @property {import("./config.js").Config} config
 * @property {Storage | null} storage
 */

/** @param {Collaborators} with_ */
export function defineFlows({ config, storage }) {
  const loaded = loadFlows({ config, fetchFile, now: () => Date.now() });
  loaded.catch(() => {}); // what the server wrote stays on the page
  customElements.define(
    "nearside-flow",
    class extends HTMLElement {
      async connectedCallback() {
        const flow = (await loaded.catch(() => [])).find(({ name }) => name === this.getAttribute("name"));
        if (flow) {
          const lang = flow.languages.includes(config.lang) ? config.lang : flow.languages[0];
          const tables = compileFlow(flow, dayHere(new Date()));
          new FlowPage(this, {
            tables,
            lang,
            strings: words[lang] ?? words.en,
            storage,
            seen: pagesBefore(document),
          }).start();
        }
      }
    },
  );
}

/**
 * @typedef {object} Made
 * @property {Tables} tables
 * @property {string} lang
 * @property {import("./words.js").Strings} strings
 * @property {Storage | null} storage
 * @property {string[]} seen
 */

class FlowPage {
  /** @type {Answers} */
  #answers = NO_ANSWERS;
  /** @type {string[]} questions that were put, in the order in which Back goes through them */
  #trail = [];
  /** @type {Record<string, import("./flow_tables.js").Answer>} */
  #known;
  #checking = false;

  /**
   * @param {HTMLElement} place
   * @param {Made} made
   */
  constructor(place, made) {
    this.place = place;
    this.made = made;
    place.lang = made.lang;
    this.#known = knownFrom(made.tables.flow, made.seen);
  }

  get #shown() {
    return { ...this.made, answers: this.#answers };
  }

  /** Offer to begin: nothing is asked before somebody wants it. */
  start() {
    const { strings, tables, lang } = this.made;
    const parts = [element("p", tables.flow.summary[lang]), element("p", strings.private, "nearside-inset")];
    const kept = this.#kept();
    if (kept) {
      const until = printDay(kept.until, lang);
      parts.push(element("p", strings["saved-until"].replace("{until}", until)));
      parts.push(this.#buttons(["resume", () => this.#resume(kept)], ["delete-saved", () => this.#delete()]));
    }
    parts.push(...showTasks(this.#shown, (question) => this.#ask(question)));
    this.place.replaceChildren(
      ...parts,
      this.#buttons([kept ? "start-again" : "start", () => this.#begin()]),
    );
  }

  #begin() {
    this.#answers = NO_ANSWERS;
    this.#trail = [];
    this.#next();
  }

  /** Put what comes next, or show the answers where nothing does. */
  #next() {
    const step = nextStep(this.made.tables, this.#answers, this.#known);
    if (step.kind === "finished") {
      this.#check();
    } else if (step.kind === "ask") {
      this.#ask(step.question);
    } else {
      this.#confirm(step.question, step.answer);
    }
  }

  /** @param {string} name */
  #ask(name) {
    const { tables, lang, strings } = this.made;
    const question = /** @type {any} */ (tables.cells.get(name)).question;
    const field = showQuestion({ question, tables, answers: this.#answers, lang, strings });
    const actions = [this.#submit()];
    if (question.optional) {
      actions.push(
        this.#button("skip", () => this.#take(name, skip(tables, this.#answers, name)), "nearside-link"),
      );
    }
    this.#put(name, field.element, actions, (form) => {
      const read = field.read();
      if ("problem" in read) {
        showProblem(form, field.refuse(read.problem), read.problem, strings.problem);
      } else {
        this.#take(name, give(tables, this.#answers, name, read.answer));
      }
    });
    field.heading.focus();
  }

  /**
   * @param {string} name
   * @param {import("./flow_tables.js").Answer} answer
   */
  #confirm(name, answer) {
    const { tables, lang, strings } = this.made;
    const question = /** @type {any} */ (tables.cells.get(name)).question;
    const field = showGuess({ question, tables, answers: this.#answers, lang, strings }, answer);
    this.#put(name, field.element, [this.#submit()], (form) => {
      const right = field.read();
      if (right === null) {
        showProblem(form, field.refuse(strings["choose-one"]), strings["choose-one"], strings.problem);
      } else if (right) {
        this.#take(name, give(tables, this.#answers, name, answer));
      } else {
        const { [name]: _, ...others } = this.#known;
        this.#known = others;
        this.#ask(name);
      }
    });
    field.heading.focus();
  }

  /**
   * @param {string} name
   * @param {HTMLElement} group
   * @param {HTMLElement[]} actions
   * @param {(form: HTMLFormElement) => void} answered
   */
  #put(name, group, actions, answered) {
    const { strings, tables } = this.made;
    if (this.#trail.at(-1) !== name) {
      this.#trail.push(name);
    }
    const left = possibleQuestions(tables, this.#answers).filter((each) => each !== name).length;
    const number = strings.progress.replace("{number}", String(this.#trail.length));
    const progress = `${number} ${left ? strings["left-most"].replace("{count}", String(left)) : strings["left-none"]}`;
    const form = makeForm(progress, group, actions, answered);
    const back = this.#button("back", () => this.#back(), "nearside-link nearside-flow-back");
    this.place.replaceChildren(back, form);
  }

  /**
   * @param {string} name
   * @param {Answers} answers
   */
  #take(name, answers) {
    this.#answers = answers;
    this.#trail = this.#trail.filter((each) => each === name || isAsked(this.made.tables, answers, each));
    this.#next();
  }

  #back() {
    this.#trail.pop();
    const name = this.#trail.pop();
    if (this.#checking) {
      this.#check();
    } else if (name && isAsked(this.made.tables, this.#answers, name)) {
      this.#ask(name);
    } else {
      this.start();
      this.place.querySelector("button")?.focus();
    }
  }

  /** Show the answers before what they lead to. */
  #check() {
    this.#checking = false;
    const { strings } = this.made;
    const change = (/** @type {string} */ question) => {
      this.#checking = true;
      this.#ask(question);
    };
    const heading = this.#heading(strings.check);
    this.place.replaceChildren(
      heading,
      showAnswers(this.#shown, change),
      this.#buttons(["show", () => this.#results()]),
      this.#saving(),
    );
    heading.focus();
  }

  #results() {
    const { strings } = this.made;
    const heading = this.#heading(strings.results);
    this.place.replaceChildren(
      heading,
      ...showResults(this.#shown),
      this.#buttons(["to-answers", () => this.#check()], ["print", () => print()]),
      this.#saving(),
    );
    heading.focus();
  }

  #saving() {
    const { storage, tables, lang, strings } = this.made;
    return showKeeping({ storage, tables, lang, strings, answers: () => this.#answers });
  }

  #kept() {
    return keptAnswers(this.made.storage, this.made.tables);
  }

  /** @param {import("./flow_saving.js").Saved} kept */
  async #resume(kept) {
    const { tables, strings, lang } = this.made;
    const { answers, dropped } = await resume(tables, kept);
    this.#answers = answers;
    this.#trail = tables.flow.questions.map(({ id }) => id).filter((id) => Object.hasOwn(answers.given, id));
    this.#next();
    if (dropped.length) {
      const titles = dropped.map((id) => tables.cells.get(id)?.question.title[lang] ?? id);
      const list = new Intl.ListFormat(lang).format(titles);
      this.place.prepend(element("p", strings.changed.replace("{questions}", list), "nearside-inset"));
    }
  }

  #delete() {
    drop(this.made.storage, this.made.tables.flow.name);
    this.start();
    const said = element("p", this.made.strings.deleted, "nearside-saved");
    said.setAttribute("role", "status");
    said.tabIndex = -1;
    this.place.prepend(said);
    said.focus();
  }

  /** @param {string} text */
  #heading(text) {
    const made = element("h2", text, "nearside-flow-heading");
    made.tabIndex = -1;
    return made;
  }

  #submit() {
    const made = button(this.made.strings.continue, "nearside-button");
    made.type = "submit";
    return made;
  }

  /**
   * @param {string} label
   * @param {() => void} act
   * @param {string} [className]
   */
  #button(label, act, className = "nearside-button") {
    const made = button(this.made.strings[label], className);
    made.addEventListener("click", act);
    return made;
  }

  /** @param {[string, () => void][]} labelled the first is what most people want */
  #buttons(...labelled) {
    const row = document.createElement("div");
    row.className = "nearside-flow-actions";
    row.append(
      ...labelled.map(([label, act], at) =>
        this.#button(label, act, at ? "nearside-link" : "nearside-button"),
      ),
    );
    return row;
  }
}
