/** Why something is shown, from the conditions without which it would not be: the twin of `edge_client/explanation.py`. */

import { becauseOf } from "./truths.js";

/** @typedef {{kind: string, because: number | null, named: string[]}} Reason */

const OF_THE_MOMENT = ["hours", "open", "device", "language", "began_from"];
const OF_A_PAGE = ["task", "done", "often", "clicked", "read", "marked"];

/** What the kinds of condition say where they hold. */
const SAYS = new Map([
  ["answered", "told"],
  ["visited", "often"],
  ["archetype", "alike"],
]);

/** What the kinds of signal say. */
const NOTICED = new Map([
  ["clicked", "clicked"],
  ["read", "read"],
  ["searched", "searched"],
  ["form-begun", "task"],
  ["form-finished", "done"],
  ["marked", "marked"],
]);

/**
 * @param {Pick<import("./pipeline.js").Offer, "rule" | "follows">} offer of no rule where the citizen pinned it, or follows its topic
 * @param {import("./gathering.js").Moment} moment
 * @param {import("./rules.js").Rules} rules
 * @returns {Reason}
 */
export function reasonOf({ rule, follows }, moment, { definitions }) {
  if (!rule) {
    return { kind: follows ? "followed" : "pinned", because: null, named: [] };
  }
  const named = rule.when === null ? [] : becauseOf(rule.when, definitions, moment.leaves);
  if (named.length === 0) {
    return { kind: "everyone", because: null, named };
  }
  const when = definitions.find(({ name }) => name === named[0])?.when ?? {};
  const kind = kindOf(when, moment.leaves.get(named[0]) === true);
  const because = OF_A_PAGE.includes(kind) ? (moment.because.get(named[0]) ?? null) : null;
  return { kind, because, named };
}

/**
 * @param {import("./conditions.js").When} when
 * @param {boolean} holds
 * @returns {string}
 */
function kindOf(when, holds) {
  const [kind] = Object.keys(when);
  if (kind === "first_visit") {
    return holds ? "first" : "returning";
  }
  if (OF_THE_MOMENT.includes(kind)) {
    return "context";
  }
  if (!holds) {
    return "absent";
  }
  if (kind === "task") {
    return when.task.is === "begun" ? "task" : "done";
  }
  return (kind === "noticed" ? NOTICED.get(when.noticed.kind) : SAYS.get(kind)) ?? "alike";
}
