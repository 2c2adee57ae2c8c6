/**
 * Every name under which this browser may hold something of ours: what it is, what for, and when it ends. A name that is not
 * here fails a test (tests/unit/test_registry.py), and is listed in the panel all the same.
 */

import { ANSWERS } from "../collect.js";
import { ALERTS, DRAFT, FLOW, PLACE, REMINDER, VAULT, VAULT_KEY, endOf } from "../kept.js";
import { SHARED } from "../choice.js";
import { GREET } from "../greet.js";
import { PAUSE } from "../pause.js";
import { QUIET } from "../quiet.js";

/** @typedef {import("./holdings.js").Holding} Holding */

/**
 * @typedef {object} Row
 * @property {Holding["where"]} where
 * @property {string} key the whole name; one that ends in a full stop is how names of this kind begin
 * @property {string} words what it is called
 * @property {string[]} purposes what it is for: purposes of consent, or why it needs none
 * @property {string} ends what ends it, in words
 * @property {(value: any) => number} [until] its end, where that can be read off (Unix milliseconds)
 */

/** Kept by a button that says so, whatever was chosen. */
const ASKED = ["asked"];
/** What carries out the citizen's choices and proves them. */
const PROOF = ["proof"];
/** The same for everyone. */
const ALIKE = ["alike"];

/** @type {readonly Row[]} */
export const REGISTRY = [
  { where: "local", key: "nearside.choice", words: "choice", purposes: PROOF, ends: "delete" },
  local("nearside.plan", "plan", ["suggest"], "no", ({ expires }) => expires * 1000),
  local("nearside.collect", "collect", ["suggest"], "no", ({ until_ms }) => until_ms),
  { where: "local", key: "nearside.untold", words: "untold", purposes: ["suggest"], ends: "taken" },
  { where: "local", key: "nearside.elsewhere", words: "elsewhere", purposes: PROOF, ends: "no" },
  { where: "local", key: ANSWERS, words: "answers", purposes: ["suggest"], ends: "no" },
  local(FLOW, "flow", ASKED, "delete", (value) => endOf(FLOW, value)),
  local(DRAFT, "draft", ["remember"], "no", (value) => endOf(DRAFT, value)),
  local(REMINDER, "reminder", ASKED, "delete", (value) => endOf(REMINDER, value)),
  local(VAULT, "vault", ASKED, "delete", (value) => endOf(VAULT, value)),
  local(PLACE, "place", ["place"], "no", (value) => endOf(PLACE, value)),
  { where: "local", key: GREET, words: "greet", purposes: ["suggest"], ends: "no" },
  { where: "local", key: QUIET, words: "quiet", purposes: ASKED, ends: "delete" },
  local(PAUSE, "pause", ASKED, "pause", (value) => value),
  { where: "local", key: SHARED, words: "shared", purposes: ASKED, ends: "idle" },
  { where: "local", key: ALERTS, words: "alerts", purposes: ALIKE, ends: "no" },
  { where: "session", key: "nearside.alerts.hidden", words: "hidden", purposes: ASKED, ends: "tab" },
  { where: "session", key: "nearside.apart", words: "apart", purposes: ASKED, ends: "tab" },
  { where: "session", key: "nearside.device.", words: "device", purposes: ASKED, ends: "tab" },
  { where: "database", key: "profile", words: "profile", purposes: ["suggest", "learn"], ends: "rules" },
  { where: "database", key: "told", words: "told", purposes: ["suggest"], ends: "no" },
  { where: "database", key: "signals", words: "signals", purposes: ["suggest", "learn"], ends: "rules" },
  { where: "database", key: "decided", words: "decided", purposes: ["suggest"], ends: "no" },
  { where: "database", key: "reporter", words: "reporter", purposes: ["learn"], ends: "no" },
  { where: "database", key: "arm", words: "arm", purposes: ["suggest"], ends: "no" },
  { where: "database", key: "book", words: "book", purposes: PROOF, ends: "delete" },
  { where: "database", key: "consent-key", words: "consent-key", purposes: PROOF, ends: "delete" },
  { where: "database", key: "flows-key", words: "flows-key", purposes: ["asked", "remember"], ends: "vault" },
  { where: "database", key: VAULT_KEY, words: "vault-key", purposes: ASKED, ends: "vault" },
  { where: "database", key: "sent", words: "sent", purposes: ["shown"], ends: "sent" },
  { where: "database", key: "pins", words: "pins", purposes: ALIKE, ends: "delete" },
  { where: "cache", key: "nearside-python", words: "python", purposes: ALIKE, ends: "newer" },
];

/**
 * @param {{where: string, key: string}} holding
 * @returns {Row | undefined} undefined for what nobody has given a name to
 */
export function rowOf({ where, key }) {
  const named = REGISTRY.filter(
    (row) => row.key === key || (row.key.endsWith(".") && key.startsWith(row.key)),
  );
  // A tab apart keeps in its own storage what others keep for longer.
  const apart = where === "session" ? named.find((row) => row.where === "local") : undefined;
  return named.find((row) => row.where === where) ?? apart;
}

/**
 * @param {Holding} holding
 * @returns {number} when it is over (Unix milliseconds); 0 where that cannot be read off
 */
export function overAt(holding) {
  try {
    return rowOf(holding)?.until?.(JSON.parse(holding.value)) || 0;
  } catch {
    return 0;
  }
}

/**
 * @param {string} key
 * @param {string} words
 * @param {string[]} purposes
 * @param {string} ends
 * @param {(value: any) => number} until
 * @returns {Row}
 */
function local(key, words, purposes, ends, until) {
  return { where: "local", key, words, purposes, ends, until };
}
