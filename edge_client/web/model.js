/**
 * The model: our own kernel for files that our own exporter writes, ONNX Runtime Web for any other. One model at a time.
 */

import { findBest, pick, readQuestions, writeAnswers } from "./kernel/best.js";
import { Strange } from "./kernel/protobuf.js";
import { scoreAll, scoreWithout } from "./kernel/score.js";
import { readTable } from "./kernel/table.js";
import { openSession } from "./onnx.js";

/** @typedef {import("./kernel/best.js").Question} Question */
/** @typedef {import("./kernel/best.js").Found} Found */

/**
 * @typedef {object} Model
 * @property {(questions: Question[], pages: number, most: number) => Found[] | Promise<Found[]>} answer
 * @property {() => Promise<unknown>} close
 */

/** @type {Model | null} */
let model = null;

/**
 * Takes the place of the model before; where this one does not run, that one stays.
 *
 * @param {Uint8Array} bytes an ONNX model whose signature and hash were checked
 */
export async function open(bytes) {
  const opened = openTable(bytes) ?? (await openSession(bytes));
  const before = model;
  model = opened;
  await before?.close();
}

/**
 * Fetches what this model needs to run, and leaves the one that is open in its place.
 *
 * @param {Uint8Array} bytes an ONNX model whose signature and hash were checked; whether it runs is nobody's news yet
 */
export async function attempt(bytes) {
  try {
    await (openTable(bytes) ?? (await openSession(bytes))).close();
  } catch {
    // Told when it is to be used: then it is opened again, and does not run.
  }
}

/**
 * @param {Int32Array} numbers questions, as `readQuestions` reads them
 * @param {Float32Array} weights
 * @param {Uint8Array} masks
 * @param {number} pages how many a mask has
 * @param {number} most how many candidates are wanted at most
 * @returns {Uint8Array | Promise<Uint8Array>} answers, as `writeAnswers` writes them: at once from our own kernel
 */
export function candidates(numbers, weights, masks, pages, most) {
  if (!model) {
    throw new Error("model: asked before one was opened");
  }
  const answers = model.answer(readQuestions(numbers, weights, masks, pages), pages, most);
  return Array.isArray(answers) ? writeAnswers(answers) : answers.then(writeAnswers);
}

/**
 * @param {Uint8Array} bytes
 * @returns {Model | null} null where it is no file of ours, and another runtime may know it
 */
export function openTable(bytes) {
  try {
    const table = readTable(bytes);
    const scores = new Float32Array(table.pages);
    return {
      answer(questions, pages, most) {
        if (pages !== table.pages) {
          throw new RangeError("model: asked about pages that it does not know");
        }
        return questions.map((question) => {
          scoreAll(table, question.recent, question.weights, scores);
          const indexes = findBest(question, scores, most);
          const without = scoreWithout(table, question.recent, question.weights, indexes);
          return { indexes, scores: pick(scores, indexes), without };
        });
      },
      close: async () => undefined,
    };
  } catch (error) {
    if (error instanceof Strange) {
      return null;
    }
    throw error;
  }
}
