/** An alert as a page shows it: texts as texts, whatever is in them. */

import { element } from "./recommend.js";

/** @typedef {import("./alert_feed.js").Matched} Matched */
/** @typedef {import("./alert_list.js").Words} Words */
/** @typedef {Record<string, string>} Strings */

const RIGHT_TO_LEFT = ["ar", "arc", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"];

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

/**
 * @template {HTMLElement} Made
 * @param {Made} made
 * @param {string} lang
 */
export function inDirection(made, lang) {
  made.lang = lang;
  made.dir = RIGHT_TO_LEFT.includes(lang.split("-")[0]) ? "rtl" : "ltr";
  return made;
}

/** @param {string} severity; @returns {boolean} whether it goes before everything else on a page */
export function isEmergency(severity) {
  return severity === "extreme" || severity === "severe";
}

/**
 * What to do, what happens, where, and until when.
 *
 * @param {Matched | {alert: import("./alert_list.js").Alert, concern: null}} matched
 * @param {{lang: string, strings: Strings}} page
 */
export function details({ alert, concern }, { lang, strings }) {
  const { lang: spoken, said } = inLanguage(alert.words, lang);
  const until = new Intl.DateTimeFormat(lang, { dateStyle: "long", timeStyle: "short" });
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
