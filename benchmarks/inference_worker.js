/**
 * One decision, twice in the same worker: by the device's Python over the model, and by the model alone in JavaScript.
 * Put beside the runtime as `bench/worker.js`, where a worker may compile WebAssembly.
 */

// @ts-ignore -- beside this file where it is served
import { loadPyodide } from "../pyodide/pyodide.mjs";
// @ts-ignore -- the product's own file
import * as model from "../model.js";

const MOST = 200;

/** @param {string} path */
async function bytes(path) {
  return new Uint8Array(await (await fetch(path)).arrayBuffer());
}

addEventListener("message", async ({ data }) => {
  const { runs, program, bundle, files } = data;
  const pyodide = await loadPyodide({ indexURL: new URL("../pyodide/", import.meta.url).href });
  const wheel = await bytes(new URL("../edge_client.whl", import.meta.url).href);
  pyodide.unpackArchive(wheel, "wheel");
  const fetched = Object.fromEntries(
    await Promise.all(Object.entries(files).map(async ([name, path]) => [name, await bytes(path)])),
  );
  await model.open(fetched["model.onnx"]);
  pyodide.globals.set("files", pyodide.toPy(fetched));
  pyodide.globals.set("host", { candidates: model.candidates });
  pyodide.globals.set("bundle_text", new TextDecoder().decode(await bytes(bundle)));
  pyodide.globals.set("runs", runs);
  const python = JSON.parse(await pyodide.runPythonAsync(program));
  const [numbers, weights, masks, pages] = python.asked;
  const asked = [Int32Array.from(numbers), Float32Array.from(weights), Uint8Array.from(masks), pages, MOST];
  const alone = [];
  for (let run = 0; run < runs + 3; run += 1) {
    const start = performance.now();
    await model.candidates(...asked);
    alone.push(performance.now() - start);
  }
  postMessage({ ...python.parts, alone: alone.slice(3), questions: python.questions });
});
