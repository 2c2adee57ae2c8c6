/** What answers lead to, and the answers themselves to check: lists that say why. */

import { isAsked, openQuestions, possibleQuestions, resultsOf } from "./answers.js";
import { answerText } from "./words.js";
import { button, element } from "../markup.js";

/** @typedef {import("./tables.js").Outcome} Outcome */
/** @typedef {import("./answers.js").Result} Result */
/**
 * @typedef {object} Shown
 * @property {import("./tables.js").Tables} tables
 * @property {import("./answers.js").Answers} answers
 * @property {string} lang
 * @property {import("../words.js").Strings} strings
 */

/**
 * @param {Shown} shown
 * @returns {HTMLElement[]} what may be got or needed, what depends on more, and what does not apply
 */
export function showResults(shown) {
  const { tables, answers, strings } = shown;
  const { flow } = tables;
  const rows = resultsOf(tables, answers).map((result, at) => ({ outcome: flow.outcomes[at], result }));
  const [met, open, not] = ["met", "unknown", "unmet"].map((status) =>
    rows.filter(({ result }) => result.status === status),
  );
  const parts = [element("p", strings["not-a-decision"], "nearside-inset")];
  if (met.length) {
    parts.push(element("h3", strings[`results-${flow.tells}`]), ...grouped(met, shown));
  } else if (!open.length) {
    parts.push(element("p", strings.nothing));
  }
  if (open.length) {
    parts.push(element("h3", strings.depends), ...grouped(open, shown));
  }
  if (not.length) {
    const rest = details(strings.not.replace("{count}", String(not.length)));
    rest.append(list(not, shown));
    parts.push(rest);
  }
  return parts;
}

/**
 * @param {{outcome: Outcome, result: Result}[]} rows
 * @param {Shown} shown
 */
function grouped(rows, shown) {
  const groups = shown.tables.flow.groups.filter(({ id }) =>
    rows.some(({ outcome }) => outcome.groups[0] === id),
  );
  const bare = rows.filter(({ outcome }) => !outcome.groups.length);
  return [
    ...(bare.length ? [list(bare, shown)] : []),
    ...groups.flatMap(({ id, title }) => [
      element("h4", title[shown.lang]),
      list(
        rows.filter(({ outcome }) => outcome.groups[0] === id),
        shown,
      ),
    ]),
  ];
}

/**
 * @param {{outcome: Outcome, result: Result}[]} rows
 * @param {Shown} shown
 */
function list(rows, { lang, strings }) {
  const made = document.createElement("ul");
  made.className = "nearside-flow-outcomes";
  for (const { outcome, result } of rows) {
    const line = document.createElement("li");
    const title = element(outcome.href ? "a" : "strong", outcome.title[lang]);
    if (outcome.href) {
      title.setAttribute("href", outcome.href[lang]);
    }
    line.append(title);
    for (const text of (outcome.summary?.[lang] ?? "").split("\n").filter(Boolean)) {
      line.append(element("p", text));
    }
    if (outcome.by) {
      line.append(element("p", strings.by.replace("{by}", outcome.by[lang]), "nearside-hint"));
    }
    line.append(reasons(outcome, result, { lang, strings }));
    made.append(line);
  }
  return made;
}

/**
 * @param {Outcome} outcome
 * @param {Result} result
 * @param {{lang: string, strings: import("../words.js").Strings}} said
 */
function reasons(outcome, result, { lang, strings }) {
  const needs = document.createElement("ul");
  // Of what applies every need holds; else those are told that stand in the way, or that nobody knows.
  const failed = result.needs.includes("unmet") ? "unmet" : "unknown";
  const wanted = result.status === "met" ? "met" : result.status === "unmet" ? failed : "unknown";
  outcome.needs.forEach(({ text }, at) => {
    if (result.needs[at] === wanted) {
      needs.append(element("li", text[lang]));
    }
  });
  if (result.status === "met") {
    const why = details(strings.why);
    why.append(outcome.needs.length ? needs : element("p", strings["why-always"]));
    return why;
  }
  const because = document.createElement("div");
  because.append(element("p", strings[result.status === "unmet" ? "because" : "depends-on"]), needs);
  return because;
}

/**
 * @param {Shown} shown
 * @param {(question: string) => void} change
 * @returns {HTMLElement} the answers so far, each with a button to change it
 */
export function showAnswers({ tables, answers, lang, strings }, change) {
  const made = document.createElement("dl");
  made.className = "nearside-flow-answers";
  for (const question of tables.flow.questions) {
    const said = Object.hasOwn(answers.given, question.id);
    if (!isAsked(tables, answers, question.id) || (!said && !answers.skipped.includes(question.id))) {
      continue;
    }
    const row = document.createElement("div");
    const action = document.createElement("dd");
    const again = button(strings.change, "nearside-link", question.title[lang]);
    again.addEventListener("click", () => change(question.id));
    action.append(again);
    const answer = answerText(question, answers.given[question.id], lang, strings);
    row.append(element("dt", question.title[lang]), element("dd", answer), action);
    made.append(row);
  }
  return made;
}

/**
 * @param {Shown} shown
 * @param {(question: string) => void} go
 * @returns {HTMLElement[]} the parts of the flow and how far each is; none where it has no parts
 */
export function showTasks({ tables, answers, lang, strings }, go) {
  const { sections, questions } = tables.flow;
  if (sections.length < 2) {
    return [];
  }
  const made = document.createElement("ol");
  made.className = "nearside-flow-tasks";
  const open = openQuestions(tables, answers);
  const possible = possibleQuestions(tables, answers);
  for (const { id, title } of sections) {
    const own = questions.filter(({ section }) => section === id).map((question) => question.id);
    const done = own.filter((each) => Object.hasOwn(answers.given, each) || answers.skipped.includes(each));
    const left = own.filter((each) => possible.includes(each));
    const status = left.length ? (done.length ? "some" : "none") : done.length ? "done" : "nothing";
    const first = own.find((each) => open.includes(each)) ?? done[0];
    const line = document.createElement("li");
    const name = first ? button(title[lang], "nearside-link") : element("span", title[lang]);
    if (first) {
      name.addEventListener("click", () => go(first));
    }
    const tag = element("span", strings[`task-${status}`], "nearside-flow-tag");
    tag.dataset.status = status;
    line.append(name, tag);
    made.append(line);
  }
  return [element("h2", strings.tasks, "nearside-flow-part"), made];
}

/** @param {string} text */
function details(text) {
  const made = document.createElement("details");
  made.className = "nearside-details";
  made.append(element("summary", text));
  return made;
}
