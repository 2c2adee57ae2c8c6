// Opens models one after the other as a device's worker does: node model_js.mjs MODEL_JS SIZE MODEL [MODEL ...]
// MODEL_JS is the worker's own module, with the runtime beside it; SIZE is how many pages every model has.
// Prints JSON: what each model said while it was open, what became of the sessions of ONNX Runtime Web, and what a broken
// model changed.
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { pathToFileURL } from "node:url";

const [file, size, ...models] = process.argv.slice(2);
const ort = await import(pathToFileURL(`${dirname(file)}/ort/ort.wasm.min.mjs`).href);
const model = await import(pathToFileURL(file).href);

/** @type {any[]} */
const sessions = [];
const create = ort.InferenceSession.create.bind(ort.InferenceSession);
ort.InferenceSession.create = async (/** @type {any[]} */ ...given) => {
  sessions.push(await create(...given));
  return sessions.at(-1);
};

const mask = new Uint8Array(Number(size)).fill(1);
/** One question, about page 1: how many candidates, their indexes, their scores and their scores without page 1. */
const ask = async () => {
  const asked = /** @type {const} */ ([Int32Array.of(0, 1, 0, 1), Float32Array.of(1), mask, Number(size)]);
  const words = (await model.candidates(...asked, Number(size))).buffer;
  const found = new Int32Array(words, 0, 1)[0];
  return [
    [...new Int32Array(words, 4, found)],
    [...new Float32Array(words, 4 * (1 + found), found)],
    [...new Float32Array(words, 4 * (1 + 2 * found), found)],
  ];
};
const feeds = () => ({
  recent: new ort.Tensor("int64", BigInt64Array.of(1n), [1]),
  weights: new ort.Tensor("float32", Float32Array.of(1), [1]),
});
const runs = (/** @type {any} */ session) =>
  session.run(feeds()).then(
    () => true,
    () => false,
  );

const said = [];
const tried = process.env.TRIED;
for (const path of models) {
  // The question before is not waited for: a model may be replaced while it is asked.
  const asked = said.length ? ask() : null;
  await model.open(new Uint8Array(await readFile(path)));
  if (asked && JSON.stringify(await asked) !== JSON.stringify(said.at(-1))) {
    throw new Error("a question was lost");
  }
  said.push(await ask());
}
if (tried) {
  await model.attempt(new Uint8Array(await readFile(tried)));
  await model.attempt(new Uint8Array([1, 2, 3]));
}
const usable = [];
for (const session of sessions) {
  usable.push(await runs(session));
}
const broken = await model.open(new Uint8Array([1, 2, 3])).then(
  () => "opened",
  () => "refused",
);
console.log(JSON.stringify({ said, usable, broken, after: await ask() }));
