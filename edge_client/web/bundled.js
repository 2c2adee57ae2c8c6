/** One file of a site's signed and logged bundle, for pages that cannot wait for Python: the same for everybody, checked before use. */

import { decode, encode } from "./verifier/canonical.js";
import { checkQuorum, readSigned } from "./verifier/checkpoint.js";
import { settle } from "./verifier/claim.js";
import { Malformed, Untrue } from "./verifier/errors.js";
import { parseLine } from "./verifier/logkeys.js";
import { leafHash, sha256, verifyInclusion } from "./verifier/merkle.js";
import { ED25519, claimsOf, parseNote, parseVerifierKey } from "./verifier/note.js";
import { parseProof } from "./verifier/proof.js";
import { printHex, printUtf8, readUtf8 } from "./verifier/spelling.js";

const MAX_BUNDLE_BYTES = 128 * 1024;

/**
 * @typedef {object} Collaborators
 * @property {import("./config.js").Config} config
 * @property {(address: string) => Promise<ArrayBuffer>} fetchFile
 * @property {() => number} now Unix milliseconds
 */

/**
 * @param {string} name of a file of the bundle, of canonical JSON
 * @param {Collaborators} with_
 * @returns {Promise<import("./verifier/canonical.js").Json>} throws when it cannot be had, or is not to be believed
 */
export async function loadBundled(name, { config, fetchFile, now }) {
  const { site } = config;
  const raw = new Uint8Array(await fetchFile(`/nearside/${site}/bundle.json`));
  const bundle = /** @type {any} */ (decode(raw, MAX_BUNDLE_BYTES));
  const note = parseNote(printUtf8(bundle.manifest, "bundle"));
  const manifest = await openManifest(note, config);
  if (!(manifest.not_before * 1000 <= now() && now() < manifest.expires * 1000)) {
    throw new Untrue("bundle: expired or not yet valid");
  }
  await checkLogged(note, manifest, bundle.proof, config);
  const entry = manifest.files[name];
  if (!entry) {
    throw new Malformed(`bundle: this site has no ${name}`);
  }
  const file = new Uint8Array(await fetchFile(`/nearside/${site}/files/${entry.sha256}`));
  if (printHex(await sha256(file)) !== entry.sha256) {
    throw new Untrue(`${name}: not the file that was signed`);
  }
  return readFile(file, name);
}

/**
 * Read a file of which every byte is signed: it was read as canonical JSON by whoever signed it. Here it has to print
 * back, which a browser does in a hundredth of the time that looking at each value takes.
 *
 * @param {Uint8Array} file
 * @param {string} name
 * @returns {import("./verifier/canonical.js").Json} throws `Malformed`
 */
function readFile(file, name) {
  const text = readUtf8(file, name);
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Malformed(`${name}: not json`);
  }
  if (JSON.stringify(value) !== text) {
    throw new Malformed(`${name}: does not print back`);
  }
  return value;
}

/**
 * @param {import("./verifier/note.js").Note} note
 * @param {import("./config.js").Config} config
 * @returns {Promise<any>} what the agency signed
 */
async function openManifest(note, { site, agencyKey }) {
  await settle(claimsOf(note, [await parseVerifierKey(agencyKey, ED25519)]));
  const head = `nearside bundle ${site}\n`;
  if (!note.text.startsWith(head)) {
    throw new Untrue("bundle: made for another site");
  }
  return decode(printUtf8(note.text.slice(head.length, -1), "manifest"));
}

/**
 * @param {import("./verifier/note.js").Note} note
 * @param {any} manifest
 * @param {string} text
 * @param {import("./config.js").Config} config
 */
async function checkLogged(note, manifest, text, { site, ledgerKey }) {
  const proof = parseProof(text);
  const trusted = await parseLine(ledgerKey);
  const { checkpoint, byLog, byWitnesses } = readSigned(proof.checkpoint, trusted);
  checkQuorum(byWitnesses, trusted.quorum);
  await settle([...byLog, ...byWitnesses.map(({ claim }) => claim)]);
  const h = printHex(await sha256(printUtf8(note.text, "manifest")));
  const leaf = await leafHash(encode({ v: 1, k: "bundle", site, version: manifest.version, h }));
  const { index, hashes } = proof;
  await verifyInclusion({ index, size: checkpoint.size, leaf, proof: hashes, root: checkpoint.root });
}
