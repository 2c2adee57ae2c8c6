/** Leaves: the public entries of the log, canonical JSON without personal data and without a time. */

import { decode } from "./canonical.js";
import { Malformed } from "./errors.js";
import { ANY, Fields } from "./fields.js";
import { HASH_BYTES } from "./merkle.js";
import { isEqual } from "./spelling.js";

const MAX_LEAF_BYTES = 1024;
const NONCE_BYTES = 16;
const NAME = /^[a-z0-9](?:[a-z0-9.:-]{0,98}[a-z0-9])?$/;
const MODEL_STEP = /^(?:proposed|refused|approved|rejected|canary|live|rolled-back)$/;
const PERIOD = /^[0-9]{4}-(?:W[0-9]{2}|[0-9]{2}(?:-[0-9]{2})?)$/;

/**
 * @typedef {object} ConsentLeaf somebody decided something
 * @property {"consent"} kind
 * @property {Uint8Array} commitment
 * @property {Uint8Array} noticeHash
 */

/**
 * @typedef {ConsentLeaf
 *   | {kind: "erasure", count: number}
 *   | {kind: "notice" | "keys", hash: Uint8Array}
 *   | {kind: "task", id: string, hash: Uint8Array}
 *   | {kind: "bundle", site: string, version: number, hash: Uint8Array}
 *   | {kind: "audit-access", count: number}
 *   | {kind: "budget", task: string, period: string, epsilonMilli: number | null, deltaExp: number | null,
 *      hash: Uint8Array}
 *   | {kind: "model", site: string, step: string, proposal: Uint8Array, hash: Uint8Array}} Leaf
 */

/**
 * @param {Uint8Array} data
 * @returns {Leaf} throws `Malformed`
 */
export function parseLeaf(data) {
  const fields = new Fields(decode(data, MAX_LEAF_BYTES), "leaf");
  fields.whole("v", 1, 1);
  const leaf = read(fields.text("k", ANY), fields);
  fields.done();
  return leaf;
}

/**
 * @param {string} kind
 * @param {Fields} fields
 * @returns {Leaf}
 */
function read(kind, fields) {
  const hash = () => fields.hex("h", HASH_BYTES);
  switch (kind) {
    case "consent":
      return { kind, commitment: fields.hex("c", HASH_BYTES), noticeHash: fields.hex("n", HASH_BYTES) };
    case "erasure":
      fields.hex("id", NONCE_BYTES);
      return { kind, count: fields.whole("count", 1) };
    case "notice":
    case "keys":
      return { kind, hash: hash() };
    case "task":
      return { kind, id: fields.text("id", NAME), hash: hash() };
    case "bundle":
      return { kind, site: fields.text("site", NAME), version: fields.whole("version", 1), hash: hash() };
    case "audit-access":
      fields.hex("id", NONCE_BYTES);
      return { kind, count: fields.whole("n", 1) };
    case "budget":
      return readBudget(fields);
    case "model":
      return readModel(fields);
    default:
      throw new Malformed("leaf: unknown kind");
  }
}

/**
 * @param {Fields} fields
 * @returns {Leaf}
 */
function readBudget(fields) {
  const task = fields.text("task", NAME);
  const period = fields.text("period", PERIOD);
  const epsilonMilli = fields.optionalWhole("epsilon_milli", 1);
  const deltaExp = fields.optionalWhole("delta_exp", 1, 64);
  if (epsilonMilli === null && deltaExp !== null) {
    throw new Malformed("leaf: delta without epsilon");
  }
  return { kind: "budget", task, period, epsilonMilli, deltaExp, hash: fields.hex("h", HASH_BYTES) };
}

/**
 * @param {Fields} fields
 * @returns {Leaf}
 */
function readModel(fields) {
  const site = fields.text("site", NAME);
  const step = fields.text("step", MODEL_STEP);
  const proposal = fields.hex("proposal", HASH_BYTES);
  const hash = fields.hex("h", HASH_BYTES);
  if ((step === "proposed" || step === "refused") !== isEqual(proposal, hash)) {
    throw new Malformed("leaf: a proposal is its own document, and no other step's");
  }
  return { kind: "model", site, step, proposal, hash };
}
