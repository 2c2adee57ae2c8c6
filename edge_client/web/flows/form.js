/** The form around one question, what is shown when it is not answered, and a guess to say yes or no to. */

import { choice } from "./question.js";
import { answerText, headingOf } from "./words.js";
import { listsIn } from "../locale.js";
import { element } from "../markup.js";

/**
 * @param {string} progress
 * @param {HTMLElement} group
 * @param {HTMLElement[]} actions
 * @param {(form: HTMLFormElement) => void} answered
 */
export function makeForm(progress, group, actions, answered) {
  const form = document.createElement("form");
  form.className = "nearside-flow-form";
  form.noValidate = true;
  form.method = "dialog"; // which goes nowhere, whatever else may fail
  const row = document.createElement("div");
  row.className = "nearside-flow-actions";
  row.append(...actions);
  form.append(element("p", progress, "nearside-flow-progress"), group, row);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    answered(form);
  });
  return form;
}

/**
 * @param {HTMLFormElement} form
 * @param {HTMLElement} control that has to be filled in
 * @param {string} text
 * @param {string} title
 */
export function showProblem(form, control, text, title) {
  const before = form.previousElementSibling;
  if (before?.matches(".nearside-flow-errors")) {
    before.remove();
  }
  const made = document.createElement("div");
  made.className = "nearside-flow-errors";
  made.setAttribute("role", "alert");
  made.tabIndex = -1;
  const go = element("a", text);
  go.setAttribute("href", `#${control.id}`);
  go.addEventListener("click", (event) => {
    event.preventDefault();
    control.focus();
  });
  made.append(element("h2", title), go);
  form.before(made);
  made.focus();
}

/**
 * @param {import("./question.js").Put} put
 * @param {import("./tables.js").Answer} answer that something else suggests
 * @param {string[]} because titles of pages that were looked at; none where it was the page before
 */
export function showGuess({ question, lang, strings }, answer, because) {
  const group = document.createElement("fieldset");
  const legend = document.createElement("legend");
  const heading = headingOf(question.title[lang]);
  legend.append(heading);
  const pages = listsIn(lang).format(because.map((title) => strings.quoted.replace("{title}", () => title)));
  const reason = because.length ? strings["confirm-seen"].replace("{pages}", () => pages) : strings.confirm;
  const why = element("p", reason, "nearside-hint");
  const guess = element("p", answerText(question, answer, lang, strings), "nearside-flow-guess");
  guess.id = "nearside-flow-guess";
  const problem = element("p", "", "nearside-problem");
  problem.id = "nearside-flow-problem";
  group.setAttribute("aria-describedby", `${guess.id} ${problem.id}`);
  const yes = choice("radio", "yes", strings.yes, 0);
  const no = choice("radio", "no", strings.no, 1);
  group.append(legend, why, guess, problem, yes.row, no.row);
  return {
    element: group,
    heading,
    /** @returns {boolean | null} whether it is right; null where nothing was said */
    read: () => (yes.input.checked || no.input.checked ? yes.input.checked : null),
    /** @param {string} text */
    refuse(text) {
      problem.textContent = text;
      return yes.input;
    },
  };
}
