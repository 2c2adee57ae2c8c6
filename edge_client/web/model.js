/** The model: ONNX Runtime Web in this worker, one thread, on the CPU. One session at a time. */

// @ts-ignore -- the runtime's own file, beside this one
import * as ort from "./ort/ort.wasm.min.mjs";

/** @type {any} */
let session = null;

/** Settles when no session scores any more. @type {Promise<unknown>} */
let scoring = Promise.resolve();

/**
 * Takes the place of the session before; where the model does not run, that one stays.
 *
 * @param {Uint8Array} bytes an ONNX model whose signature and hash were checked
 */
export async function open(bytes) {
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = new URL("./ort/", import.meta.url).href;
  const opened = await ort.InferenceSession.create(bytes, {
    executionProviders: ["wasm"],
    // Without this, dequantising runs again at every call (8.4 against 1.1 ms, findings).
    extra: { session: { disable_quant_qdq: "1" } },
  });
  const before = session;
  session = opened;
  await scoring;
  // Its arrays lie in WebAssembly's memory, which no garbage collector sees. A failure costs that memory alone:
  // the new session is in use.
  await before?.release().catch(() => undefined);
}

/**
 * @param {Int32Array} recent item indexes, most recent first
 * @param {Float32Array} weights
 * @returns {Promise<Float32Array>} a score for every item of the catalogue
 */
export async function score(recent, weights) {
  const answering = session.run({
    recent: new ort.Tensor("int64", BigInt64Array.from(Array.from(recent, BigInt)), [recent.length]),
    weights: new ort.Tensor("float32", weights, [weights.length]),
  });
  scoring = Promise.allSettled([scoring, answering]).then(() => undefined); // or each would keep all before it
  return (await answering).scores.data;
}
