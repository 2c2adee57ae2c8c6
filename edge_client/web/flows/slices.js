/**
 * Long work in short slices, so that a page answers while it is done: what works says, by `yield`, where it may be
 * interrupted, and nothing is computed otherwise than at once.
 */

/** For how long a slice goes on (milliseconds): a tenth of what is called a long task, for devices that are slower. */
const SLICE_MS = 5;

/**
 * @template T
 * @param {Generator<void, T>} work
 * @returns {T}
 */
export function atOnce(work) {
  for (;;) {
    const { done, value } = work.next();
    if (done) {
      return value;
    }
  }
}

/**
 * @template T
 * @param {Generator<void, T>} work
 * @param {{now?: () => number, rest?: () => Promise<void>}} [with_] a clock in milliseconds, and what lets others have their turn
 * @returns {Promise<T>}
 */
export async function inSlices(work, { now = () => performance.now(), rest = othersFirst } = {}) {
  let began = now();
  for (;;) {
    const { done, value } = work.next();
    if (done) {
      return value;
    }
    if (now() - began >= SLICE_MS) {
      await rest();
      began = now();
    }
  }
}

/** @returns {Promise<void>} once whatever waits for its turn has had it */
function othersFirst() {
  return new Promise((done) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      done();
    };
    port2.postMessage(null);
  });
}
