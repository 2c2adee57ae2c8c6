// The worker's own kernel under Node. Commands, each with its arguments, as many as are wanted:
//   scores MODEL QUERIES ANSWERS    QUERIES is JSON, a list of {recent, weights}; ANSWERS becomes all scores, one after the other
//   open MODEL                      what becomes of a file: a line "table", "Strange: ..." or "Malformed: ..."
//   answer MODEL CROSSING ANSWERS   CROSSING is JSON, {numbers, weights, masks, pages, most}; ANSWERS becomes what goes back
import { open, readFile, writeFile } from "node:fs/promises";
import { scoreAll } from "../../edge_client/web/kernel/score.js";
import { readTable } from "../../edge_client/web/kernel/table.js";
import * as model from "../../edge_client/web/model.js";

const bytesOf = async (/** @type {string} */ path) => new Uint8Array(await readFile(path));

/** @type {{[name: string]: (paths: string[]) => Promise<void>}} */
const COMMANDS = {
  async scores(paths) {
    const [file, queries, answers] = paths.splice(0, 3);
    const table = readTable(await bytesOf(file));
    const scores = new Float32Array(table.pages);
    const out = await open(answers, "w");
    for (const { recent, weights } of JSON.parse(await readFile(queries, "utf8"))) {
      scoreAll(table, Int32Array.from(recent), Float32Array.from(weights), scores);
      await out.write(scores);
    }
    await out.close();
  },
  async open(paths) {
    const [file] = paths.splice(0, 1);
    try {
      readTable(await bytesOf(file));
      console.log("table");
    } catch (error) {
      console.log(`${error}`);
    }
  },
  async answer(paths) {
    const [file, crossing, answers] = paths.splice(0, 3);
    const { numbers, weights, masks, pages, most } = JSON.parse(await readFile(crossing, "utf8"));
    await model.open(await bytesOf(file));
    const asked = /** @type {const} */ ([Int32Array.from(numbers), Float32Array.from(weights)]);
    await writeFile(answers, await model.candidates(...asked, Uint8Array.from(masks), pages, most));
  },
};

const words = process.argv.slice(2);
while (words.length) {
  await COMMANDS[/** @type {string} */ (words.shift())](words);
}
