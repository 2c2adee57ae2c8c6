// The worker's own kernel under Node. Commands, each with its arguments, as many as are wanted:
//   scores MODEL QUERIES ANSWERS    QUERIES is JSON, a list of {recent, weights}; ANSWERS becomes all scores, one after the other
//   open MODEL                      what becomes of a file: a line "table", "Strange: ..." or "Malformed: ..."
//   cut MODEL                       the same line for each file that this one begins with, and is longer than
//   spoil MODEL TIMES SEED FOLDER   changes bytes by a seed, so many times, and asks each file that is taken for scores; prints
//                                   JSON, how many were which, and leaves what was taken in FOLDER
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
    console.log(say(await bytesOf(file)));
  },
  async cut(paths) {
    const [file] = paths.splice(0, 1);
    const bytes = await bytesOf(file);
    for (let length = 0; length < bytes.length; length += 1) {
      console.log(say(bytes.subarray(0, length)));
    }
  },
  async spoil(paths) {
    const [file, times, seed, folder] = paths.splice(0, 4);
    const whole = await bytesOf(file);
    const below = random(Number(seed));
    /** @type {{[kind: string]: number}} */
    const found = {};
    for (let time = 0; time < Number(times); time += 1) {
      const bytes = spoilt(whole, below);
      const said = say(bytes);
      const kind = said.split(":")[0];
      found[kind] = (found[kind] ?? 0) + 1;
      if (kind === "table") {
        await writeFile(`${folder}/${time}.onnx`, bytes);
        const table = readTable(bytes);
        const scores = new Float32Array(table.pages);
        const recent = Int32Array.from({ length: below(6) }, () => below(table.pages));
        scoreAll(table, recent, new Float32Array(recent.length).fill(1), scores);
        if (!scores.every(Number.isFinite)) {
          throw new Error(`a score is no number: ${time}`);
        }
      }
    }
    console.log(JSON.stringify(found));
  },
  async answer(paths) {
    const [file, crossing, answers] = paths.splice(0, 3);
    const { numbers, weights, masks, pages, most } = JSON.parse(await readFile(crossing, "utf8"));
    await model.open(await bytesOf(file));
    const asked = /** @type {const} */ ([Int32Array.from(numbers), Float32Array.from(weights)]);
    await writeFile(answers, await model.candidates(...asked, Uint8Array.from(masks), pages, most));
  },
};

/** @param {Uint8Array} bytes */
function say(bytes) {
  try {
    readTable(bytes);
    return "table";
  } catch (error) {
    return `${error}`;
  }
}

/**
 * @param {number} seed
 * @returns {(limit: number) => number} whole numbers below a limit (xorshift, 32 bits)
 */
function random(seed) {
  let state = seed || 1;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}

/**
 * @param {Uint8Array} whole
 * @param {(limit: number) => number} below
 * @returns {Uint8Array} the file with a byte changed, some left out, some doubled, or all of it at once
 */
function spoilt(whole, below) {
  let bytes = [...whole];
  do {
    const at = below(bytes.length);
    const kind = below(4);
    if (kind < 2) {
      bytes[at] = kind ? below(256) : bytes[at] ^ (1 << below(8));
    } else {
      const part = bytes.slice(at, at + 1 + below(40));
      bytes.splice(below(bytes.length), kind === 2 ? part.length : 0, ...part);
    }
  } while (below(3) === 0);
  return Uint8Array.from(bytes);
}

const words = process.argv.slice(2);
while (words.length) {
  await COMMANDS[/** @type {string} */ (words.shift())](words);
}
