// Runs model files under ONNX Runtime Web: node onnx_web.mjs MODEL QUERIES ANSWERS [MODEL QUERIES ANSWERS ...]
// QUERIES is JSON, a list of {recent, weights}; ANSWERS becomes the scores of all, one after the other, as 32-bit floats.
// Exit code 3 is a model that the runtime does not take.
import { open, readFile } from "node:fs/promises";
import * as ort from "onnxruntime-web/wasm";

ort.env.wasm.numThreads = 1;
const paths = process.argv.slice(2);
while (paths.length) {
  const [model, queries, answers] = paths.splice(0, 3);
  let session;
  try {
    session = await ort.InferenceSession.create(await readFile(model), { executionProviders: ["wasm"] });
  } catch (error) {
    process.stderr.write(`${error.message ?? error}\n`);
    process.exit(3);
  }
  const out = await open(answers, "w");
  for (const { recent, weights } of JSON.parse(await readFile(queries, "utf8"))) {
    const { scores } = await session.run({
      recent: new ort.Tensor("int64", BigInt64Array.from(recent, BigInt), [recent.length]),
      weights: new ort.Tensor("float32", Float32Array.from(weights), [weights.length]),
    });
    await out.write(scores.data);
  }
  await out.close();
}
