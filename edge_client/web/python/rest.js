/**
 * The rest of Python's program: what hardly any device calls (`nearside/edge_runtime/splitting.py`). It is put in when a
 * call for it comes, and cannot be waited for then: Python is in the middle of something.
 */

// A module whose one export is its one import: a table takes no other functions than WebAssembly's.
// (module (import "e" "f" (func)) (export "f" (func 0)))
const PASSED_ON = Uint8Array.of(
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0],
  ...[2, 7, 1, 1, 101, 1, 102, 0, 0, 7, 5, 1, 1, 102, 0, 0],
);

/** What ends a program that calls for the rest where there is none. */
export class Lacking extends Error {
  /** Pyodide then says nothing of its end, and asks the program nothing more: the worker knows what to do. */
  pyodide_fatal_error = true;
}

/**
 * Let a program's first part take the rest when it calls for it.
 *
 * @param {Record<string, any>} first what the first part exports
 * @param {WebAssembly.Imports} imports
 * @param {() => WebAssembly.Module} take the rest; what this throws ends the program
 */
export function lendRest(first, imports, take) {
  /** @type {WebAssembly.Table} */
  const table = first.__indirect_function_table;
  const load = () => {
    const rest = new WebAssembly.Instance(take(), { ...imports, first });
    for (const [slot, called] of Object.entries(rest.exports)) {
      table.set(Number(slot), called);
    }
  };
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(PASSED_ON), { e: { f: load } });
  table.set(table.length - 1, exports.f);
}
