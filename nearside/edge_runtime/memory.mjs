// Writes what the browser's Python has in memory once the device's code is imported: node memory.mjs FOLDER REST.JS
// FOLDER holds Pyodide's loader and a program with its rest, our library and a list of packages, and gets
// `snapshot.bin`, as Pyodide makes it, and `instantiated.bin`, the program's own data before any of it has run.
import crypto from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

// Only what went wrong: Node would quote the line, which is all of Pyodide.
process.on("uncaughtException", ({ message }) => {
  console.error(message);
  process.exitCode = 1;
});
const [folder, restScript] = process.argv.slice(2);
const { lendRest } = await import(pathToFileURL(restScript).href);
// Chance and time would make every build another one. What they leave in the memory is made anew when a device loads
// it (`edge_client/web/python/start.js`).
const zeros = (view) => (new Uint8Array(view.buffer, view.byteOffset, view.byteLength).fill(0), view);
crypto.randomFillSync = zeros;
syncBuiltinESMExports();
globalThis.crypto.getRandomValues = zeros;
Date.now = () => 0;
performance.now = () => 0;

const instantiate = WebAssembly.instantiate;
WebAssembly.instantiate = async (program, imports) => {
  const made = await instantiate.call(WebAssembly, program, imports);
  const first = made.instance?.exports;
  if (first?.memory) {
    lendRest(first, imports, () => new WebAssembly.Module(readFileSync(join(folder, "rest.wasm"))));
    writeFileSync(join(folder, "instantiated.bin"), new Uint8Array(first.memory.buffer));
  }
  return made;
};

const { loadPyodide } = await import(pathToFileURL(join(folder, "pyodide.mjs")).href);
const pyodide = await loadPyodide({
  indexURL: `${folder}/`,
  stdLibURL: join(folder, "library.zip"),
  lockFileContents: readFileSync(join(folder, "lock.json"), "utf8"),
  // Neither the place of this script nor the language of whoever builds is any device's business.
  env: { PYTHONHASHSEED: "0", LANG: "C.UTF-8" },
  _sysExecutable: "./this.program",
  _makeSnapshot: true,
});
pyodide.runPython(`
import gc, importlib, zipimport
for files in zipimport._zip_directory_cache.values():
    for path in sorted(path for path in files if path.endswith(".pyc")):
        importlib.import_module(path.removesuffix(".pyc").removesuffix("/__init__").replace("/", "."))
gc.collect()
`);
writeFileSync(join(folder, "snapshot.bin"), pyodide.makeMemorySnapshot());
