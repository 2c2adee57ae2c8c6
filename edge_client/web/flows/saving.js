/** Answers that the citizen asked this device to keep: to bytes and back, as edge_client/flows/saving.py has them. */

import { dayNumber, dayText } from "./day.js";
import { settle } from "./answers.js";
import { limits } from "./tables.js";
import { decode, encode } from "../verifier/canonical.js";
import { sha256 } from "../verifier/merkle.js";

/** @typedef {import("./answers.js").Answers} Answers */
/** @typedef {import("./tables.js").Answer} Answer */
/** @typedef {import("./tables.js").Tables} Tables */
/**
 * @typedef {object} Saved
 * @property {string} flow
 * @property {string} hash
 * @property {string} until the last day on which it may be used
 * @property {[string, string, Answer][]} answers question, digest of the question, answer
 * @property {[string, string][]} skipped
 */

const MAX_SAVED_BYTES = 64 * 1024;

/**
 * @param {import("./tables.js").Flow} flow
 * @param {Answers} answers
 * @param {number} until
 * @returns {Promise<Uint8Array>}
 */
export async function save(flow, answers, until) {
  const digests = await digestsOf(flow);
  const digest = (/** @type {string} */ id) => /** @type {string} */ (digests.get(id));
  return encode({
    v: 1,
    flow: flow.name,
    hash: hex(await sha256(encode(flow))),
    until: dayText(until),
    answers: Object.keys(answers.given)
      .sort()
      .map((id) => [id, digest(id), answers.given[id]]),
    skipped: [...answers.skipped].sort().map((id) => [id, digest(id)]),
  });
}

/**
 * @param {Uint8Array} bytes
 * @returns {Saved} throws when they are not what `save` printed
 */
export function readSaved(bytes) {
  const value = /** @type {any} */ (decode(bytes, MAX_SAVED_BYTES));
  const rows = [...(value?.answers ?? [null]), ...(value?.skipped ?? [null])];
  if (
    value?.v !== 1 ||
    !rows.every((row) => Array.isArray(row) && row.length >= 2) ||
    !(dayNumber(value.until) > 0)
  ) {
    throw new Error("saved answers: not version 1");
  }
  return value;
}

/**
 * @param {Tables} tables
 * @param {Saved} saved
 * @returns {Promise<{answers: Answers, dropped: string[]}>} throws when of another flow, or past its last day
 */
export async function resume(tables, saved) {
  if (saved.flow !== tables.flow.name || tables.today > dayNumber(saved.until)) {
    throw new Error("saved answers: of another flow, or past their last day");
  }
  const digests = await digestsOf(tables.flow);
  /** @type {Record<string, Answer>} */
  const given = {};
  for (const [id, digest, answer] of saved.answers) {
    const cells = tables.cells.get(id);
    if (cells && digests.get(id) === digest && isOwn(cells.question, cells.options, answer, tables.today)) {
      given[id] = answer;
    }
  }
  const skipped = saved.skipped.filter(
    ([id, digest]) => digests.get(id) === digest && tables.cells.get(id)?.question.optional,
  );
  const answers = settle(
    tables,
    given,
    skipped.map(([id]) => id),
  );
  const same = (/** @type {string} */ id, /** @type {Answer} */ answer) =>
    Object.hasOwn(answers.given, id) && JSON.stringify(answers.given[id]) === JSON.stringify(answer);
  const gone = new Set([
    ...saved.answers.filter(([id, , answer]) => !same(id, answer)).map(([id]) => id),
    ...saved.skipped.map(([id]) => id).filter((id) => !answers.skipped.includes(id)),
  ]);
  const order = tables.flow.questions.map(({ id }) => id);
  const known = order.filter((id) => gone.has(id));
  const unknown = [...gone].filter((id) => !order.includes(id)).sort();
  return { answers, dropped: [...known, ...unknown] };
}

/**
 * @param {import("./tables.js").Question} question
 * @param {string[]} options
 * @param {unknown} answer
 * @param {number} today
 */
function isOwn(question, options, answer, today) {
  switch (question.kind) {
    case "single":
      return typeof answer === "string" && options.includes(answer);
    case "several":
      return (
        Array.isArray(answer) &&
        JSON.stringify(answer) === JSON.stringify(options.filter((option) => answer.includes(option)))
      );
    default: {
      const value =
        question.kind === "number" ? answer : typeof answer === "string" ? dayNumber(answer) : NaN;
      const { low, high } = limits(question, today);
      return Number.isInteger(value) && low <= Number(value) && Number(value) <= high;
    }
  }
}

/**
 * @param {import("./tables.js").Flow} flow
 * @returns {Promise<Map<string, string>>} what an answer was an answer to, by question
 */
async function digestsOf(flow) {
  const rows = flow.questions.map(async (question) => {
    const digest = hex(await sha256(encode(question))).slice(0, 16);
    return /** @type {[string, string]} */ ([question.id, digest]);
  });
  return new Map(await Promise.all(rows));
}

/** @param {Uint8Array} bytes */
function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
