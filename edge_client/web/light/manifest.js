/** The manifest of a bundle and the proof that the log holds it: the twin of `edge_client/wire/{manifest,bundle}.py`. */

import { decode, encode } from "../verifier/canonical.js";
import { readSigned, checkQuorum } from "../verifier/checkpoint.js";
import { Malformed, Untrue } from "../verifier/errors.js";
import { ANY, Fields } from "../verifier/fields.js";
import { leafHash, sha256, verifyInclusion } from "../verifier/merkle.js";
import { claimsOf, parseNote } from "../verifier/note.js";
import { parseProof } from "../verifier/proof.js";
import { isEqual, printHex, printUtf8, readHex } from "../verifier/spelling.js";

/** @typedef {import("../verifier/canonical.js").Json} Json */

const MAX_BUNDLE_BYTES = 128 * 1024;
const MAX_PART = 96 * 1024;
const MAX_MANIFEST_BYTES = 4096;
const MAX_FILE_BYTES = 64 * 1024 * 1024;
const MAX_CODE_FILES = 64;
const MAX_CODE_PATH = 200;
const SITE = /^[a-z0-9](?:[a-z0-9.:-]{0,98}[a-z0-9])?$/;
const CODE_PATH = /^[A-Za-z0-9_][A-Za-z0-9_.-]*(?:\/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$/;
const FILES = ["catalogue.json", "model.json", "model.onnx", "notices.json", "rules.json", "tasks.json"];
const OF_A_CANARY = ["canary.json", "canary.onnx"];
const OPTIONAL = ["archetypes.json", ...OF_A_CANARY, "candidates.json", "flows.json", "reminders.json"];

/** @typedef {{sha256: string, bytes: number}} FileEntry */

/**
 * @typedef {object} Manifest
 * @property {string} site
 * @property {number} version
 * @property {number} not_before Unix seconds
 * @property {number} expires Unix seconds
 * @property {string} min_client
 * @property {Readonly<Record<string, FileEntry>>} files
 * @property {string} hash SHA-256 of its text, in hex
 */

/**
 * @typedef {object} Published
 * @property {Manifest} manifest nothing of it is believed before the claims hold
 * @property {number} treeSize
 * @property {import("../verifier/claim.js").Claim[]} claims signatures still to be settled
 */

/**
 * @param {Uint8Array} raw `bundle.json`
 * @param {{site: string, agency: import("../verifier/note.js").VerifierKey,
 *   ledger: import("../verifier/logkeys.js").LogKeys}} trust
 * @returns {Promise<Published>} throws `Malformed`, and `Untrue` for another site's, or one that the log does not hold
 */
export async function readPublished(raw, { site, agency, ledger }) {
  const fields = new Fields(decode(raw, MAX_BUNDLE_BYTES), "bundle");
  fields.whole("v", 1, 1);
  const note = parseNote(printUtf8(fields.text("manifest", ANY, MAX_PART), "bundle"));
  const proof = parseProof(fields.text("proof", ANY, MAX_PART));
  fields.done();
  const hash = await sha256(printUtf8(note.text, "manifest"));
  const manifest = parseManifest(note.text, printHex(hash));
  if (manifest.site !== site) {
    throw new Untrue("bundle: made for another site");
  }
  const { checkpoint, byLog, byWitnesses } = readSigned(proof.checkpoint, ledger);
  checkQuorum(byWitnesses, ledger.quorum);
  const leaf = encode({ v: 1, k: "bundle", site, version: manifest.version, h: manifest.hash });
  await verifyInclusion({
    index: proof.index,
    size: checkpoint.size,
    leaf: await leafHash(leaf),
    proof: proof.hashes,
    root: checkpoint.root,
  });
  const claims = [...claimsOf(note, [agency]), ...byLog, ...byWitnesses.map(({ claim }) => claim)];
  return { manifest, treeSize: Number(checkpoint.size), claims };
}

/**
 * @param {string} text
 * @param {string} hash
 * @returns {Manifest} throws `Malformed`
 */
export function parseManifest(text, hash) {
  const [head, line, rest] = text.split("\n");
  const value = text.length > MAX_MANIFEST_BYTES ? null : decode(printUtf8(line ?? "", "manifest"));
  const fields = new Fields(value, "manifest");
  const hasCanary = Object.hasOwn(/** @type {object} */ (value), "canary");
  fields.whole("v", 1, 1);
  const manifest = {
    site: fields.text("site", SITE),
    version: fields.whole("version", 1),
    not_before: fields.whole("not_before", 0),
    expires: fields.whole("expires", 0),
    min_client: fields.text("min_client", /^.+$/u, 200),
    files: filesOf(fields.take("files")),
    hash,
  };
  const previous = fields.take("previous");
  if (previous !== null) {
    readHex(typeof previous === "string" ? previous : "", 32, "manifest: previous");
  }
  fields.hex("keys", 32);
  checkCode(fields.take("code"));
  if (hasCanary) {
    checkCanary(fields.take("canary"));
  }
  fields.done();
  if (OF_A_CANARY.some((name) => Object.hasOwn(manifest.files, name) !== hasCanary)) {
    throw new Malformed("manifest: a canary without its files, or files of none");
  }
  const whole = `nearside bundle ${manifest.site}\n${line}\n`;
  if (head !== `nearside bundle ${manifest.site}` || rest !== "" || whole !== text) {
    throw new Malformed("manifest: not in canonical form");
  }
  if (printUtf8(text, "manifest").length > MAX_MANIFEST_BYTES) {
    throw new Malformed("manifest: too long");
  }
  return manifest;
}

/** @param {Manifest} manifest; @returns {boolean} whether it names every file that a bundle holds */
export function isWhole({ files }) {
  return FILES.every((name) => Object.hasOwn(files, name));
}

/**
 * @param {FileEntry} entry
 * @param {Uint8Array} raw
 * @returns {Promise<boolean>} whether it is the file that was signed
 */
export async function isFile(entry, raw) {
  return (
    raw.length === entry.bytes && isEqual(await sha256(raw), readHex(entry.sha256, 32, "manifest: file"))
  );
}

/** @param {Json} value; @returns {Record<string, FileEntry>} */
function filesOf(value) {
  const known = [...FILES, ...OPTIONAL];
  return Object.fromEntries(
    Object.entries(objectOf(value)).map(([name, each]) => {
      const fields = new Fields(each, "manifest: file");
      const entry = {
        sha256: printHex(fields.hex("sha256", 32)),
        bytes: fields.whole("bytes", 0, MAX_FILE_BYTES),
      };
      fields.done();
      if (!known.includes(name)) {
        throw new Malformed("manifest: a file has an unknown name");
      }
      return [name, entry];
    }),
  );
}

/** @param {Json} value */
function checkCode(value) {
  const code = Object.entries(objectOf(value));
  for (const [path, digest] of code) {
    const isPath = path.length <= MAX_CODE_PATH && CODE_PATH.test(path);
    readHex(isPath && typeof digest === "string" ? digest : "", 32, "manifest: code");
  }
  if (code.length > MAX_CODE_FILES) {
    throw new Malformed("manifest: too much code");
  }
}

/** @param {Json} value */
function checkCanary(value) {
  const fields = new Fields(value, "manifest: canary");
  fields.whole("share_milli", 1, 1000);
  fields.hex("proposal", 32);
  fields.done();
}

/** @param {Json} value; @returns {{[name: string]: Json}} */
function objectOf(value) {
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    throw new Malformed("manifest: not an object");
  }
  return value;
}
