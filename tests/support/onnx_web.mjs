// Runs a model file under ONNX Runtime Web: node onnx_web.mjs MODEL QUERIES
// QUERIES is JSON, a list of {recent, weights}; prints JSON, for each the scores.
import { readFile } from "node:fs/promises";
import * as ort from "onnxruntime-web/wasm";

const [model, queries] = process.argv.slice(2);
ort.env.wasm.numThreads = 1;
const session = await ort.InferenceSession.create(await readFile(model), { executionProviders: ["wasm"] });
const answers = [];
for (const { recent, weights } of JSON.parse(await readFile(queries, "utf8"))) {
  const { scores } = await session.run({
    recent: new ort.Tensor("int64", BigInt64Array.from(recent.map(BigInt)), [recent.length]),
    weights: new ort.Tensor("float32", Float32Array.from(weights), [weights.length]),
  });
  answers.push(Array.from(scores.data));
}
process.stdout.write(JSON.stringify(answers));
