// Compiles the library that devices load: node library.mjs PYODIDE DEVICE COMPILING OUT
// PYODIDE is npm's package, DEVICE a folder with the device's code, OUT the folder that gets `library.zip`.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

// Only what went wrong: Node would quote the line, which is all of Pyodide.
process.on("uncaughtException", ({ message }) => {
  console.error(message);
  process.exitCode = 1;
});
const [runtime, device, compiling, out] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(join(runtime, "pyodide.mjs")).href);
// The same order of sets in every build, or the same sources would give other bytes.
const pyodide = await loadPyodide({ indexURL: `${runtime}/`, env: { PYTHONHASHSEED: "0" } });
for (const [root, place] of [
  [device, "/device"],
  [out, "/out"],
]) {
  pyodide.FS.mkdirTree(place);
  pyodide.FS.mount(pyodide.FS.filesystems.NODEFS, { root }, place);
}
const version = pyodide.runPython("import sys; '%d%d' % sys.version_info[:2]");
pyodide.runPython(readFileSync(compiling, "utf8"));
pyodide.globals.get("main")(`/lib/python${version}.zip`, "/device", "/out/library.zip");
