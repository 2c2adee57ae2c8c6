/**
 * A decision by the device's Python over the model, timed part by part.
 * Put beside the runtime as `bench/worker.js`, where a worker may compile WebAssembly.
 */

// @ts-ignore -- beside this file where it is served
import { loadPyodide } from "../pyodide/pyodide.mjs";
// @ts-ignore -- the product's own file
import * as model from "../model.js";

/** @param {string} path */
async function bytes(path) {
  return new Uint8Array(await (await fetch(path)).arrayBuffer());
}

addEventListener("message", async ({ data }) => {
  const { runs, deciding, program, files } = data;
  const pyodide = await loadPyodide({ indexURL: new URL("../pyodide/", import.meta.url).href });
  const wheel = await bytes(new URL("../edge_client.whl", import.meta.url).href);
  pyodide.unpackArchive(wheel, "wheel");
  const fetched = Object.fromEntries(
    await Promise.all(Object.entries(files).map(async ([name, path]) => [name, await bytes(path)])),
  );
  await model.open(fetched["model.onnx"]);
  pyodide.globals.set("files", pyodide.toPy(fetched));
  pyodide.globals.set("host", { candidates: model.candidates });
  pyodide.globals.set("runs", runs);
  pyodide.runPython(deciding);
  postMessage(JSON.parse(await pyodide.runPythonAsync(program)));
});
