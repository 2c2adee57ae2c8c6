/** The browser's Python with the device's code in it: as small as we build it, or, where that does not start, as npm has it. */

import { fetchFile } from "../host.js";
import { handOver } from "./hands.js";
import { compilePart, forgetOthers, isKept, keepPart, readPart } from "./kept.js";
import { openMemory } from "./memory.js";
import { Lacking, lendRest } from "./rest.js";
// @ts-ignore -- npm's loader, given our hands by the build
import { loadPyodide } from "nearside-pyodide";

// @ts-ignore -- put in by the build: what Pyodide's list of packages says of itself, and no package
const LOCK = /** @type {object} */ (NEARSIDE_LOCK);
const LIBRARY = "library.zip";
const MEMORY = "memory.bin";
const PROGRAM = "program.wasm";
const REST = "rest.wasm";
/** An archive with nothing in it: its end alone (PKWARE's APPNOTE, 4.3.16). */
const EMPTY_ARCHIVE = Uint8Array.of(0x50, 0x4b, 5, 6, ...new Uint8Array(18));
/** Below this the memory arrives later than Python would have made it (benchmarks/README.md), in Mbit/s. */
const FAST_MBITS = 10;
const ROOMY_GIB = 4;

/**
 * @typedef {object} Python
 * @property {(name: string) => any} pyimport
 * @property {Promise<never>} ended fails when a call met what is not there: this Python is of no use any more
 * @property {() => boolean} isOver whether it did
 * @property {() => Promise<unknown>} fetchRest keep what was not needed so far, for a start that needs it
 */

/** @typedef {{memory?: Promise<import("./memory.js").Memory>, rest?: WebAssembly.Module}} More what a small start may have besides */

/**
 * @param {string} base folder of the runtime, ending in a slash
 * @param {{whole: boolean}} options `whole`: with the rest of the program there from the start
 * @returns {Promise<Python>}
 */
export async function startPython(base, { whole }) {
  const rest = whole ? await compilePart(REST).catch(() => null) : undefined;
  const starts = [() => startNpms(base)];
  if (rest !== null) {
    starts.unshift(() => startSmall(base, { rest }));
    if (await carriesMemory()) {
      starts.unshift(() => startSmall(base, { rest, memory: readPart(MEMORY).then(openMemory) }));
    }
  }
  for (;;) {
    const start = /** @type {() => Promise<Python>} */ (starts.shift());
    try {
      return await start();
    } catch (error) {
      if (error instanceof Lacking) {
        return startPython(base, { whole: true });
      }
      if (!starts.length) {
        throw error;
      }
    }
  }
}

/** @returns {Promise<boolean>} whether this device and its connection are better off with a memory */
async function carriesMemory() {
  const { connection, deviceMemory = ROOMY_GIB } = /** @type {any} */ (navigator);
  if (deviceMemory < ROOMY_GIB) {
    return false;
  }
  const fast = !connection?.saveData && (connection?.downlink ?? FAST_MBITS) >= FAST_MBITS;
  return fast || isKept(MEMORY);
}

/**
 * Start our own parts: the program without what nobody calls, the library of what is imported.
 *
 * @param {string} base
 * @param {More} more
 * @returns {Promise<Python>}
 */
async function startSmall(base, { memory: remembered, rest }) {
  const module = compilePart(PROGRAM);
  // @ts-ignore -- the other half of the program, beside it
  const script = import("./python/program.mjs");
  // A memory was made with all of the library imported: nothing is left to be read from it.
  const library = remembered ? Promise.resolve(EMPTY_ARCHIVE) : readPart(LIBRARY);
  for (const part of [module, script, library, remembered]) {
    part?.catch(() => undefined); // each is waited for later; until then its failure is nobody's
  }
  /** @type {import("./memory.js").Memory | undefined} */
  let memory;
  let over = false;
  /** @type {Promise<unknown> | undefined} */
  let fetching;
  /** @type {(error: unknown) => void} */
  let end = () => undefined;
  /** @type {Promise<never>} */
  const ended = new Promise((_, reject) => (end = reject));
  ended.catch(() => undefined);
  handOver({
    module,
    library,
    made: ({ exports }, imports) => {
      lendRest(exports, imports, () => {
        if (!rest) {
          over = true;
          const lacking = new Lacking("python: a call for what is not there");
          end(lacking);
          throw lacking;
        }
        return rest;
      });
      memory?.hold(new Uint8Array(/** @type {WebAssembly.Memory} */ (exports.memory).buffer));
    },
    failed: end,
  });
  const pyodide = await Promise.race([
    loadPyodide({
      indexURL: `${base}python/`,
      stdLibURL: `${base}python/${LIBRARY}`,
      lockFileContents: LOCK,
      createPyodideModule: async (/** @type {object} */ settings) => (await script).default(settings),
      _loadSnapshot: remembered?.then((found) => (memory = found).snapshot),
    }),
    ended,
  ]);
  if (memory) {
    // The state of chance lay in the memory, the same for every device.
    pyodide.pyimport("random").seed();
  }
  void forgetOthers();
  return {
    pyimport: (name) => pyodide.pyimport(name),
    ended,
    isOver: () => over,
    fetchRest: () => (fetching ??= keepPart(REST)),
  };
}

/**
 * @param {string} base
 * @returns {Promise<Python>}
 */
async function startNpms(base) {
  const [npms, wheel] = await Promise.all([
    // @ts-ignore -- npm's own file, beside this one
    import("./pyodide/pyodide.mjs"),
    fetchFile(`${base}edge_client.whl`),
  ]);
  const pyodide = await npms.loadPyodide({ indexURL: `${base}pyodide/` });
  pyodide.unpackArchive(wheel, "wheel");
  return {
    pyimport: (name) => pyodide.pyimport(name),
    ended: new Promise(() => undefined),
    isOver: () => false,
    fetchRest: async () => undefined,
  };
}
