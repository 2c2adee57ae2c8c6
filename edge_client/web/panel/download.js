/**
 * One file of all that this browser keeps for this website (docs/formats/download.md), made here and sent nowhere.
 *
 * What is encrypted, and keys, are named and left out: a file on a disk would be read by whoever finds it, and the keys'
 * bytes are given to no script. Answers to questions are in it all the same, in words: it is how another device gets them.
 */

import { DRAFT, FLOW, VAULT } from "../kept.js";
import { printBase64 } from "../verifier/spelling.js";
import { isKey } from "./holdings.js";

/** @typedef {import("./holdings.js").Holding} Holding */

/**
 * @param {readonly Holding[]} holdings
 * @param {{site: string, now: number}} about `now` in Unix milliseconds
 * @returns {Record<string, unknown>} what is printed as JSON
 */
export function downloadOf(holdings, { site, now }) {
  const withheld = holdings.filter((holding) => whyWithheld(holding) !== null);
  const alike = holdings.filter(({ where }) => where === "cache");
  const kept = holdings.filter((holding) => !withheld.includes(holding) && !alike.includes(holding));
  return {
    v: 1,
    kind: "nearside-download",
    site,
    made_at_ms: now,
    kept: kept.map(({ where, key, value }) => ({ where, key, ...readable(value) })),
    withheld: withheld.map((holding) => ({
      where: holding.where,
      key: holding.key,
      why: whyWithheld(holding),
    })),
    alike: alike.map(({ where, key, value }) => ({ where, key, files: value })),
  };
}

/**
 * @param {Holding} holding
 * @returns {"encrypted" | "key" | null} null where it is in the file
 */
export function whyWithheld({ where, key, value }) {
  if (isKey(value)) {
    return "key";
  }
  return where === "local" && (key === VAULT || isSealed(key, value)) ? "encrypted" : null;
}

/** @param {string} key; @param {string} value; @returns {boolean} whether it is answers to questions that nobody could read just now */
function isSealed(key, value) {
  return [FLOW, DRAFT].some((begin) => key.startsWith(begin)) && /^{"v":2,/.test(value);
}

/**
 * @param {readonly Holding[]} holdings
 * @param {Map<string, string>} texts by key, what sealed answers to questions say
 * @returns {Holding[]} with those in words: they are in the file for another device to take in
 */
export function inWords(holdings, texts) {
  return holdings.map((holding) =>
    holding.where === "local" && texts.has(holding.key)
      ? { ...holding, value: texts.get(holding.key) }
      : holding,
  );
}

/**
 * @param {unknown} value
 * @returns {{json: unknown} | {text: string} | {base64: string}} what it says
 */
function readable(value) {
  if (value instanceof Uint8Array) {
    try {
      return jsonOrText(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(value));
    } catch {
      return { base64: printBase64(value) };
    }
  }
  return typeof value === "string" ? jsonOrText(value) : { json: value };
}

/** @param {string} text */
function jsonOrText(text) {
  try {
    return { json: JSON.parse(text) };
  } catch {
    return { text };
  }
}

/**
 * Have the browser save a text as a file.
 *
 * @param {string} name
 * @param {string} text JSON
 */
export function saveFile(name, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
