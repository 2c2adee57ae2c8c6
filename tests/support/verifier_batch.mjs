// The second verifier on a batch of cases: node verifier_batch.mjs < cases.jsonl > outcomes.jsonl
// A case is {"do": <name below>, ...}; its outcome is {"error": "Malformed" | "Untrue"} or {"value": ...}.
import { createInterface } from "node:readline";

import { decode, encode } from "../../edge_client/web/verifier/canonical.js";
import { checkQuorum, parseCheckpoint, readSigned } from "../../edge_client/web/verifier/checkpoint.js";
import { settle } from "../../edge_client/web/verifier/claim.js";
import { commit } from "../../edge_client/web/verifier/commitment.js";
import { verifyCopy } from "../../edge_client/web/verifier/copy.js";
import { Malformed, Untrue } from "../../edge_client/web/verifier/errors.js";
import { parseLeaf } from "../../edge_client/web/verifier/leaf.js";
import { parseKeyList, parseLine } from "../../edge_client/web/verifier/logkeys.js";
import {
  leafHash,
  rootOf,
  verifyConsistency,
  verifyInclusion,
} from "../../edge_client/web/verifier/merkle.js";
import {
  claimsOf,
  COSIGNATURE,
  ED25519,
  parseNote,
  parseVerifierKey,
} from "../../edge_client/web/verifier/note.js";
import { parseProof } from "../../edge_client/web/verifier/proof.js";
import { claimOf, parseRecord } from "../../edge_client/web/verifier/record.js";
import { verifyReceipt } from "../../edge_client/web/verifier/receipt.js";
import { printBase64, printHex } from "../../edge_client/web/verifier/spelling.js";
import { decodeEntries, pathOf, tilesAt } from "../../edge_client/web/verifier/tiles.js";

const bytes = (hex) => new Uint8Array(Buffer.from(hex, "hex"));
const tile = ({ level, index, width }) => ({ level, index: BigInt(index), width: BigInt(width) });
const checked = async (note, trusted) => {
  const { checkpoint, byLog, byWitnesses } = readSigned(note, trusted);
  checkQuorum(byWitnesses, trusted.quorum);
  return { checkpoint, claims: [...byLog, ...byWitnesses.map(({ claim }) => claim)] };
};

/** @type {Record<string, (given: any) => unknown>} what comes back is compared with what Python says */
const deeds = {
  canonical: ({ data }) => printHex(encode(decode(bytes(data)))),
  root: async ({ leaves }) => printHex(await rootOf(await Promise.all(leaves.map(bytes).map(leafHash)))),
  inclusion: ({ index, size, leaf, proof, root }) =>
    verifyInclusion({
      index: BigInt(index),
      size: BigInt(size),
      leaf: bytes(leaf),
      proof: proof.map(bytes),
      root: bytes(root),
    }),
  consistency: ({ old, size, old_root, root, proof }) =>
    verifyConsistency({
      old: BigInt(old),
      size: BigInt(size),
      oldRoot: bytes(old_root),
      root: bytes(root),
      proof: proof.map(bytes),
    }),
  tile_path: (given) => pathOf(tile(given)),
  tile_paths: ({ size }) =>
    [-1, 0, 1, 2, 3, 4, 5, 6, 7].flatMap((level) => [...tilesAt(level, BigInt(size))].map(pathOf)),
  entries: ({ data }) => decodeEntries(bytes(data)).map(printHex),
  vkey: async ({ text }) => printHex((await parseVerifierKey(text, ED25519)).publicKey),
  witness_key: async ({ text }) => printHex((await parseVerifierKey(text, COSIGNATURE)).publicKey),
  log_keys: async ({ text }) => {
    const { origin, keys, witnesses, quorum } = await parseLine(text);
    return [origin, keys.length, witnesses.length, quorum];
  },
  key_list: async ({ data }) => {
    const { origin, keys, witnesses, quorum } = await parseKeyList(bytes(data));
    return [origin, keys.length, witnesses.length, quorum];
  },
  note: async ({ data, vkey }) => {
    const note = parseNote(bytes(data));
    await settle(claimsOf(note, [await parseVerifierKey(vkey, ED25519)]));
    return note.text;
  },
  checkpoint: ({ text }) => {
    const { origin, size, root, extensions } = parseCheckpoint(text);
    return [origin, String(size), printBase64(root), extensions];
  },
  signed_checkpoint: async ({ data, trusted }) => {
    const { checkpoint, claims } = await checked(parseNote(bytes(data)), await parseLine(trusted));
    await settle(claims);
    return [checkpoint.origin, String(checkpoint.size), claims.length];
  },
  proof: async ({ text, leaf, trusted }) => {
    const proof = parseProof(text);
    const { checkpoint, claims } = await checked(proof.checkpoint, await parseLine(trusted));
    const { size, root } = checkpoint;
    await verifyInclusion({ index: proof.index, size, leaf: bytes(leaf), proof: proof.hashes, root });
    await settle(claims);
    return [String(proof.index), String(size)];
  },
  leaf: async ({ data }) => [parseLeaf(bytes(data)).kind, printHex(await leafHash(bytes(data)))],
  record: ({ data }) => {
    const { uuid, purpose, status, gpc, time, noticeVersion } = parseRecord(bytes(data));
    return [uuid, purpose, status, gpc, time, noticeVersion];
  },
  opening: async ({ data, salt, signature }) => {
    const record = parseRecord(bytes(data));
    await settle([claimOf(record, bytes(signature))]);
    return printHex(await commit(bytes(salt), bytes(data)));
  },
  receipt: async ({ data, trusted }) =>
    (await verifyReceipt(bytes(data), await parseLine(trusted))).record.uuid,
  copy: async ({ files, note, trusted }) => {
    const read = async (path) => (path in files ? bytes(files[path]) : null);
    const { checkpoint, kinds, erased } = await verifyCopy(read, bytes(note), await parseLine(trusted));
    return [String(checkpoint.size), Object.fromEntries([...kinds].sort()), erased];
  },
};

async function outcome(given) {
  try {
    return { value: (await deeds[given.do](given)) ?? null };
  } catch (error) {
    if (error instanceof Malformed || error instanceof Untrue) {
      return { error: error.name };
    }
    throw error;
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await outcome(JSON.parse(line)))}\n`);
}
