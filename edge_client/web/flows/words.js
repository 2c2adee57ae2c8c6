/** Answers in words, and what was typed as digits. */

import { datesIn, listsIn, numbersIn } from "../locale.js";
import { element } from "../markup.js";

/** @typedef {import("./tables.js").Answer} Answer */
/** @typedef {import("./tables.js").Question} Question */
/** @typedef {import("../words.js").Strings} Strings */

/**
 * @param {Question} question
 * @param {Answer | undefined} answer
 * @param {string} lang
 * @param {Strings} strings
 * @returns {string} an answer in words
 */
export function answerText(question, answer, lang, strings) {
  if (answer === undefined) {
    return strings["not-said"];
  }
  const text = (/** @type {string} */ id) =>
    question.options?.find((option) => option.id === id)?.text[lang] ?? "";
  switch (question.kind) {
    case "single":
      return text(String(answer));
    case "several": {
      const chosen = /** @type {string[]} */ (answer).map(text);
      return chosen.length ? listsIn(lang).format(chosen) : (question.none?.[lang] ?? "");
    }
    case "date":
      return printDay(String(answer), lang);
    case "number":
      return `${numbersIn(lang).format(Number(answer))} ${question.unit?.[lang] ?? ""}`.trim();
  }
}

/** @param {string} text; @returns {HTMLElement} a heading to go to when what it heads is put */
export function headingOf(text) {
  const made = element("h2", text, "nearside-flow-heading");
  made.tabIndex = -1;
  return made;
}

/** @param {string} text; @param {string} lang */
export function printDay(text, lang) {
  return datesIn(lang, { dateStyle: "long", timeZone: "UTC" }).format(new Date(text));
}

/** @param {string} text what was typed; digits of other scripts are digits too */
export function latin(text) {
  return text.trim().replace(/\p{Nd}/gu, (digit) => {
    const code = digit.codePointAt(0) ?? 0;
    // Each script has its ten digits in a row.
    let zero = code;
    while (/\p{Nd}/u.test(String.fromCodePoint(zero - 1)) && code - zero < 9) {
      zero -= 1;
    }
    return String(code - zero);
  });
}
