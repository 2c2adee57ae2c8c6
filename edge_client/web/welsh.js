/**
 * Welsh dates, numbers and lists, in the words of Unicode's CLDR: Chromium ships plural rules alone for Welsh, and would
 * put English dates into Welsh sentences.
 */

/** Where the order of a date and the digits are the same. */
const LIKE = "en-GB";

const MONTHS = [
  "Ionawr",
  "Chwefror",
  "Mawrth",
  "Ebrill",
  "Mai",
  "Mehefin",
  "Gorffennaf",
  "Awst",
  "Medi",
  "Hydref",
  "Tachwedd",
  "Rhagfyr",
];

/** After a number, and after two: the noun stays in the singular, and its first letter softens. */
const NOUNS = /** @type {Record<string, [string, string]>} */ ({
  byte: ["beit", "feit"],
  day: ["diwrnod", "ddiwrnod"],
  month: ["mis", "fis"],
});

const NEAR = ["echdoe", "ddoe", "heddiw", "yfory", "drennydd"];

const LANGUAGES = /** @type {Record<string, string>} */ ({
  ar: "Arabeg",
  cy: "Cymraeg",
  en: "Saesneg",
  es: "Sbaeneg",
});

/** @param {Intl.DateTimeFormatOptions} options with a long date */
export function dates(options) {
  const format = new Intl.DateTimeFormat(LIKE, options);
  const months = new Intl.DateTimeFormat("en", { month: "numeric", timeZone: options.timeZone });
  return {
    /** @param {Date | number} date */
    format: (date) =>
      format
        .formatToParts(date)
        .map(({ type, value }) =>
          type === "month" ? MONTHS[Number(months.format(date)) - 1] : value.replace(" at ", " am "),
        )
        .join(""),
  };
}

/** @param {Intl.NumberFormatOptions} options */
export function numbers(options) {
  const { unit = "", unitDisplay } = options;
  const plain = new Intl.NumberFormat(LIKE, unitDisplay === "long" ? {} : options);
  return {
    /** @param {number} value */
    format: (value) =>
      unitDisplay === "long" ? `${plain.format(value)} ${noun(unit, value)}` : plain.format(value),
  };
}

export function distances() {
  return {
    /**
     * @param {number} value less than nothing: since
     * @param {"day" | "month"} unit months from three on
     */
    format: (value, unit) => {
      const near = unit === "day" ? NEAR[value + 2] : undefined;
      const far = `${Math.abs(value)} ${noun(unit, Math.abs(value))}`;
      return near ?? (value < 0 ? `${far} yn ôl` : `ymhen ${far}`);
    },
  };
}

/** Without "and": which form it has, and what it does to the word after it, hangs on that word. */
export function lists() {
  return { format: (/** @type {string[]} */ items) => items.join(", ") };
}

/** @param {string} code; @returns {string} the language, or its code where we do not speak it */
export function languageName(code) {
  return LANGUAGES[code] ?? code;
}

/**
 * @param {string} unit
 * @param {number} value
 */
function noun(unit, value) {
  return NOUNS[unit][value === 2 ? 1 : 0];
}
