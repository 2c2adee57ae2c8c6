/** What a receipt says and which checks held, in plain words: shown on the page "Check a receipt" and in the panel. */

// @ts-ignore -- made by the build from the agency's notices
import notices from "nearside-notices";
// @ts-ignore -- made by the build from words/*.json: what checking shows
import words from "nearside-check-words";
import { element } from "./markup.js";
import { encode } from "./verifier/canonical.js";
import { Malformed, Untrue } from "./verifier/errors.js";
import { leafHash, sha256 } from "./verifier/merkle.js";
import { examine, parseReceipt } from "./verifier/receipt.js";
import { isEqual, printHex } from "./verifier/spelling.js";
import { datesIn, languageName } from "./locale.js";

/** @typedef {import("./verifier/receipt.js").Receipt} Receipt */
/** @typedef {import("./verifier/receipt.js").Examination} Examination */
/** @typedef {import("./verifier/logkeys.js").LogKeys} LogKeys */
/** @typedef {import("./words.js").Strings} Strings */

/**
 * @typedef {object} Reading
 * @property {string} lang language of the page
 * @property {"h2" | "h4"} heading level of the verdict
 */

/**
 * @param {string} lang
 * @returns {Strings}
 */
export function checkWords(lang) {
  const all = /** @type {Record<string, Strings>} */ (words);
  return all[lang] ?? all.en;
}

/**
 * Check a receipt and say what came of it. The verdict's heading takes the focus where the caller gives it.
 *
 * @param {Uint8Array} data the receipt
 * @param {() => Promise<LogKeys>} trust whose keys count
 * @param {Reading} reading
 * @returns {Promise<HTMLElement>}
 */
export async function showChecked(data, trust, reading) {
  const strings = checkWords(reading.lang);
  const shown = document.createElement("section");
  shown.className = "nearside-checked";
  /** @param {string} verdict a word of ours: its title and text */
  const say = (verdict) => {
    const title = element(reading.heading, strings[verdict]);
    title.tabIndex = -1;
    shown.dataset.verdict = verdict;
    shown.append(title, element("p", strings[`${verdict}-text`]));
  };
  try {
    const trusted = await trust().catch(becauseOf("bad-keys"));
    const receipt = await parsed(data);
    const examination = await examine(receipt, trusted);
    const holds = examination.findings.every(({ error }) => error === null);
    say(holds ? "holds" : "fails");
    shown.append(
      element("p", sentence(receipt, reading.lang, strings), "nearside-sentence"),
      checksOf(examination, receipt, trusted, strings),
      await facts(receipt, examination, reading.lang),
    );
  } catch (error) {
    say(error instanceof Because ? error.verdict : "unsupported");
  }
  return shown;
}

/** Why nothing could be checked: one of our words. */
class Because extends Error {
  /** @param {string} verdict */
  constructor(verdict) {
    super(verdict);
    this.verdict = verdict;
  }
}

/**
 * @param {string} verdict
 * @returns {(error: unknown) => never}
 */
function becauseOf(verdict) {
  return (error) => {
    throw error instanceof Malformed ? new Because(verdict) : error;
  };
}

/** @param {Uint8Array} data */
async function parsed(data) {
  try {
    return parseReceipt(data);
  } catch (error) {
    throw error instanceof Untrue ? new Because("contradicts") : becauseOf("unreadable")(error);
  }
}

/**
 * @param {Receipt} receipt
 * @param {string} lang
 * @param {Strings} strings
 */
function sentence({ record }, lang, strings) {
  return strings[`says-${record.status}`]
    .replace("{when}", moment(new Date(record.time), lang))
    .replace("{agency}", record.controller)
    .replace("{what}", titleOf(record.purpose, lang));
}

/**
 * @param {Examination} examination
 * @param {Receipt} receipt
 * @param {LogKeys} trusted
 * @param {Strings} strings
 */
function checksOf({ findings, cosignatures }, receipt, trusted, strings) {
  const seen = new Set(cosignatures.map(({ witness }) => printHex(witness.publicKey))).size;
  /** @type {Record<string, string>} */
  const marks = { origin: trusted.origin, index: String(receipt.proof.index), seen: String(seen) };
  marks.quorum = String(trusted.quorum);
  marks.witnesses = String(trusted.witnesses.length);
  const list = document.createElement("ul");
  list.className = "nearside-checks";
  for (const { check, error } of findings) {
    const nobody = check === "witnesses" && !error && trusted.quorum === 0 && seen === 0;
    const state = nobody ? "open" : error ? "failed" : "held";
    const line = document.createElement("li");
    line.dataset.check = check;
    line.dataset.state = state;
    const text = document.createElement("div");
    const about = strings[`${check}-${state}`].replace(/\{(\w+)\}/g, (_, name) => marks[name]);
    text.append(
      element("strong", strings[`${check}-check`]),
      " ",
      element("span", strings[state], "nearside-state"),
    );
    text.append(element("p", about));
    line.append(text);
    list.append(line);
  }
  return list;
}

/**
 * @param {Receipt} receipt
 * @param {Examination} examination
 * @param {string} lang
 */
async function facts(receipt, { cosignatures }, lang) {
  const strings = checkWords(lang);
  const { record, proof } = receipt;
  const hashes = await Promise.all(
    /** @type {unknown[]} */ (notices).map((notice) => sha256(encode(notice))),
  );
  const here = hashes.some((hash) => isEqual(hash, record.notice));
  const notice = strings.version
    .replace("{version}", String(record.noticeVersion))
    .replace("{language}", languageName(record.language, lang));
  const times = cosignatures.map(({ cosignedAt }) => Number(cosignedAt)).sort((one, other) => one - other);
  const terms = document.createElement("dl");
  terms.className = "nearside-receipt";
  for (const [term, value] of [
    [strings.about, titleOf(record.purpose, lang)],
    [strings.said, `${strings[`said-${record.status}`]} ${strings[`signal-${record.gpc}`]}`.trim()],
    [strings.when, `${moment(new Date(record.time), lang)} (${strings.clock})`],
    ...(times.length > 0 ? [[strings.witnessed, moment(new Date(times[0] * 1000), lang)]] : []),
    [strings.agency, record.controller],
    [strings.notice, `${notice}. ${here ? strings["notice-here"] : strings["notice-elsewhere"]}`],
    [strings["notice-hash"], printHex(record.notice)],
    [strings.place, String(proof.index)],
    [strings.entry, printHex(await leafHash(receipt.entry))],
    [strings.device, printHex(record.subject)],
  ]) {
    const row = document.createElement("div");
    row.append(element("dt", term), element("dd", value));
    terms.append(row);
  }
  const more = document.createElement("details");
  more.className = "nearside-details";
  more.append(element("summary", strings.details), terms);
  return more;
}

/**
 * @param {string} purpose
 * @param {string} lang
 * @returns {string} as the agency's notice in this language calls it today, or else as we do
 */
export function titleOf(purpose, lang) {
  const all = /** @type {import("./words.js").Notice[]} */ (notices);
  const notice = all.find((one) => one.lang === lang);
  const asked = [...(notice?.purposes ?? []), ...(notice?.later ?? [])];
  const named = asked.find((one) => one.purpose === purpose);
  return named?.title ?? checkWords(lang)[`purpose-${purpose}`];
}

/**
 * @param {Date} date
 * @param {string} lang
 */
function moment(date, lang) {
  return datesIn(lang, { dateStyle: "long", timeStyle: "short" }).format(date);
}
