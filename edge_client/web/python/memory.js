/**
 * A memory of Python with the device's code imported, as `nearside.edge_runtime.sparse` writes it: four numbers, a
 * preamble of Pyodide's, then the runs in which it differs from a program that has not run yet. Numbers are 32 bits,
 * little-endian.
 */

const MAGIC = 0x314d534e; // "NSM1"
const HEAD_BYTES = 16;

/**
 * @typedef {object} Memory
 * @property {Uint8Array} snapshot as Pyodide takes it: the preamble alone, since nothing needs to be copied from beside the program
 * @property {(memory: Uint8Array) => void} hold takes a program's memory before it runs; what it held then is put back, with all
 *   that Python made of it, when Pyodide asks for what follows the preamble
 */

/**
 * A snapshot that is written where it belongs, and only where it is not empty: what was never written takes no memory.
 *
 * @param {ArrayBuffer} packed
 * @returns {Memory}
 */
export function openMemory(packed) {
  const [magic, memoryBytes, preambleBytes, runs] = new Uint32Array(packed, 0, 4);
  if (magic !== MAGIC) {
    throw new Error("memory: not one");
  }
  const snapshot = new Uint8Array(packed.slice(HEAD_BYTES, HEAD_BYTES + preambleBytes));
  /** @type {Uint8Array | null} */
  let memory = null;
  let data = new Uint8Array();
  snapshot.subarray = (begin, end) => {
    if (memory && begin === preambleBytes) {
      empty(memory, data.length);
      memory.set(data);
      write(memory, packed);
      memory = null; // one program has it: this one's own
      data = new Uint8Array();
      release(packed);
    }
    return /** @type {Uint8Array<ArrayBuffer>} */ (Uint8Array.prototype.subarray.call(snapshot, begin, end));
  };
  return {
    snapshot,
    hold(instantiated) {
      if (instantiated.length !== memoryBytes) {
        throw new Error("memory: made for a program of another size");
      }
      memory = instantiated;
      data = instantiated.slice(0, used(instantiated));
    },
  };

  /**
   * @param {Uint8Array} to
   * @param {ArrayBuffer} from
   */
  function write(to, from) {
    const table = new Uint32Array(from, HEAD_BYTES + preambleBytes, runs * 2);
    let at = table.byteOffset + table.byteLength;
    let place = 0;
    for (let run = 0; run < table.length; run += 2) {
      const length = table[run + 1];
      place += table[run];
      to.set(new Uint8Array(from, at, length), place);
      at += length;
      place += length;
    }
  }
}

/** @param {Uint8Array} memory whole words; @returns {number} how many bytes there are up to the last that is not empty, in words */
function used(memory) {
  const words = new Int32Array(memory.buffer, memory.byteOffset, memory.length >> 2);
  let last = words.length;
  while (last > 0 && words[last - 1] === 0) {
    last -= 1;
  }
  return last << 2;
}

/**
 * Empty what is not empty from a place on: a word that is written to takes memory, also when nothing is written.
 *
 * @param {Uint8Array} memory
 * @param {number} from
 */
function empty(memory, from) {
  const words = new Int32Array(memory.buffer, memory.byteOffset + from, (memory.length - from) >> 2);
  for (let at = 0; at < words.length; at += 1) {
    if (words[at] !== 0) {
      words[at] = 0;
    }
  }
}

/** @param {ArrayBuffer} buffer given back at once, whoever still has a hold of it */
function release(buffer) {
  /** @type {any} */ (buffer).transfer?.(0);
}
