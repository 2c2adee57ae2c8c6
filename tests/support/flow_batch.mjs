// Answers one case a line, as tests/support/flow_twin.py does in Python: what is asked, told and kept after each move.
import { createInterface } from "node:readline";

const web = new URL("../../edge_client/web/", import.meta.url);
const { NO_ANSWERS, give, nextStep, openQuestions, possibleQuestions, resultsOf, settle, skip } =
  await import(new URL("flows/answers.js", web).href);
const { dayNumber } = await import(new URL("flows/day.js", web).href);
const { readSaved, resume, save } = await import(new URL("flows/saving.js", web).href);
const { compileFlow } = await import(new URL("flows/tables.js", web).href);

const text = (/** @type {Uint8Array} */ bytes) => new TextDecoder().decode(bytes);

/** @param {any} tables; @param {any} answers; @param {any} known */
function told(tables, answers, known) {
  const { kind, ...step } = nextStep(tables, answers, known);
  return {
    answers: answers.given,
    skipped: [...answers.skipped].sort(),
    step: kind === "finished" ? [kind] : [kind, step.question, ...(kind === "confirm" ? [step.answer] : [])],
    open: openQuestions(tables, answers),
    possible: possibleQuestions(tables, answers),
    results: resultsOf(tables, answers).map(({ status, needs }) => [status, ...needs]),
  };
}

/** @param {any} given */
async function run({ flow, today, moves, known, until, then }) {
  const tables = compileFlow(flow, dayNumber(today));
  let answers = NO_ANSWERS;
  const states = [told(tables, answers, known)];
  for (const [move, question, answer] of moves) {
    if (move === "give") {
      answers = give(tables, answers, question, answer);
    } else if (move === "skip") {
      answers = skip(tables, answers, question);
    } else {
      const { [question]: _, ...rest } = answers.given;
      answers = settle(
        tables,
        rest,
        answers.skipped.filter((/** @type {string} */ each) => each !== question),
      );
    }
    states.push(told(tables, answers, known));
  }
  const saved = await save(flow, answers, dayNumber(until));
  const resumed = await resume(compileFlow(then, dayNumber(today)), readSaved(saved));
  return {
    states,
    saved: text(saved),
    resumed: [resumed.answers.given, [...resumed.answers.skipped].sort(), resumed.dropped],
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await run(JSON.parse(line)).catch((error) => ({ error: String(error.stack) }))));
}
