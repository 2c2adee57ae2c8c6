/** What left this device: every message with its exact bytes, and the files that everybody's browser asks for. */

import { stringsFor } from "./words.js";
import { counted } from "../counting.js";
import { datesIn, numbersIn } from "../locale.js";
import { element } from "../markup.js";

/** @typedef {import("../sent.js").Message} Message */
/** @typedef {import("../words.js").Strings} Strings */

const PROOFS = "/consent/receipts/";
/** What a message is, by the beginning of its address (wire/register.py). */
const KINDS = [
  ["/consent/events", "sent-choice"],
  [PROOFS, "sent-proof"],
  ["/consent/erasures", "sent-erasure"],
  ["/contributions", "sent-report"],
];

const AT_FIRST = 10;

/**
 * @param {HTMLElement} place
 * @param {import("../sent.js").Sent} sent
 * @param {string} lang
 */
export function showSent(place, { since, messages, files }, lang) {
  const strings = stringsFor(lang);
  const day = datesIn(lang, { dateStyle: "long" });
  const number = numbersIn(lang);
  const open = new Set([...place.querySelectorAll("details[open]")].map(({ id }) => id));
  const what = strings["sent-what"].replace("{since}", day.format(since));
  const parts = [element("p", what)];
  const lines = [...messages].reverse().map((message) => line(message, lang, strings));
  parts.push(lines.length ? listOf(lines.slice(0, AT_FIRST)) : element("p", strings["sent-nothing"]));
  if (lines.length > AT_FIRST) {
    const title = strings["sent-earlier"].replace("{count}", number.format(lines.length - AT_FIRST));
    parts.push(fold("nearside-sent-earlier", title, listOf(lines.slice(AT_FIRST))));
  }
  if (files.length) {
    const list = element("ul", "", "nearside-sent-files");
    list.append(...files.map(({ path, times }) => file(path, times, lang, strings)));
    const times = files.reduce((sum, each) => sum + each.times, 0);
    const title = counted(strings, "sent-files", times, lang);
    parts.push(fold("nearside-sent-files", title, element("p", strings["sent-files-what"]), list));
  }
  const all = element("a", strings["sent-register"]);
  all.setAttribute("href", "/nearside/register.json");
  const where = element("p", "");
  where.append(all);
  place.replaceChildren(...parts, where);
  for (const each of place.querySelectorAll("details")) {
    each.open = open.has(each.id);
  }
}

/**
 * @param {Message} message
 * @param {string} lang
 * @param {Strings} strings
 */
function line({ id, at, method, path, body, status }, lang, strings) {
  const when = datesIn(lang, { dateStyle: "long", timeStyle: "medium" }).format(at);
  const [, words] = KINDS.find(([begin]) => path.startsWith(begin)) ?? ["", "sent-other"];
  const exact = element("pre", `${method} ${path}${body ? `\n\n${body}` : ""}`);
  exact.dir = "ltr";
  exact.tabIndex = 0; // long lines scroll, by keyboard too
  const made = document.createElement("li");
  made.append(
    element("span", strings[words]),
    element("span", `${when}. ${answerIn(strings, path, status)}`, "nearside-hint"),
    fold(`nearside-sent-${id}`, sizeOf(body, lang, strings), exact),
  );
  return made;
}

/**
 * @param {Strings} strings
 * @param {string} path
 * @param {number} status
 * @returns {string} what the server answered, in words where it is of the usual kind
 */
function answerIn(strings, path, status) {
  if (status === 404 && path.startsWith(PROOFS)) {
    return strings["sent-none-yet"];
  }
  const words = status === 0 ? "sent-no-answer" : status < 300 ? "sent-arrived" : "sent-refused";
  return strings[words].replace("{status}", String(status));
}

/**
 * @param {string | null} body
 * @param {string} lang
 * @param {Strings} strings
 */
function sizeOf(body, lang, strings) {
  if (body === null) {
    return strings["sent-forgotten"];
  }
  if (!body) {
    return strings["sent-address"];
  }
  const size = numbersIn(lang, { style: "unit", unit: "byte", unitDisplay: "long" });
  return strings["sent-exact"].replace("{bytes}", size.format(new TextEncoder().encode(body).length));
}

/** @param {HTMLElement[]} lines */
function listOf(lines) {
  const made = element("ol", "", "nearside-known-list nearside-sent-list");
  made.append(...lines);
  return made;
}

/**
 * @param {string} path
 * @param {number} times
 * @param {string} lang
 * @param {Strings} strings
 */
function file(path, times, lang, strings) {
  const made = document.createElement("li");
  const address = element("code", path);
  address.dir = "ltr";
  made.append(address, ` ${counted(strings, "sent-times", times, lang)}`);
  return made;
}

/**
 * @param {string} id
 * @param {string} title
 * @param {HTMLElement[]} inside
 */
function fold(id, title, ...inside) {
  const made = document.createElement("details");
  made.className = "nearside-details";
  made.id = id;
  made.append(element("summary", title), ...inside);
  return made;
}
