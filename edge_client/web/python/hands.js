/**
 * The hands of Pyodide's own loader: the build puts these two names in the place of the browser's `fetch` and
 * `WebAssembly` there (`nearside/edge_build.py`), so that it starts from our parts and from nothing else.
 */

/**
 * @typedef {object} Program
 * @property {Promise<WebAssembly.Module>} module
 * @property {Promise<BufferSource>} library its archive of Python's modules
 * @property {(instance: WebAssembly.Instance, imports: WebAssembly.Imports) => void} made before the program runs
 * @property {(error: unknown) => void} failed called where Pyodide itself would wait for ever
 */

/** @type {Program | null} */
let program = null;

/** @param {Program} next what the next start runs */
export function handOver(next) {
  program = next;
}

/** @param {string | URL} address; @returns {Promise<Response>} */
async function fetchOurs(address) {
  const { library } = /** @type {Program} */ (program);
  // The program is handed over below: what is asked for here is never read.
  return new URL(address).pathname.endsWith(".wasm") ? new Response() : new Response(await library);
}

const ours = {
  /** @param {BufferSource} bytes of Pyodide's own few instructions */
  compile: (bytes) => WebAssembly.compile(bytes),

  /** @param {WebAssembly.Module} module */
  instantiate: (module) => WebAssembly.instantiate(module),

  /**
   * @param {unknown} _answer
   * @param {WebAssembly.Imports} imports
   */
  async instantiateStreaming(_answer, imports) {
    const { module: compiled, made, failed } = /** @type {Program} */ (program);
    try {
      const module = await compiled;
      const instance = await WebAssembly.instantiate(module, imports);
      made(instance, imports);
      return { instance, module };
    } catch (error) {
      failed(error);
      throw error;
    }
  },

  get CompileError() {
    return WebAssembly.CompileError;
  },
};

export { fetchOurs as fetch, ours as WebAssembly };
