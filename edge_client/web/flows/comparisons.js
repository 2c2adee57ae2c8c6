/** What the days and numbers of a flow are compared with: between two of those no answer differs from another. */

/** @typedef {import("./tables.js").Compare} Compare */
/** @typedef {import("./tables.js").Condition} Condition */
/** @typedef {import("./tables.js").Flow} Flow */

/**
 * @param {Flow} flow
 * @returns {Map<string, Map<string, Compare>>} what days and numbers are compared with, by question, in the file's order
 */
export function comparisonsOf(flow) {
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
