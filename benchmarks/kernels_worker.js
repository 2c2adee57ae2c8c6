/**
 * What scores, side by side in one worker: our kernel, ONNX Runtime Web on the same files, and WebAssembly for the one part
 * in which it could be ahead. Then the device's Python over our kernel.
 */

// @ts-ignore -- beside this file where it is served
import { loadPyodide } from "./pyodide/pyodide.mjs";
import { findBest } from "../edge_client/web/kernel/best.js";
import { scoreAll } from "../edge_client/web/kernel/score.js";
import { readTable } from "../edge_client/web/kernel/table.js";
import * as model from "../edge_client/web/model.js";
import { openSession } from "../edge_client/web/onnx.js";

const MOST = 200;
const WEIGHTS = Float32Array.from({ length: 5 }, (_, age) => 0.6 ** age);

/** @param {string} path */
async function bytes(path) {
  return new Uint8Array(await (await fetch(path)).arrayBuffer());
}

/**
 * @param {number} runs
 * @param {(run: number) => unknown} what
 * @returns {Promise<number[]>} milliseconds of each run; those before, in which engines compile, are not counted
 */
async function time(runs, what) {
  const spent = [];
  for (let run = -Math.ceil(runs / 4); run < runs; run += 1) {
    const start = performance.now();
    await what(run);
    if (run >= 0) {
      spent.push(performance.now() - start);
    }
  }
  return spent;
}

/**
 * @param {number} pages
 * @param {number} number
 * @returns {import("../edge_client/web/kernel/best.js").Question[]}
 */
function questions(pages, number) {
  const eligible = new Uint8Array(pages).fill(1);
  return Array.from({ length: number }, (_, at) => {
    const recent = Int32Array.from({ length: 5 }, (_, age) => (at * 7919 + age * 104729) % pages);
    return { recent, weights: WEIGHTS, eligible, suppressed: recent };
  });
}

/** The contender: the factors' part by WebAssembly, four pages at a time. */
class Factors {
  /**
   * @param {WebAssembly.Module} module
   * @param {import("../edge_client/web/kernel/table.js").Table} table
   */
  constructor(module, { right, pages, factor }) {
    const memory = new WebAssembly.Memory({ initial: 2 + ((right.length + pages * 4) >> 16) });
    const { exports } = new WebAssembly.Instance(module, { here: { memory } });
    const hidden = Float32Array.from(factor, (_, at) => 0.5 + at);
    this.scores = new Float32Array(memory.buffer, 1024, pages);
    new Float32Array(memory.buffer, 0, factor.length).set(hidden);
    new Int8Array(memory.buffer, 1024 + pages * 4, right.length).set(right); // a byte each, as in the file
    this.run = () => /** @type {any} */ (exports).addRest(1024 + pages * 4, pages, 0, factor.length, 1024);
  }
}

/** @param {any} order */
async function sideBySide({ name, path, runs, module }) {
  const file = await bytes(path);
  const table = readTable(file);
  const [one] = questions(table.pages, 1);
  const all = questions(table.pages, 48);
  const scores = new Float32Array(table.pages);
  /** @type {{[what: string]: number[]}} */
  const found = {};
  found["kernel: read the file"] = await time(10, () => readTable(file));
  found["kernel: score all pages"] = await time(runs, () => scoreAll(table, one.recent, WEIGHTS, scores));
  found["kernel: score all pages, find the best 200"] = await time(runs, () => {
    scoreAll(table, one.recent, WEIGHTS, scores);
    findBest(one, scores, MOST);
  });
  if (table.factor.length) {
    const factors = new Factors(module, table);
    found["WebAssembly: the factors alone"] = await time(runs, factors.run);
  }
  const ours = model.openTable(file);
  const theirs = await openSession(file);
  found["kernel: one slot"] = await time(runs, () => ours.answer([one], table.pages, MOST));
  found["kernel: 48 slots"] = await time(runs / 10, () => ours.answer(all, table.pages, MOST));
  found["ONNX Runtime Web: one slot"] = await time(runs / 10, () => theirs.answer([one], table.pages, MOST));
  found["ONNX Runtime Web: 48 slots"] = await time(2, () => theirs.answer(all, table.pages, MOST));
  const answers = [await ours.answer(all, table.pages, MOST), await theirs.answer(all, table.pages, MOST)];
  const [a, b] = answers.map((each) =>
    JSON.stringify(each.map(({ indexes, scores }) => [[...indexes], [...scores]])),
  );
  await theirs.close();
  return { name, found, same: a === b };
}

/** @param {any} order */
async function inPython({ programs, wheel, sites, runs }) {
  const pyodide = await loadPyodide({ indexURL: new URL("./pyodide/", import.meta.url).href });
  pyodide.unpackArchive((await bytes(wheel)).buffer, "wheel");
  pyodide.runPython(programs.deciding);
  const found = [];
  for (const { name, path, catalogue, rules } of sites) {
    await model.open(await bytes(path));
    pyodide.globals.set("host", { candidates: model.candidates });
    pyodide.globals.set("files", pyodide.toPy([await bytes(catalogue), await bytes(rules)]));
    pyodide.globals.set("runs", runs);
    found.push({ name, found: JSON.parse(await pyodide.runPythonAsync(programs.measure)) });
  }
  return found;
}

addEventListener("message", async ({ data: { models, wat, ...python } }) => {
  try {
    const module = await WebAssembly.compile(await bytes(wat));
    const kernels = [];
    for (const each of models) {
      kernels.push(await sideBySide({ ...each, module }));
    }
    postMessage({ kernels, decisions: await inPython(python) });
  } catch (error) {
    postMessage({ failed: `${error}` });
  }
});
