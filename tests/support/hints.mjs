// Walks a flow with the page's own code, given [flow, today, visits, answers by question]: prints what was put,
// each as [kind, question], and why what was only confirmed was suggested.
import { readFileSync } from "node:fs";

const web = (/** @type {string} */ name) =>
  import(new URL(`../../edge_client/web/flows/${name}.js`, import.meta.url).href);
const [{ compileFlow }, { NO_ANSWERS, give, nextStep }, { dayNumber }, { hintsFrom }] = await Promise.all(
  ["tables", "answers", "day", "known"].map(web),
);
const [flow, today, visits, truth] = JSON.parse(readFileSync(0, "utf8"));
const tables = compileFlow(flow, dayNumber(today));
const hints = hintsFrom(flow, visits);
let answers = NO_ANSWERS;
const put = [];
for (;;) {
  const step = nextStep(tables, answers, hints.answers);
  if (step.kind === "finished") {
    break;
  }
  const right = step.kind === "ask" || JSON.stringify(step.answer) === JSON.stringify(truth[step.question]);
  put.push([right ? step.kind : "ask", step.question]);
  answers = give(tables, answers, step.question, truth[step.question]);
}
process.stdout.write(JSON.stringify({ put, answers: hints.answers, because: hints.because }));
