/** A flow compiled for one day: the twin of edge_client/flows/cells.py and tables.py. */

import { comparisonsOf } from "./comparisons.js";
import { ALWAYS, Diagrams, NEVER } from "./diagram.js";
import { dayNumber, momentDay } from "./day.js";
import { atOnce } from "./slices.js";

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
 * @property {{question: string, options: {option: string, means: string, asks: Words | null}[]}} [told]
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
 * @property {"quiet"} [tone]
 * @property {string[]} [pages] which ask it, where it is quiet
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
  return atOnce(compiling(flow, today));
}

/**
 * As `compileFlow`, to be interrupted after each condition.
 *
 * @param {Flow} flow
 * @param {number} today
 * @returns {Generator<void, Tables>}
 */
export function* compiling(flow, today) {
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

  /** @param {Condition | null} condition; @returns {Generator<void, number>} */
  function* made(condition) {
    yield;
    if (condition === null) {
      return ALWAYS;
    }
    if ("all" in condition) {
      let whole = ALWAYS;
      for (const part of condition.all) {
        whole = diagrams.both(whole, yield* made(part));
      }
      return whole;
    }
    if ("any" in condition) {
      let whole = NEVER;
      for (const part of condition.any) {
        whole = diagrams.either(whole, yield* made(part));
      }
      return whole;
    }
    if ("not" in condition) {
      return diagrams.negated(yield* made(condition.not));
    }
    return diagrams.both(asked.get(condition.q), yield* tested(condition));
  }

  /** @param {Exclude<Condition, {all: any} | {any: any} | {not: any}>} test; @returns {Generator<void, number>} */
  function* tested(test) {
    const each = /** @type {Cells} */ (cells.get(test.q));
    if ("in" in test) {
      return yield* oneOf(each, test.in);
    }
    if ("none" in test) {
      return diagrams.negated(yield* oneOf(each, each.options));
    }
    return leaves(each.first, each.holding(test));
  }

  /** @param {Cells} each; @param {string[]} options; @returns {Generator<void, number>} */
  function* oneOf(each, options) {
    if (each.question.kind === "single") {
      return leaves(
        each.first,
        each.options.map((option) => options.includes(option)),
      );
    }
    let whole = NEVER;
    for (const option of each.options.filter((option) => options.includes(option))) {
      const chosen = diagrams.node(each.first + each.options.indexOf(option), [NEVER, ALWAYS]);
      const open = offered.get(`${each.question.id} ${option}`) ?? ALWAYS;
      whole = diagrams.either(whole, diagrams.both(open, chosen));
      yield;
    }
    return whole;
  }

  /** @param {number} variable; @param {boolean[]} holds */
  function leaves(variable, holds) {
    return diagrams.node(
      variable,
      holds.map((held) => (held ? ALWAYS : NEVER)),
    );
  }

  for (const question of flow.questions) {
    asked.set(question.id, yield* made(question.when));
    for (const option of question.options ?? []) {
      if (option.when) {
        offered.set(`${question.id} ${option.id}`, yield* made(option.when));
      }
    }
  }
  /** @type {(number | null)[][]} */
  const needs = [];
  for (const outcome of flow.outcomes) {
    needs.push([]);
    for (const { test } of outcome.needs) {
      needs[needs.length - 1].push(test ? yield* made(test) : null);
    }
  }
  const outcomes = [];
  for (const row of needs) {
    let whole = ALWAYS;
    for (const need of row) {
      whole = need === null ? whole : diagrams.both(whole, need);
      yield;
    }
    outcomes.push(whole);
  }
  return { flow, today, cells, diagrams, asked, offered, needs, outcomes };
}

/**
 * @param {Compare} test
 * @param {number} today
 */
function bound(test, today) {
  return "to" in test ? test.to : momentDay(test.at, today);
}
