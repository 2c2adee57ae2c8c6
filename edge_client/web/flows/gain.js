/**
 * Which question tells most: the twin of edge_client/flows/gain.py, which states the measure. Only sums, products and
 * quotients, in the same order as there, so that both find the same.
 */

import { ALWAYS, NEVER, isDisjoint, kept } from "./diagram.js";

/** @typedef {import("./diagram.js").Diagrams} Diagrams */

/** Gains are compared in billionths, so that rounding breaks no tie. */
const WHOLE = 1_000_000_000;

/**
 * @param {Diagrams} diagrams
 * @param {readonly number[]} open
 * @param {ReadonlySet<number>} variables
 * @returns {Generator<void, number>} what a question with these variables explains of the outcomes, in billionths
 */
export function* gaining(diagrams, open, variables) {
  let total = 0;
  for (const node of open) {
    total += explained(diagrams, node, variables);
    yield;
  }
  return Math.floor(total * WHOLE + 0.5);
}

/**
 * @param {Diagrams} diagrams
 * @param {number} node
 * @param {ReadonlySet<number>} variables
 */
function explained(diagrams, node, variables) {
  if (isDisjoint(diagrams.support(node), variables)) {
    return 0;
  }
  const chance = diagrams.chance(node);
  if (variables.size > 1) {
    return secondMoment(diagrams, node, node, variables, new Map()) - chance * chance;
  }
  const [variable] = variables;
  const squares = chancesOf(diagrams, node, variable, new Map()).reduce(
    (total, each) => total + each * each,
    0,
  );
  return squares / diagrams.sizes[variable] - chance * chance;
}

/**
 * @param {Diagrams} diagrams
 * @param {number} node
 * @param {number} variable
 * @param {Map<number, number[]>} done
 * @returns {number[]} the chance that it holds in each cell of the variable
 */
function chancesOf(diagrams, node, variable, done) {
  const size = diagrams.sizes[variable];
  if (!diagrams.support(node).has(variable)) {
    return Array(size).fill(diagrams.chance(node));
  }
  const found = done.get(node);
  if (found) {
    return found;
  }
  const branches = diagrams.branches(node);
  if (diagrams.variable(node) === variable) {
    return kept(
      done,
      node,
      branches.map((to) => diagrams.chance(to)),
    );
  }
  const totals = Array(size).fill(0);
  for (const [to, count] of counted(branches)) {
    chancesOf(diagrams, to, variable, done).forEach((each, cell) => (totals[cell] += count * each));
  }
  return kept(
    done,
    node,
    totals.map((total) => total / branches.length),
  );
}

/**
 * @param {Diagrams} diagrams
 * @param {number} one
 * @param {number} other
 * @param {ReadonlySet<number>} variables
 * @param {Map<string, number>} done
 * @returns {number} the chance that both hold when they share the answer and nothing else
 */
function secondMoment(diagrams, one, other, variables, done) {
  if (one === NEVER || other === NEVER) {
    return 0;
  }
  if (one === ALWAYS || other === ALWAYS) {
    return diagrams.chance(one === ALWAYS ? other : one);
  }
  if (isDisjoint(diagrams.support(one), variables) || isDisjoint(diagrams.support(other), variables)) {
    return diagrams.chance(one) * diagrams.chance(other);
  }
  const key = `${one} ${other}`;
  const found = done.get(key);
  if (found !== undefined) {
    return found;
  }
  const top = Math.min(diagrams.variable(one), diagrams.variable(other));
  const size = diagrams.sizes[top];
  const [left, right] = [one, other].map((node) => diagrams.at(node, top));
  let total = 0;
  if (variables.has(top)) {
    const pairs = counted(left.map((branch, cell) => `${branch} ${right[cell]}`));
    for (const [pair, count] of pairs) {
      const [first, second] = pair.split(" ").map(Number);
      total += count * secondMoment(diagrams, first, second, variables, done);
    }
    return kept(done, key, total / size);
  }
  const theirs = counted(right);
  for (const [first, count] of counted(left)) {
    for (const [second, times] of theirs) {
      total += count * times * secondMoment(diagrams, first, second, variables, done);
    }
  }
  return kept(done, key, total / (size * size));
}

/**
 * @template T
 * @param {readonly T[]} values
 * @returns {Map<T, number>} how often each occurs, in the order of the first
 */
function counted(values) {
  const counts = new Map();
  for (const value of values) {
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return counts;
}
