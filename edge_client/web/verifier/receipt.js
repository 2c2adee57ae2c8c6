/** Receipts: the copy that the citizen keeps, and what holds of it (docs/formats/receipt.md). */

import { decode, encode } from "./canonical.js";
import { checkQuorum, readSigned } from "./checkpoint.js";
import { settle } from "./claim.js";
import { SALT_BYTES, verifyCommitment } from "./commitment.js";
import { Malformed, Untrue } from "./errors.js";
import { ANY, Fields } from "./fields.js";
import { parseLeaf } from "./leaf.js";
import { leafHash, verifyInclusion } from "./merkle.js";
import { MAX_PROOF, parseProof } from "./proof.js";
import { claimOf, printRecord, readRecord } from "./record.js";
import { isEqual } from "./spelling.js";

const MAX_RECEIPT_BYTES = 80 * 1024;
const SIGNATURE_BYTES = 64;

/**
 * @typedef {object} Receipt
 * @property {import("./record.js").ConsentRecord} record
 * @property {Uint8Array} salt
 * @property {Uint8Array} signature
 * @property {import("./leaf.js").ConsentLeaf} leaf
 * @property {Uint8Array} entry the canonical bytes of `leaf`
 * @property {import("./proof.js").TlogProof} proof
 */

/** @typedef {"commitment" | "notice" | "log" | "witnesses" | "inclusion" | "device"} Check in the order of checking */

/**
 * @typedef {object} Finding
 * @property {Check} check
 * @property {Error | null} error null when it holds; otherwise `Untrue`, or `Malformed` for a checkpoint that is none
 */

/**
 * @typedef {object} Examination
 * @property {Finding[]} findings one for each check, in their order
 * @property {import("./cosignature.js").Cosignature[]} cosignatures that verified; one witness may have several
 */

/**
 * @param {Uint8Array} data
 * @returns {Receipt} throws `Malformed`, and `Untrue` for a record that contradicts itself
 */
export function parseReceipt(data) {
  const fields = new Fields(decode(data, MAX_RECEIPT_BYTES), "receipt");
  fields.whole("v", 1, 1);
  const record = readRecord(fields.take("record"));
  const salt = fields.hex("salt", SALT_BYTES);
  const signature = fields.base64("signature", SIGNATURE_BYTES);
  const entry = encode(fields.take("leaf"));
  const leaf = parseLeaf(entry);
  if (leaf.kind !== "consent") {
    throw new Malformed("receipt: leaf is of another kind");
  }
  const proof = parseProof(fields.text("proof", ANY, MAX_PROOF));
  fields.done();
  return { record, salt, signature, leaf, entry, proof };
}

/**
 * Do every check, also those after one that failed, so that a reader sees all that holds and all that does not.
 *
 * @param {Receipt} receipt
 * @param {import("./logkeys.js").LogKeys} trusted
 * @returns {Promise<Examination>}
 */
export async function examine(receipt, trusted) {
  const { record, salt, leaf, proof } = receipt;
  /** @type {import("./cosignature.js").Cosignature[]} */
  let cosignatures = [];
  const signed = attempt(() => readSigned(proof.checkpoint, trusted));
  /** @type {[Check, () => Promise<void> | void][]} */
  const checks = [
    ["commitment", () => verifyCommitment(leaf.commitment, { salt, record: printRecord(record) })],
    ["notice", () => namesTheSameNotice(receipt)],
    ["log", async () => settle(signed().byLog)],
    [
      "witnesses",
      async () => {
        const { byWitnesses } = signed();
        checkQuorum(byWitnesses, trusted.quorum);
        await settle(byWitnesses.map(({ claim }) => claim));
        cosignatures = byWitnesses;
      },
    ],
    [
      "inclusion",
      async () => {
        const { size, root } = signed().checkpoint;
        const { index, hashes } = proof;
        await verifyInclusion({ index, size, leaf: await leafHash(receipt.entry), proof: hashes, root });
      },
    ],
    ["device", () => settle([claimOf(record, receipt.signature)])],
  ];
  const findings = [];
  for (const [check, run] of checks) {
    findings.push({ check, error: await failure(run) });
  }
  return { findings, cosignatures };
}

/**
 * @param {Uint8Array} data
 * @param {import("./logkeys.js").LogKeys} trusted
 * @returns {Promise<Receipt>} throws the first thing that is wrong, `Malformed` or `Untrue`
 */
export async function verifyReceipt(data, trusted) {
  const receipt = parseReceipt(data);
  const { findings } = await examine(receipt, trusted);
  const failed = findings.find(({ error }) => error !== null);
  if (failed?.error) {
    throw failed.error;
  }
  return receipt;
}

/** @param {Receipt} receipt */
function namesTheSameNotice({ leaf, record }) {
  if (!isEqual(leaf.noticeHash, record.notice)) {
    throw new Untrue("receipt: the log names another notice than the record");
  }
}

/**
 * @template T
 * @param {() => T} act
 * @returns {() => T} what `act` returned or threw, as often as it is asked for
 */
function attempt(act) {
  try {
    const value = act();
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

/**
 * @param {() => Promise<void> | void} run
 * @returns {Promise<Error | null>}
 */
async function failure(run) {
  try {
    await run();
    return null;
  } catch (error) {
    if (error instanceof Malformed || error instanceof Untrue) {
      return error;
    }
    throw error; // not a finding about the receipt: ours
  }
}
