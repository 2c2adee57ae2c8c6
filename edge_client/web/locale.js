/** How dates, numbers and lists are spelt, as the page's own region does (`en-GB`), and which way words run. */

import * as welsh from "./welsh.js";

/** What browsers have no data for, whatever they say. */
const WELSH = "cy";
const RIGHT_TO_LEFT = ["ar", "arc", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"];

/**
 * @param {string} lang of what is said
 * @returns {string} the page's language with its region, where that is this language, or else the language alone
 */
function localeOf(lang) {
  const page = globalThis.document?.documentElement?.lang ?? "";
  return page.split("-")[0] === lang ? page : lang;
}

/**
 * @param {string} lang
 * @param {Intl.DateTimeFormatOptions} options with a long date
 * @returns {{format: (date: Date | number) => string}}
 */
export function datesIn(lang, options) {
  return lang === WELSH ? welsh.dates(options) : new Intl.DateTimeFormat(localeOf(lang), options);
}

/**
 * @param {string} lang
 * @param {Intl.NumberFormatOptions} [options] of units that are spelt out, days and bytes alone
 * @returns {{format: (value: number) => string}}
 */
export function numbersIn(lang, options = {}) {
  return lang === WELSH ? welsh.numbers(options) : new Intl.NumberFormat(lang, options);
}

/**
 * @param {string} lang
 * @returns {{format: (value: number, unit: "day" | "month") => string}} "in 30 days", "today", "3 days ago"
 */
export function distancesIn(lang) {
  return lang === WELSH ? welsh.distances() : new Intl.RelativeTimeFormat(lang, { numeric: "auto" });
}

/**
 * @param {string} lang
 * @returns {{format: (items: string[]) => string}}
 */
export function listsIn(lang) {
  return lang === WELSH ? welsh.lists() : new Intl.ListFormat(lang, { type: "conjunction" });
}

/**
 * @param {string} code
 * @param {string} lang
 * @returns {string} what a language is called, in another
 */
export function languageName(code, lang) {
  return lang === WELSH
    ? welsh.languageName(code)
    : (new Intl.DisplayNames(lang, { type: "language" }).of(code) ?? code);
}

/**
 * @template {HTMLElement} Made
 * @param {Made} made
 * @param {string} lang of what is in it, which may not be the page's
 * @returns {Made}
 */
export function inDirection(made, lang) {
  made.lang = lang;
  made.dir = RIGHT_TO_LEFT.includes(lang.split("-")[0]) ? "rtl" : "ltr";
  return made;
}
