/** One flow on the page: the questions that were put, and how somebody moves between them. */

import { NO_ANSWERS, give, isAsked, possibleQuestions, skip, stepping } from "./answers.js";
import { Drafts } from "./drafts.js";
import { makeForm, showGuess, showProblem } from "./form.js";
import { NO_HINTS } from "./known.js";
import { showKeeping } from "./keeping.js";
import { showQuestion } from "./question.js";
import { showAnswers, showResults, showTasks } from "./results.js";
import { Telling } from "./telling.js";
import { resume } from "./saving.js";
import { inSlices } from "./slices.js";
import { headingOf, printDay } from "./words.js";
import { inDirection, listsIn } from "../locale.js";
import { button, element } from "../markup.js";

/** @typedef {import("./answers.js").Answers} Answers */
/** @typedef {import("./tables.js").Tables} Tables */

/**
 * @typedef {object} Made
 * @property {Tables} tables
 * @property {string} lang
 * @property {import("../words.js").Strings} strings
 * @property {Storage | null} storage
 * @property {import("./sealing.js").Answers} sealed
 * @property {import("../parts.js").Page} page
 * @property {Record<string, import("./tables.js").Answer>} known what the pages before this one say, to be confirmed
 */

/** The questions of one flow in their place on the page: which is put, what is shown, how to go back. */
export class FlowPage {
  /** @type {Answers} */
  #answers = NO_ANSWERS;
  /** @type {string[]} questions that were put, in the order in which Back goes through them */
  #trail = [];
  #hints = NO_HINTS;
  /** @type {Set<string>} questions whose suggested answer was none */
  #refused = new Set();
  #telling = new Telling();
  #checking = false;

  /**
   * @param {HTMLElement} place
   * @param {Made} made
   */
  constructor(place, made) {
    this.place = place;
    this.made = made;
    inDirection(place, made.lang);
    this.drafts = new Drafts(made.page, made.sealed, made.tables, made.strings);
  }

  get #shown() {
    return { ...this.made, answers: this.#answers };
  }

  /** Offer to begin: nothing is asked before somebody wants it. */
  async start() {
    const { strings, tables, lang, sealed } = this.made;
    const before = [...this.place.childNodes];
    const { saved: kept, isDraft, isLost } = await sealed.read(tables.flow.name, tables.today);
    if (before.some((node) => node.parentNode !== this.place)) {
      return; // somebody went on meanwhile
    }
    const where = strings[this.drafts.isOn ? "private-kept" : "private"];
    const parts = [element("p", tables.flow.summary[lang]), element("p", where, "nearside-inset")];
    if (isLost) {
      parts.push(element("p", strings["saved-lost"], "nearside-inset nearside-flow-lost"));
    }
    if (kept) {
      const until = printDay(kept.until, lang);
      const by = isDraft ? "draft-until" : "saved-until";
      parts.push(element("p", strings[by].replace("{until}", until)));
      parts.push(this.#buttons(["resume", () => this.#resume(kept)], ["delete-saved", () => this.#delete()]));
    }
    parts.push(...showTasks(this.#shown, (question) => this.#ask(question)));
    this.place.replaceChildren(
      ...parts,
      this.#buttons([kept ? "start-again" : "start", () => this.#begin()]),
    );
  }

  /**
   * Suggest answers from now on, each to be confirmed; a question that is put stays as it is.
   *
   * @param {import("./known.js").Hints} hints
   */
  hint(hints) {
    this.#hints = hints;
  }

  get #known() {
    const suggested = Object.entries({ ...this.#hints.answers, ...this.made.known });
    return Object.fromEntries(suggested.filter(([question]) => !this.#refused.has(question)));
  }

  #begin() {
    this.#answers = NO_ANSWERS;
    this.#trail = [];
    void this.#next();
  }

  /** Put what comes next, or show the answers where nothing does; the page answers while that is found out. */
  async #next() {
    const { place } = this;
    const before = [...place.childNodes];
    const step = await inSlices(stepping(this.made.tables, this.#answers, this.#known));
    if (before.some((node) => node.parentNode !== place)) {
      return; // somebody went back meanwhile
    }
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
   * @param {import("./tables.js").Answer} answer
   */
  #confirm(name, answer) {
    const { tables, lang, strings } = this.made;
    const question = /** @type {any} */ (tables.cells.get(name)).question;
    const because = name in this.made.known ? [] : (this.#hints.because[name] ?? []);
    const field = showGuess({ question, tables, answers: this.#answers, lang, strings }, answer, because);
    this.#put(name, field.element, [this.#submit()], (form) => {
      const right = field.read();
      if (right === null) {
        showProblem(form, field.refuse(strings["choose-one"]), strings["choose-one"], strings.problem);
      } else if (right) {
        this.#take(name, give(tables, this.#answers, name, answer));
      } else {
        this.#refused.add(name);
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
    // From the second question on: by then there is something to keep.
    const asks = (!this.drafts.wasAsked && this.#trail.length > 1) || this.drafts.failed;
    this.place.replaceChildren(back, form, ...(asks ? this.drafts.show(() => this.#answers) : []));
  }

  /**
   * @param {string} name
   * @param {Answers} answers
   */
  #take(name, answers) {
    this.#answers = answers;
    this.#trail = this.#trail.filter((each) => each === name || isAsked(this.made.tables, answers, each));
    void this.drafts.keep(answers);
    void this.#next();
  }

  #back() {
    this.#trail.pop();
    const name = this.#trail.pop();
    if (this.#checking) {
      this.#check();
    } else if (name && isAsked(this.made.tables, this.#answers, name)) {
      this.#ask(name);
    } else {
      void this.start().then(() => this.place.querySelector("button")?.focus());
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
    const heading = headingOf(strings.check);
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
    const heading = headingOf(strings.results);
    this.place.replaceChildren(
      heading,
      ...showResults(this.#shown),
      this.#buttons(["to-answers", () => this.#check()], ["print", () => print()]),
      ...this.#telling.show(this.#shown),
      this.#saving(),
    );
    heading.focus();
  }

  #saving() {
    const answers = () => this.#answers;
    const made = showKeeping({ ...this.made, answers });
    made.append(...this.drafts.show(answers));
    return made;
  }

  /** @param {import("./saving.js").Saved} kept */
  async #resume(kept) {
    const { tables, strings, lang } = this.made;
    const { answers, dropped } = await resume(tables, kept);
    this.#answers = answers;
    this.#trail = tables.flow.questions.map(({ id }) => id).filter((id) => Object.hasOwn(answers.given, id));
    await this.#next();
    if (dropped.length) {
      const titles = dropped.map((id) => tables.cells.get(id)?.question.title[lang] ?? id);
      const list = listsIn(lang).format(titles);
      this.place.prepend(element("p", strings.changed.replace("{questions}", list), "nearside-inset"));
    }
  }

  async #delete() {
    this.made.sealed.drop(this.made.tables.flow.name);
    await this.start();
    const said = element("p", this.made.strings.deleted, "nearside-saved");
    said.setAttribute("role", "status");
    said.tabIndex = -1;
    this.place.prepend(said);
    said.focus();
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
