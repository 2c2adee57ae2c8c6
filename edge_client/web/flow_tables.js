/** A flow compiled for one day: the twin of edge_client/flows/cells.py and tables.py. */

import { ALWAYS, Diagrams, NEVER } from "./flow_diagram.js";
import { dayNumber, momentDay } from "./flow_day.js";

/** @typedef {Record<string, string>} Words one text in each language of its flow */
/** @typedef {{on: string} | {ago: number, unit: "years" | "months" | "days"}} Moment */
/** @typedef {{q: string, op: string, to: number} | {q: string, op: string, at: Moment}} Compare */
/**
 * @typedef {{all: Condition[]} | {any: Condition[]} | {not: Condition} | {q: string, in: string[]}
 *   | {q: string, none: true} | Compare} Condition
 */
/** @typedef {{id: string, text: Words, pages: string[], when: Condition | null}} Option */
/**
 * @typedef {object} Question as docs/formats/flow.md has it
 * @property {string} id
 * @property {"single" | "several" | "date" | "number"} kind
 * @property {Words} title
 * @property {Words | null} hint
 * @property {string | null} section
 * @property {boolean} optional
 * @property {Condition | null} when
 * @property {Option[]} [options]
 * @property {Words} [none]
 * @property {any} [low] a number for numbers, a moment or null for days
 * @property {any} [high]
 * @property {Words | null} [unit]
 */
/** @typedef {{text: Words, test: Condition | null}} Need */
/**
 * @typedef {object} Outcome
 * @property {string} id
 * @property {Words} title
 * @property {Words | null} summary
 * @property {Words | null} href
 * @property {Words | null} by
 * @property {string[]} groups
 * @property {Need[]} needs
 */
/**
 * @typedef {object} Flow
 * @property {string} name
 * @property {string[]} languages
 * @property {Words} title
 * @property {Words} summary
 * @property {"author" | "gain"} order
 * @property {"may-get" | "may-need"} tells
 * @property {string | null} life_event
 * @property {{id: string, title: Words}[]} sections
 * @property {{id: string, title: Words}[]} groups
 * @property {Question[]} questions
 * @property {Outcome[]} outcomes
 */
/** @typedef {string | string[] | number} Answer an option or a day, several options, a number */

const DAY = { low: 1, high: 3_652_059 };

/** @type {Record<string, (left: number, right: number) => boolean>} */
const OPS = {
  "<": (left, right) => left < right,
  "<=": (left, right) => left <= right,
  "=": (left, right) => left === right,
  ">=": (left, right) => left >= right,
  ">": (left, right) => left > right,
};

/** One question's variables, and which of them an answer settles. */
class Cells {
  /**
   * @param {Question} question
   * @param {number} first
   * @param {Compare[]} compared
   * @param {number} today
   */
  constructor(question, first, compared, today) {
    this.question = question;
    this.first = first;
    this.options = (question.options ?? []).map(({ id }) => id);
    this.variables = new Set(
      Array.from({ length: question.kind === "several" ? this.options.length : 1 }, (_, at) => first + at),
    );
    this.keys = compared.map((test) => JSON.stringify(test));
    this.tests = compared.map((test) => /** @type {const} */ ([OPS[test.op], bound(test, today)]));
    /** @type {string[]} which comparisons hold, for each cell of a day or a number */
    this.signatures = [];
    if (question.kind === "date" || question.kind === "number") {
      const { low, high } = limits(question, today);
      // Truth changes at a bound or right after it, nowhere else.
      const ends = [low, high, ...this.tests.flatMap(([, at]) => [at - 1, at, at + 1])];
      const inside = ends.filter((end) => low <= end && end <= high).sort((one, other) => one - other);
      this.signatures = [...new Set(inside.map((end) => this.signature(end)))];
    }
    /** @type {Record<string, number>} */
    const sizes = { single: this.options.length, several: 2 };
    this.size = sizes[question.kind] ?? this.signatures.length;
  }

  /** @param {number} value */
  signature(value) {
    return this.tests.map(([holds, at]) => (holds(value, at) ? "1" : "0")).join("");
  }

  /**
   * @param {Answer} answer
   * @returns {[number, number][]} variables and their cells
   */
  of(answer) {
    switch (this.question.kind) {
      case "single":
        return [[this.first, this.options.indexOf(String(answer))]];
      case "several": {
        const chosen = /** @type {string[]} */ (answer);
        return this.options.map((option, at) => [this.first + at, Number(chosen.includes(option))]);
      }
      default: {
        const value = typeof answer === "number" ? answer : dayNumber(String(answer));
        return [[this.first, this.signatures.indexOf(this.signature(value))]];
      }
    }
  }

  /** @param {Compare} test; @returns {boolean[]} whether it holds, cell by cell */
  holding(test) {
    const place = this.keys.indexOf(JSON.stringify(test));
    return this.signatures.map((signature) => signature[place] === "1");
  }
}

/**
 * @param {Question} question
 * @param {number} today
 * @returns {{low: number, high: number}} the least and the greatest answer
 */
export function limits({ kind, low, high }, today) {
  if (kind === "number") {
    return { low, high };
  }
  const least = low ? momentDay(low, today) : DAY.low;
  return { low: least, high: Math.max(least, high ? momentDay(high, today) : DAY.high) };
}

/**
 * @typedef {object} Tables
 * @property {Flow} flow
 * @property {number} today
 * @property {Map<string, Cells>} cells
 * @property {Diagrams} diagrams
 * @property {Map<string, number>} asked for whom each question is asked
 * @property {Map<string, number>} offered for whom an option with a condition is, by `question option`
 * @property {(number | null)[][]} needs of each outcome
 * @property {number[]} outcomes
 */

/**
 * @param {Flow} flow
 * @param {number} today as `dayNumber` counts
 * @returns {Tables} throws when its conditions are too involved
 */
export function compileFlow(flow, today) {
  const compared = comparisonsOf(flow);
  /** @type {Map<string, Cells>} */
  const cells = new Map();
  /** @type {number[]} */
  const sizes = [];
  for (const question of flow.questions) {
    const each = new Cells(question, sizes.length, [...(compared.get(question.id)?.values() ?? [])], today);
    cells.set(question.id, each);
    sizes.push(...Array(each.variables.size).fill(each.size));
  }
  const diagrams = new Diagrams(sizes);
  const asked = new Map();
  const offered = new Map();

  /** @param {Condition | null} condition; @returns {number} */
  function made(condition) {
    if (condition === null) {
      return ALWAYS;
    }
    if ("all" in condition) {
      return condition.all.reduce((whole, part) => diagrams.both(whole, made(part)), ALWAYS);
    }
    if ("any" in condition) {
      return condition.any.reduce((whole, part) => diagrams.either(whole, made(part)), NEVER);
    }
    if ("not" in condition) {
      return diagrams.negated(made(condition.not));
    }
    return diagrams.both(asked.get(condition.q), tested(condition));
  }

  /** @param {Exclude<Condition, {all: any} | {any: any} | {not: any}>} test; @returns {number} */
  function tested(test) {
    const each = /** @type {Cells} */ (cells.get(test.q));
    if ("in" in test) {
      return oneOf(each, test.in);
    }
    if ("none" in test) {
      return diagrams.negated(oneOf(each, each.options));
    }
    return leaves(each.first, each.holding(test));
  }

  /** @param {Cells} each; @param {string[]} options */
  function oneOf(each, options) {
    if (each.question.kind === "single") {
      return leaves(
        each.first,
        each.options.map((option) => options.includes(option)),
      );
    }
    return each.options.reduce((whole, option, at) => {
      if (!options.includes(option)) {
        return whole;
      }
      const chosen = diagrams.node(each.first + at, [NEVER, ALWAYS]);
      const open = offered.get(`${each.question.id} ${option}`) ?? ALWAYS;
      return diagrams.either(whole, diagrams.both(open, chosen));
    }, NEVER);
  }

  /** @param {number} variable; @param {boolean[]} holds */
  function leaves(variable, holds) {
    return diagrams.node(
      variable,
      holds.map((held) => (held ? ALWAYS : NEVER)),
    );
  }

  for (const question of flow.questions) {
    asked.set(question.id, made(question.when));
    for (const option of question.options ?? []) {
      if (option.when) {
        offered.set(`${question.id} ${option.id}`, made(option.when));
      }
    }
  }
  const needs = flow.outcomes.map((outcome) => outcome.needs.map(({ test }) => (test ? made(test) : null)));
  const outcomes = needs.map((row) =>
    row.reduce(
      (/** @type {number} */ whole, need) => (need === null ? whole : diagrams.both(whole, need)),
      ALWAYS,
    ),
  );
  return { flow, today, cells, diagrams, asked, offered, needs, outcomes };
}

/**
 * @param {Flow} flow
 * @returns {Map<string, Map<string, Compare>>} what days and numbers are compared with, by question, in the file's order
 */
function comparisonsOf(flow) {
  /** @type {Map<string, Map<string, Compare>>} */
  const found = new Map();
  /** @param {Condition | null} condition */
  function look(condition) {
    if (condition === null) {
      return;
    }
    if ("all" in condition) {
      condition.all.forEach(look);
    } else if ("any" in condition) {
      condition.any.forEach(look);
    } else if ("not" in condition) {
      look(condition.not);
    } else if ("op" in condition) {
      const its = found.get(condition.q) ?? new Map();
      found.set(condition.q, its.set(JSON.stringify(condition), condition));
    }
  }
  for (const question of flow.questions) {
    look(question.when);
    (question.options ?? []).forEach(({ when }) => look(when));
  }
  flow.outcomes.forEach(({ needs }) => needs.forEach(({ test }) => look(test)));
  return found;
}

/**
 * @param {Compare} test
 * @param {number} today
 */
function bound(test, today) {
  return "to" in test ? test.to : momentDay(test.at, today);
}
