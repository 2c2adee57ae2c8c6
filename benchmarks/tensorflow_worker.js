/**
 * TensorFlow.js from an empty worker to a model's first answer: the table of `cold_start_worker.js`, in 32 bits, as its own
 * operations gather and add it.
 */

import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";

const RECENT = [7, 11, 13];
const WEIGHTS = [1, 0.6, 0.36];
const BEST = 5;

/**
 * @param {string} address of `popularity` (pages), `neighbours` and `values` (pages, across), one after the other
 * @param {number} pages
 * @returns {Promise<string>} the best pages
 */
async function ask(address, pages) {
  const bytes = await (await fetch(address)).arrayBuffer();
  const across = (bytes.byteLength / 4 / pages - 1) / 2;
  const popularity = tf.tensor1d(new Float32Array(bytes, 0, pages));
  const neighbours = tf.tensor2d(new Int32Array(bytes, 4 * pages, pages * across), [pages, across], "int32");
  const values = tf.tensor2d(new Float32Array(bytes, 4 * pages * (1 + across)), [pages, across]);
  const recent = tf.tensor1d(RECENT, "int32");
  const reached = tf.reshape(tf.gather(neighbours, recent), [-1]);
  const weights = tf.tensor2d(WEIGHTS, [WEIGHTS.length, 1]);
  const share = tf.reshape(tf.mul(tf.gather(values, recent), weights), [-1]);
  const scores = tf.add(popularity, tf.unsortedSegmentSum(share, /** @type {any} */ (reached), pages));
  const seen = tf.unsortedSegmentSum(tf.onesLike(tf.cast(recent, "float32")), recent, pages);
  const { indices } = tf.topk(tf.where(tf.greater(seen, 0), tf.fill([pages], -1), scores), BEST);
  return (await indices.data()).join(" ");
}

self.onmessage = async ({ data: { address, pages } }) => {
  try {
    self.postMessage({ best: await ask(address, pages) });
  } catch (error) {
    self.postMessage({ failed: String(error) });
  }
};
