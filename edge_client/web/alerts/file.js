/** `alerts.json` and `areas.json` as they arrive: read strictly, verified, or not used (docs/formats/alerts.md). */

import { NAME } from "./fields.js";
import { readAlerts } from "./list.js";
import { readAreas } from "./areas.js";
import { decode } from "../verifier/canonical.js";
import { settle } from "../verifier/claim.js";
import { Malformed, Untrue } from "../verifier/errors.js";
import { ANY, Fields } from "../verifier/fields.js";
import { sha256 } from "../verifier/merkle.js";
import { claimsOf, ED25519, parseNote, parseVerifierKey } from "../verifier/note.js";
import { printHex, printUtf8 } from "../verifier/spelling.js";

/** @typedef {import("../verifier/canonical.js").Json} Json */
/** @typedef {{sequence: number, digest: string | null}} Pin the newest file that was seen: its number, what was signed */
/** @typedef {{sha256: string, bytes: number}} Entry */

/**
 * @typedef {object} Opened
 * @property {import("./list.js").Alert[]} alerts
 * @property {Pin} pin
 * @property {Entry | null} areas
 * @property {number} notAfter Unix seconds
 */

/** Well formed and true, but not to be used: over, or older than what was seen. */
export class Refused extends Error {
  name = "Refused";
}

const KIB = 1024;
const MAX_ALERTS_BYTES = 256 * KIB;
const MAX_NOTE_CHARS = 16 * KIB;
const MAX_FILE_BYTES = 2 * MAX_ALERTS_BYTES + 2 * MAX_NOTE_CHARS;
const MAX_AREAS_BYTES = 512 * KIB;
const MAX_HEAD_CHARS = 4096;
const MAX_LIFETIME_S = 7 * 24 * 60 * 60;

/**
 * Check everything about the alerts of a site but their end, its signature too. From then on the pin counts, also where
 * the file is over: a number that was seen is not forgotten.
 *
 * @param {Uint8Array} raw
 * @param {{site: string, agencyKey: string, pin: Pin}} trust
 * @returns {Promise<Opened>} throws `Malformed`, `Untrue` or `Refused`
 */
export async function openAlerts(raw, { site, agencyKey, pin }) {
  const fields = new Fields(decode(raw, MAX_FILE_BYTES), "alerts");
  fields.whole("v", 1, 1);
  const note = parseNote(printUtf8(fields.text("head", ANY, MAX_NOTE_CHARS), "alerts"));
  const text = printUtf8(fields.text("alerts", ANY, MAX_ALERTS_BYTES), "alerts");
  fields.done();
  const head = readHead(note.text);
  await checkEntry(text, head.alerts, "alerts");
  const { site: named, alerts } = readAlerts(decode(text));
  if (head.site !== site || named !== site) {
    throw new Untrue("alerts: made for another site");
  }
  const claims = claimsOf(note, [await parseVerifierKey(agencyKey, ED25519)]);
  const digest = printHex(await sha256(printUtf8(note.text, "alerts")));
  if (head.sequence < pin.sequence) {
    throw new Refused("alerts: older than those that this device has");
  }
  if (head.sequence === pin.sequence && digest !== pin.digest) {
    throw new Untrue("alerts: others under a number that this device has");
  }
  await settle(claims);
  return { alerts, pin: { sequence: head.sequence, digest }, areas: head.areas, notAfter: head.notAfter };
}

/**
 * @param {Opened} opened
 * @param {number} now Unix seconds; throws `Refused` when nothing of the file is to be said any more
 */
export function checkEnd({ notAfter }, now) {
  if (now >= notAfter) {
    throw new Refused("alerts: over, and nothing newer came");
  }
}

/**
 * @param {Uint8Array} raw
 * @param {Entry} entry what the signed head says of the file
 * @param {string} site
 * @returns {Promise<import("./areas.js").Areas>} throws `Malformed` or `Untrue`
 */
export async function openAreas(raw, entry, site) {
  await checkEntry(raw, entry, "areas");
  const areas = readAreas(decode(raw, MAX_AREAS_BYTES));
  if (areas.site !== site) {
    throw new Untrue("areas: made for another site");
  }
  return areas;
}

/** @param {string} text */
function readHead(text) {
  if (text.length > MAX_HEAD_CHARS) {
    throw new Malformed("alerts: head is too long");
  }
  const [first, line, ...rest] = text.split("\n");
  const fields = new Fields(decode(printUtf8(line ?? "", "alerts: head")), "alerts: head");
  fields.whole("v", 1, 1);
  const areas = fields.take("areas");
  const head = {
    site: fields.text("site", NAME),
    sequence: fields.whole("sequence", 1),
    issued: fields.whole("issued", 0),
    notAfter: fields.whole("not_after", 0),
    alerts: readEntry(fields.take("alerts"), MAX_ALERTS_BYTES),
    areas: areas === null ? null : readEntry(areas, MAX_AREAS_BYTES),
  };
  fields.done();
  if (head.issued >= head.notAfter || head.notAfter > head.issued + MAX_LIFETIME_S) {
    throw new Malformed("alerts: head ends before it begins, or holds for longer than a week");
  }
  if (first !== `nearside alerts ${head.site}` || rest.length !== 1 || rest[0] !== "") {
    throw new Malformed("alerts: head is not in canonical form");
  }
  return head;
}

/**
 * @param {Json} value
 * @param {number} most
 * @returns {Entry}
 */
function readEntry(value, most) {
  const fields = new Fields(value, "alerts: head: file");
  const entry = { sha256: printHex(fields.hex("sha256", 32)), bytes: fields.whole("bytes", 0, most) };
  fields.done();
  return entry;
}

/**
 * @param {Uint8Array} raw
 * @param {Entry} entry
 * @param {string} noun
 */
async function checkEntry(raw, entry, noun) {
  if (raw.length !== entry.bytes || printHex(await sha256(raw)) !== entry.sha256) {
    throw new Untrue(`${noun}: not the file that was signed`);
  }
}
