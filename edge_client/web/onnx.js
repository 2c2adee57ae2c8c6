/** Models that are no files of our own exporter: ONNX Runtime Web in this worker, one thread, on the CPU. */

import { findBest, lacking, pick } from "./kernel/best.js";

/**
 * @param {Uint8Array} bytes an ONNX model whose signature and hash were checked
 * @returns {Promise<import("./model.js").Model>}
 */
export async function openSession(bytes) {
  // Fetched only now: devices whose model is one of ours never load it.
  // @ts-ignore -- the runtime's own file, beside this one
  const ort = await import("./ort/ort.wasm.min.mjs");
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = new URL("./ort/", import.meta.url).href;
  const session = await ort.InferenceSession.create(bytes, {
    executionProviders: ["wasm"],
    // Without this, dequantising runs again at every call (8.4 against 1.1 ms, findings).
    extra: { session: { disable_quant_qdq: "1" } },
  });
  /** Settles when this session answers nothing any more. @type {Promise<unknown>} */
  let answering = Promise.resolve();

  /** @param {{recent: Int32Array, weights: Float32Array}} history @returns {Promise<Float32Array>} */
  async function score({ recent, weights }) {
    const { scores } = await session.run({
      recent: new ort.Tensor("int64", BigInt64Array.from(recent, BigInt), [recent.length]),
      weights: new ort.Tensor("float32", weights, [weights.length]),
    });
    return scores.data;
  }

  /** @param {import("./kernel/best.js").Question[]} questions @param {number} pages @param {number} most */
  async function answer(questions, pages, most) {
    const answers = [];
    for (const question of questions) {
      const scores = await score(question);
      if (scores.length !== pages) {
        throw new RangeError("model: asked about pages that it does not know");
      }
      const indexes = findBest(question, scores, most);
      const without = [];
      for (const history of lacking(question)) {
        const lower = await score(history);
        without.push(pick(lower, indexes));
      }
      answers.push({ indexes, scores: pick(scores, indexes), without });
    }
    return answers;
  }

  return {
    answer(questions, pages, most) {
      const answers = answer(questions, pages, most);
      answering = Promise.allSettled([answering, answers]).then(() => undefined); // or each would keep all before it
      return answers;
    },
    // Its arrays lie in WebAssembly's memory, which no garbage collector sees. A failure costs that memory alone.
    close: () => answering.then(() => session.release()).catch(() => undefined),
  };
}
