/** What a link to a preview says: a note that the agency signed, read and checked before anything of it counts. */

import { decode } from "../verifier/canonical.js";
import { settle } from "../verifier/claim.js";
import { Malformed, Untrue } from "../verifier/errors.js";
import { ED25519, claimsOf, parseNote, parseVerifierKey } from "../verifier/note.js";
import { printUtf8, readBase64 } from "../verifier/spelling.js";

/** As long as an address may be (edge_client/preview/token.py). */
const MAX_TOKEN_CHARS = 16 * 1024;

/**
 * @typedef {object} Token
 * @property {string} text the note's text, which the device's own code reads again
 * @property {{name: string}} persona
 * @property {string | null} at a minute of the clock on this screen's wall
 * @property {string[]} codes of areas
 * @property {"live" | "trial" | null} variant
 */

/**
 * @param {string} token
 * @param {{site: string, agencyKey: string, previewKey: string}} trust
 * @param {number} now Unix milliseconds, of the real clock
 * @returns {Promise<Token>} throws `Malformed` or `Untrue`: forged, for another site, or over
 */
export async function openToken(token, { site, agencyKey, previewKey }, now) {
  if (token.length > MAX_TOKEN_CHARS || !/^[\w-]+$/.test(token)) {
    throw new Malformed("preview: not a signed note");
  }
  const padded = token.replaceAll("-", "+").replaceAll("_", "/") + "=".repeat((4 - (token.length % 4)) % 4);
  const note = parseNote(readBase64(padded, "preview"));
  const named = [agencyKey, previewKey].filter(Boolean);
  const keys = await Promise.all(named.map((key) => parseVerifierKey(key, ED25519)));
  await settle(claimsOf(note, keys));
  const head = `nearside preview ${site}\n`;
  if (!note.text.startsWith(head)) {
    throw new Untrue("preview: made for another site, or no preview at all");
  }
  const said = /** @type {any} */ (decode(printUtf8(note.text.slice(head.length, -1), "preview")));
  if (said.v !== 1 || said.site !== site) {
    throw new Malformed("preview: not version 1");
  }
  if (!(now < said.expires * 1000)) {
    throw new Untrue("preview: the link is over");
  }
  return { ...said, text: note.text };
}
