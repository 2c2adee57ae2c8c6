/** An alert as a page shows it: texts as texts, whatever is in them. */

import { element } from "../markup.js";
import { datesIn, inDirection } from "../locale.js";

/** @typedef {import("./feed.js").Matched} Matched */
/** @typedef {import("./list.js").Words} Words */
/** @typedef {Record<string, string>} Strings */

/**
 * @template Said
 * @param {Record<string, Said>} byLang
 * @param {string} lang of the page
 * @returns {{lang: string, said: Said}} in this language, or else in English, or else in the first there is
 */
export function inLanguage(byLang, lang) {
  const known = Object.keys(byLang).sort();
  const speaks = (/** @type {string} */ wanted) =>
    known.find((each) => each === wanted) ?? known.find((each) => each.split("-")[0] === wanted);
  const found = speaks(lang) ?? speaks("en") ?? known[0];
  return { lang: found, said: byLang[found] };
}

/** @param {string} severity; @returns {boolean} whether it goes before everything else on a page */
export function isEmergency(severity) {
  return severity === "extreme" || severity === "severe";
}

/**
 * @param {string} severity
 * @returns {boolean} whether it may keep still in quiet hours: what may be any threat to life or property (CAP 1.2, section 3.2.2),
 *   or nobody knows, never does
 */
export function mayKeepStill(severity) {
  return severity === "minor";
}

/**
 * What to do, what happens, where, and until when.
 *
 * @param {Matched | {alert: import("./list.js").Alert, concern: null}} matched
 * @param {{lang: string, strings: Strings}} page
 */
export function details({ alert, concern }, { lang, strings }) {
  const { lang: spoken, said } = inLanguage(alert.words, lang);
  const until = datesIn(lang, { dateStyle: "long", timeStyle: "short" });
  const made = element("div", "", "nearside-alert-details");
  const words = inDirection(element("div", ""), spoken);
  for (const text of [said.instruction, said.headline, said.description]) {
    words.append(...paragraphs(text));
  }
  made.append(words);
  if (concern === "near") {
    made.append(element("p", strings.near, "nearside-alert-note"));
  }
  const facts = document.createElement("dl");
  for (const [name, fact] of [
    [strings.where, said.where],
    [strings.until, until.format(new Date(alert.expires * 1000))],
    [strings.sender, said.sender],
  ]) {
    if (fact) {
      facts.append(
        element("dt", name),
        inDirection(element("dd", fact), fact === said.where ? spoken : lang),
      );
    }
  }
  made.append(facts);
  return made;
}

/** @param {string} text */
function paragraphs(text) {
  return text
    .split(/\n{2,}/)
    .filter(Boolean)
    .map((paragraph) => element("p", paragraph, "nearside-alert-text"));
}
