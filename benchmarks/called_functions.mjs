// Loaded before a script that starts Pyodide (node --import): at the end, writes to NEARSIDE_CALLED which functions of
// an instrumented program were called, one place a line, added to those that stand there already.
import { appendFileSync } from "node:fs";

const NOTE = "called.";
const instances = [];
const { instantiate } = WebAssembly;
WebAssembly.instantiate = async (...given) => {
  const made = await instantiate.apply(WebAssembly, given);
  if (made.instance?.exports.memory) {
    instances.push(made.instance.exports);
  }
  return made;
};
process.on("exit", () => {
  const called = instances.flatMap((exports) =>
    Object.entries(exports)
      .filter(([name, value]) => name.startsWith(NOTE) && value.value === 1)
      .map(([name]) => name.slice(NOTE.length)),
  );
  appendFileSync(process.env.NEARSIDE_CALLED, called.map((place) => `${place}\n`).join(""));
});
