/** Answers in words, and what was typed as digits. */

/** @typedef {import("./flow_tables.js").Answer} Answer */
/** @typedef {import("./flow_tables.js").Question} Question */
/** @typedef {import("./words.js").Strings} Strings */

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
      return chosen.length
        ? new Intl.ListFormat(lang, { type: "conjunction" }).format(chosen)
        : (question.none?.[lang] ?? "");
    }
    case "date":
      return printDay(String(answer), lang);
    case "number":
      return `${new Intl.NumberFormat(lang).format(Number(answer))} ${question.unit?.[lang] ?? ""}`.trim();
  }
}

/** @param {string} text; @param {string} lang */
export function printDay(text, lang) {
  return new Intl.DateTimeFormat(lang, { dateStyle: "long", timeZone: "UTC" }).format(new Date(text));
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
