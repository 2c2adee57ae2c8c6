/**
 * One way from an empty worker to a model's first answer. A message names the way, the model's address and its pages; the
 * answer has the best pages, which are the same by every way.
 */

import { readQuestions, writeAnswers } from "../edge_client/web/kernel/best.js";
import * as model from "../edge_client/web/model.js";
import { openSession } from "../edge_client/web/onnx.js";
import { startPython } from "../edge_client/web/python/start.js";

const RECENT = [7, 11, 13];
const WEIGHTS = [1, 0.6, 0.36];
const BEST = 5;
const ASK = `
from edge_client.pyodide_host import BrowserHost
from edge_client.scoring import History, Question

async def ask(host, pages, recent, weights):
    recent = tuple(recent.to_py())
    question = Question(History(recent, tuple(weights.to_py())), bytes([1]) * pages, frozenset(recent))
    (found,) = await BrowserHost(host).candidates((question,))
    return " ".join(map(str, found.indexes[:${BEST}]))
`;

/** @param {string} address; @returns {Promise<Uint8Array>} */
async function read(address) {
  return new Uint8Array(await (await fetch(address)).arrayBuffer());
}

/**
 * @param {Promise<Uint8Array>} bytes
 * @param {number} pages
 * @param {{candidates: unknown}} host what Python asks
 */
async function byPython(bytes, pages, host) {
  const python = await startPython(new URL("./", import.meta.url).href, { whole: false });
  await bytes;
  const asking = python.pyimport("types").ModuleType("asking");
  python.pyimport("builtins").exec(ASK, asking.__dict__);
  return asking.ask(host, pages, RECENT, WEIGHTS);
}

const ways = {
  /** @param {string} address; @param {number} pages */
  async kernel(address, pages) {
    const opened = read(address).then(async (bytes) => (await model.open(bytes), bytes));
    return byPython(opened, pages, { candidates: model.candidates });
  },

  /** @param {string} address; @param {number} pages */
  async library(address, pages) {
    const bytes = read(address);
    const session = bytes.then(openSession);
    const candidates = async (
      /** @type {[Int32Array, Float32Array, Uint8Array, number, number]} */ ...given
    ) => {
      const [numbers, weights, masks, count, most] = given;
      const questions = readQuestions(numbers, weights, masks, count);
      return writeAnswers(await (await session).answer(questions, count, most));
    };
    return byPython(bytes, pages, { candidates });
  },

  /** @param {string} address; @param {number} pages */
  async alone(address, pages) {
    const session = await openSession(await read(address));
    const recent = Int32Array.from(RECENT);
    const question = { recent, weights: Float32Array.from(WEIGHTS), eligible: new Uint8Array(pages).fill(1) };
    const [{ indexes }] = await session.answer([{ ...question, suppressed: recent }], pages, BEST);
    return indexes.join(" ");
  },
};

self.onmessage = async ({ data: { way, address, pages } }) => {
  try {
    self.postMessage({ best: await ways[way](address, pages) });
  } catch (error) {
    self.postMessage({ failed: String(error) });
  }
};
