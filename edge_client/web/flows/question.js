/** One question as a page shows it, and the answer as somebody gave it. */

import { dayText } from "./day.js";
import { offeredOptions } from "./answers.js";
import { dayField, entry, named } from "./entry.js";
import { limits } from "./tables.js";
import { headingOf, latin, printDay } from "./words.js";
import { numbersIn } from "../locale.js";
import { element } from "../markup.js";

/** @typedef {import("./tables.js").Answer} Answer */
/** @typedef {import("./tables.js").Question} Question */
/** @typedef {import("../words.js").Strings} Strings */
/**
 * @typedef {object} Put
 * @property {Question} question
 * @property {import("./tables.js").Tables} tables
 * @property {import("./answers.js").Answers} answers
 * @property {string} lang
 * @property {Strings} strings
 */
/**
 * @typedef {object} Field
 * @property {HTMLElement} element a group with the question for its legend
 * @property {HTMLElement} heading
 * @property {() => {answer: Answer} | {problem: string}} read
 * @property {(problem: string) => HTMLElement} refuse shows what is wrong; the control to go to
 */

/** So many options are a list to choose from, not a column of buttons. */
const MANY = 15;

/**
 * @param {Put} put
 * @returns {Field}
 */
export function showQuestion(put) {
  const { question, lang, strings } = put;
  const group = document.createElement("fieldset");
  const legend = document.createElement("legend");
  const heading = headingOf(question.title[lang]);
  legend.append(heading);
  group.append(legend);
  const notes = [question.hint?.[lang], question.kind === "several" ? strings.all : undefined];
  const described = notes.flatMap((note, at) => {
    const made = note ? element("p", note, "nearside-hint") : null;
    made?.setAttribute("id", `nearside-flow-hint-${at}`);
    return made ? [made] : [];
  });
  const problem = element("p", "", "nearside-problem");
  problem.id = "nearside-flow-problem";
  group.setAttribute("aria-describedby", [...described.map(({ id }) => id), problem.id].join(" "));
  const { parts, first, read } = controls(put);
  group.append(...described, problem, ...parts);
  return {
    element: group,
    heading,
    read,
    refuse(text) {
      problem.textContent = text;
      for (const control of group.querySelectorAll("input, select")) {
        control.setAttribute("aria-invalid", "true");
      }
      return first;
    },
  };
}

/** @param {Put} put */
function controls(put) {
  switch (put.question.kind) {
    case "single":
      return offeredOptions(put.tables, put.answers, put.question.id).length > MANY ? list(put) : radios(put);
    case "several":
      return boxes(put);
    case "date":
      return dateParts(put);
    case "number":
      return number(put);
  }
}

/** @param {Put} put */
function radios({ question, tables, answers, lang, strings }) {
  const options = offeredOptions(tables, answers, question.id);
  const made = options.map(({ id, text }, at) => {
    const row = choice("radio", id, text[lang], at);
    row.input.checked = answers.given[question.id] === id;
    return row;
  });
  return {
    parts: made.map(({ row }) => row),
    first: made[0].input,
    read() {
      const chosen = made.find(({ input }) => input.checked);
      return chosen ? { answer: chosen.input.value } : { problem: strings["choose-one"] };
    },
  };
}

/** @param {Put} put */
function list({ question, tables, answers, lang, strings }) {
  const select = document.createElement("select");
  select.id = "nearside-flow-0";
  const label = named(select, question.title[lang]);
  select.append(new Option(strings.select, ""));
  const sorted = offeredOptions(tables, answers, question.id).toSorted((one, other) =>
    one.text[lang].localeCompare(other.text[lang], lang),
  );
  for (const { id, text } of sorted) {
    select.append(new Option(text[lang], id, false, answers.given[question.id] === id));
  }
  return {
    parts: [label, select],
    first: select,
    read: () => (select.value ? { answer: select.value } : { problem: strings["choose-one"] }),
  };
}

/** @param {Put} put */
function boxes({ question, tables, answers, lang, strings }) {
  const options = offeredOptions(tables, answers, question.id);
  const given = answers.given[question.id];
  const made = options.map(({ id, text }, at) => {
    const row = choice("checkbox", id, text[lang], at);
    row.input.checked = Array.isArray(given) && given.includes(id);
    return row;
  });
  const none = choice("checkbox", "", question.none?.[lang] ?? "", options.length);
  none.row.classList.add("nearside-flow-none");
  none.input.checked = Array.isArray(given) && given.length === 0;
  none.input.addEventListener("change", () => {
    made.forEach(({ input }) => (input.checked &&= !none.input.checked));
  });
  for (const { input } of made) {
    input.addEventListener("change", () => (none.input.checked &&= !input.checked));
  }
  return {
    parts: [...made, none].map(({ row }) => row),
    first: (made[0] ?? none).input,
    read() {
      const answer = made.filter(({ input }) => input.checked).map(({ input }) => input.value);
      const said = answer.length > 0 || none.input.checked;
      return said
        ? { answer }
        : { problem: strings["choose-some"].replace("{none}", question.none?.[lang] ?? "") };
    },
  };
}

/** @param {Put} put */
function dateParts({ question, tables, answers, lang, strings }) {
  const given = answers.given[question.id];
  const field = dayField("nearside-flow", strings, typeof given === "string" ? given : "");
  const { low, high } = limits(question, tables.today);
  return {
    parts: [field.row],
    first: field.first,
    read() {
      const number = field.read();
      if (Number.isNaN(number)) {
        return { problem: strings["bad-day"] };
      }
      if (number < low || number > high) {
        const limit = printDay(dayText(number < low ? low : high), lang);
        return { problem: strings[number < low ? "too-early" : "too-late"].replace("{limit}", limit) };
      }
      return { answer: dayText(number) };
    },
  };
}

/** @param {Put} put */
function number({ question, tables, answers, lang, strings }) {
  const given = answers.given[question.id];
  const { part, input } = entry(
    "nearside-flow-0",
    question.title[lang],
    8,
    given === undefined ? "" : `${given}`,
  );
  part.querySelector("label")?.classList.add("nearside-flow-quiet");
  if (question.unit) {
    part.append(element("span", question.unit[lang], "nearside-flow-unit"));
  }
  const { low, high } = limits(question, tables.today);
  const print = numbersIn(lang);
  return {
    parts: [part],
    first: input,
    read() {
      const text = latin(input.value);
      const answer = /^-?\d+$/.test(text) ? Number(text) : NaN;
      return answer >= low && answer <= high
        ? { answer }
        : {
            problem: strings["bad-number"]
              .replace("{low}", print.format(low))
              .replace("{high}", print.format(high)),
          };
    },
  };
}

/**
 * @param {"radio" | "checkbox"} type
 * @param {string} value
 * @param {string} text
 * @param {number} at
 */
export function choice(type, value, text, at) {
  const input = document.createElement("input");
  input.type = type;
  input.name = "nearside-flow";
  input.value = value;
  input.id = `nearside-flow-${at}`;
  const row = document.createElement("div");
  row.className = "nearside-radio";
  row.append(input, named(input, text));
  return { row, input };
}
