/**
 * What a decision is called, whichever way it reaches the citizen: 12 hex digits of a hash of what it is about, and of nothing that
 * is this device's alone. Two people with the same reminder for the same day have the same; a list's own name is its worker's
 * (edge_client/decided.py). None is ever sent.
 */

import { element } from "./markup.js";
import { encode } from "./verifier/canonical.js";
import { sha256 } from "./verifier/merkle.js";
import { printHex } from "./verifier/spelling.js";

const HEX_DIGITS = 12;

/**
 * @param {Record<string, string>} about
 * @returns {Promise<string>}
 */
export async function decisionId(about) {
  return shortened(printHex(await sha256(encode(about))));
}

/**
 * @param {string} name of the task, as the agency's pages call it
 * @param {string} site its origin
 */
export function taskDecision(name, site) {
  return decisionId({ site, task: name });
}

/**
 * @param {string} words with `{id}` in the place of the name
 * @param {string} id
 * @returns {(string | HTMLElement)[]} the words, with the name in its own direction
 */
export function sayDecision(words, id) {
  const [before, after] = words.split("{id}");
  const made = element("bdi", id);
  made.dir = "ltr";
  return [before, made, after];
}

/** @param {string} name; @returns {string} of a longer name what is shown of it */
export function shortened(name) {
  return name.slice(0, HEX_DIGITS);
}
