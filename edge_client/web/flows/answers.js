/** Answers, what to ask next and what it all leads to: the twin of edge_client/flows/answers.py and its neighbours. */

import { dayNumber } from "./day.js";
import { ALWAYS, NEVER, isDisjoint } from "./diagram.js";
import { gaining } from "./gain.js";
import { atOnce } from "./slices.js";
import { limits } from "./tables.js";

/** @typedef {import("./tables.js").Tables} Tables */
/** @typedef {import("./tables.js").Answer} Answer */
/** @typedef {{given: Record<string, Answer>, skipped: string[]}} Answers in the flow's order */
/** @typedef {"met" | "unmet" | "unknown"} Status */
/** @typedef {{outcome: string, status: Status, needs: Status[]}} Result */
/**
 * @typedef {{kind: "ask", question: string} | {kind: "confirm", question: string, answer: Answer}
 *   | {kind: "finished"}} Step
 */

/** @type {Answers} */
export const NO_ANSWERS = { given: {}, skipped: [] };

/**
 * @param {Tables} tables
 * @param {Answers} answers
 * @param {string} question
 * @param {Answer} answer
 * @returns {Answers} throws when the question is not asked, or the answer is none of its own
 */
export function give(tables, answers, question, answer) {
  if (!fits(tables, answers, question, answer)) {
    throw new Error("flow: the answer is none of a question that is asked");
  }
  const skipped = answers.skipped.filter((each) => each !== question);
  return settle(tables, { ...answers.given, [question]: answer }, skipped);
}

/**
 * @param {Tables} tables
 * @param {Answers} answers
 * @param {string} question
 * @returns {Answers} throws when the question is not asked, or must be answered
 */
export function skip(tables, answers, question) {
  if (!isAsked(tables, answers, question) || !tables.cells.get(question)?.question.optional) {
    throw new Error("flow: the question may not be skipped");
  }
  const { [question]: _, ...rest } = answers.given;
  return settle(tables, rest, [...answers.skipped, question]);
}

/**
 * @param {Tables} tables
 * @param {Record<string, Answer>} given
 * @param {string[]} skipped
 * @returns {Answers} those that are asked and offered, given the others
 */
export function settle(tables, given, skipped) {
  /** @type {Answers} */
  const kept = { given: {}, skipped: [] };
  /** @type {Map<number, number>} */
  const known = new Map();
  for (const { id } of tables.flow.questions) {
    if (tables.diagrams.given(need(tables.asked, id), known) !== ALWAYS) {
      continue;
    }
    /** @type {Answer | undefined} */
    let answer = Object.hasOwn(given, id) ? given[id] : undefined;
    if (Array.isArray(answer) && answer.length) {
      const offered = answer.filter((option) => isOffered(tables, known, id, option));
      answer = offered.length ? offered : undefined;
    }
    if (answer !== undefined) {
      kept.given[id] = answer;
      for (const [variable, cell] of need(tables.cells, id).of(answer)) {
        known.set(variable, cell);
      }
    } else if (skipped.includes(id)) {
      kept.skipped.push(id);
    }
  }
  return kept;
}

/** @param {Tables} tables; @param {Answers} answers; @returns {Map<number, number>} */
function cellsOf(tables, answers) {
  return new Map(Object.entries(answers.given).flatMap(([id, answer]) => need(tables.cells, id).of(answer)));
}

/** @param {Tables} tables; @param {Answers} answers; @param {string} question */
export function isAsked(tables, answers, question) {
  const asked = tables.asked.get(question);
  return asked !== undefined && tables.diagrams.given(asked, cellsOf(tables, answers)) === ALWAYS;
}

/**
 * @param {Tables} tables
 * @param {Answers} answers
 * @param {string} question
 * @returns {import("./tables.js").Option[]} those that the answers do not rule out
 */
export function offeredOptions(tables, answers, question) {
  const known = cellsOf(tables, answers);
  const options = need(tables.cells, question).question.options ?? [];
  return options.filter(({ id }) => isOffered(tables, known, question, id));
}

/**
 * @param {Tables} tables
 * @param {Answers} answers
 * @param {string} question
 * @param {Answer} answer
 * @returns {boolean} whether it is an answer to a question that is asked
 */
export function fits(tables, answers, question, answer) {
  if (!isAsked(tables, answers, question)) {
    return false;
  }
  const asked = need(tables.cells, question).question;
  const offered = offeredOptions(tables, answers, question).map(({ id }) => id);
  if (asked.kind === "single") {
    return typeof answer === "string" && offered.includes(answer);
  }
  if (asked.kind === "several") {
    return Array.isArray(answer) && `${answer}` === `${offered.filter((option) => answer.includes(option))}`;
  }
  const { low, high } = limits(asked, tables.today);
  const value = asked.kind === "number" ? answer : typeof answer === "string" ? dayNumber(answer) : NaN;
  return typeof value === "number" && Number.isInteger(value) && low <= value && value <= high;
}

/**
 * @param {Tables} tables
 * @param {Answers} answers
 * @param {Record<string, Answer>} [known] answers that the citizen has not given but may confirm
 * @returns {Step}
 */
export function nextStep(tables, answers, known = {}) {
  return atOnce(stepping(tables, answers, known));
}

/**
 * As `nextStep`, to be interrupted after each outcome that is looked at.
 *
 * @param {Tables} tables
 * @param {Answers} answers
 * @param {Record<string, Answer>} known
 * @returns {Generator<void, Step>}
 */
export function* stepping(tables, answers, known) {
  const undecided = yield* undeciding(tables, answers);
  for (const node of undecided) {
    tables.diagrams.support(node);
    yield;
  }
  const ready = openQuestions(tables, answers, undecided);
  if (!ready.length) {
    return { kind: "finished" };
  }
  let question = ready[0];
  if (tables.flow.order === "gain" && ready.length > 1) {
    let best = -1;
    for (const each of ready) {
      const found = yield* gaining(tables.diagrams, undecided, need(tables.cells, each).variables);
      // Strictly more: of two that tell as much, the first in the flow is put.
      if (found > best) {
        question = each;
        best = found;
      }
    }
  }
  return Object.hasOwn(known, question) && fits(tables, answers, question, known[question])
    ? { kind: "confirm", question, answer: known[question] }
    : { kind: "ask", question };
}

/**
 * @param {Tables} tables
 * @param {Answers} answers
 * @param {number[]} [undecided]
 * @returns {string[]} questions that can be put now and may change an outcome
 */
export function openQuestions(tables, answers, undecided = undecidedOf(tables, answers)) {
  const known = cellsOf(tables, answers);
  const matters = new Set(undecided.flatMap((node) => [...tables.diagrams.support(node)]));
  return tables.flow.questions
    .map(({ id }) => id)
    .filter(
      (id) =>
        !Object.hasOwn(answers.given, id) &&
        !answers.skipped.includes(id) &&
        !isDisjoint(need(tables.cells, id).variables, matters) &&
        tables.diagrams.given(need(tables.asked, id), known) === ALWAYS,
    );
}

/**
 * @param {Tables} tables
 * @param {Answers} answers
 * @returns {string[]} questions that may still come, as far as is known
 */
export function possibleQuestions(tables, answers) {
  const silent = silentOf(tables, answers, cellsOf(tables, answers));
  const matters = new Set(undecidedOf(tables, answers).flatMap((node) => [...tables.diagrams.support(node)]));
  return tables.flow.questions
    .map(({ id }) => id)
    .filter(
      (id) =>
        !Object.hasOwn(answers.given, id) &&
        !isDisjoint(need(tables.cells, id).variables, matters) &&
        isDisjoint(need(tables.cells, id).variables, silent),
    );
}

/**
 * @param {Tables} tables
 * @param {Answers} answers
 * @returns {Result[]} every outcome, in the flow's order
 */
export function resultsOf(tables, answers) {
  const known = cellsOf(tables, answers);
  /** @param {number | null} node; @returns {Status} */
  const status = (node) => {
    const left = node === null ? null : tables.diagrams.given(node, known);
    return left === ALWAYS ? "met" : left === NEVER ? "unmet" : "unknown";
  };
  return tables.flow.outcomes.map(({ id }, at) => {
    const whole = status(tables.outcomes[at]);
    const open = whole === "met" && tables.needs[at].includes(null);
    return { outcome: id, status: open ? "unknown" : whole, needs: tables.needs[at].map(status) };
  });
}

/** @param {Tables} tables; @param {Answers} answers */
function undecidedOf(tables, answers) {
  return atOnce(undeciding(tables, answers));
}

/**
 * @param {Tables} tables
 * @param {Answers} answers
 * @returns {Generator<void, number[]>} what is still open of each outcome, for whatever was skipped, and for some of it
 */
function* undeciding(tables, answers) {
  const known = cellsOf(tables, answers);
  const silent = silentOf(tables, answers, known);
  const undecided = [];
  for (const outcome of tables.outcomes) {
    const node = tables.diagrams.given(outcome, known);
    const ends = [true, false].map((every) =>
      silent.size ? tables.diagrams.over(node, silent, every) : node,
    );
    undecided.push(...ends.filter((end) => end !== ALWAYS && end !== NEVER));
    yield;
  }
  return undecided;
}

/**
 * @param {Tables} tables
 * @param {Answers} answers
 * @param {Map<number, number>} known
 * @returns {Set<number>} variables of what was skipped, and of what is asked only after that
 */
function silentOf(tables, answers, known) {
  /** @type {Set<number>} */
  const silent = new Set();
  for (const { id } of tables.flow.questions) {
    const asked = tables.diagrams.given(need(tables.asked, id), known);
    if (
      answers.skipped.includes(id) ||
      (silent.size > 0 && tables.diagrams.over(asked, silent, true) === NEVER)
    ) {
      need(tables.cells, id).variables.forEach((variable) => silent.add(variable));
    }
  }
  return silent;
}

/** @param {Tables} tables; @param {Map<number, number>} known; @param {string} question; @param {string} option */
function isOffered(tables, known, question, option) {
  return tables.diagrams.given(tables.offered.get(`${question} ${option}`) ?? ALWAYS, known) !== NEVER;
}

/**
 * @template V
 * @param {Map<string, V>} map
 * @param {string} key
 * @returns {V}
 */
function need(map, key) {
  const found = map.get(key);
  if (found === undefined) {
    throw new Error("flow: no such question");
  }
  return found;
}
