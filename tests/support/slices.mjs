// Compiles a flow and finds its first step in slices; prints how many cells of diagrams were looked at in all and, at most,
// between two places where the work may be interrupted, and whether both come out as they do at once.
import { readFileSync } from "node:fs";

const web = (/** @type {string} */ name) =>
  import(new URL(`../../edge_client/web/flows/${name}.js`, import.meta.url).href);
const [{ Diagrams }, { compileFlow, compiling }, { NO_ANSWERS, nextStep, stepping }, { inSlices }] =
  await Promise.all(["diagram", "tables", "answers", "slices"].map(web));
const { flow, today } = JSON.parse(readFileSync(0, "utf8"));

const whole = compileFlow(flow, today);
const expected = JSON.stringify([whole.outcomes, whole.needs, nextStep(whole, NO_ANSWERS)]);

let cells = 0;
for (const [name, cost] of Object.entries({
  node: (/** @type {any[]} */ [, branches]) => branches.length,
  at: () => 1,
  chance: () => 1,
  support: () => 1,
  branches: () => 1,
})) {
  const real = Diagrams.prototype[name];
  Diagrams.prototype[name] = function (/** @type {any[]} */ ...all) {
    cells += cost(all);
    return real.apply(this, all);
  };
}
let total = 0;
let most = 0;
let rests = 0;
// Each look at this clock is a place where the work may be interrupted: it is, every time.
const now = () => {
  total += cells;
  most = Math.max(most, cells);
  cells = 0;
  return total * 1000;
};
const rest = async () => void (rests += 1);
const tables = await inSlices(compiling(flow, today), { now, rest });
now();
const step = await inSlices(stepping(tables, NO_ANSWERS, {}), { now, rest });
now();
const same = JSON.stringify([tables.outcomes, tables.needs, step]) === expected;
process.stdout.write(JSON.stringify({ total, most, rests, same }));
