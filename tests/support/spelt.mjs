// How pages spell things, beside how Node's own Intl does: reads cases from standard input, prints [ours, Node's] of each.
import { counted } from "../../edge_client/web/counting.js";
import { datesIn, distancesIn, languageName, listsIn, numbersIn } from "../../edge_client/web/locale.js";

let text = "";
for await (const part of process.stdin) {
  text += part;
}

/** @type {Record<string, (lang: string, ...given: any) => [string, string]>} */
const KINDS = {
  date: (lang, at, options) => [
    datesIn(lang, options).format(at),
    new Intl.DateTimeFormat(lang, options).format(at),
  ],
  number: (lang, value, options) => [
    numbersIn(lang, options).format(value),
    new Intl.NumberFormat(lang, options).format(value),
  ],
  distance: (lang, value, unit) => [
    distancesIn(lang).format(value, unit),
    new Intl.RelativeTimeFormat(lang, { numeric: "auto" }).format(value, unit),
  ],
  language: (lang, code) => [
    languageName(code, lang),
    new Intl.DisplayNames(lang, { type: "language" }).of(code) ?? "",
  ],
  list: (lang, items) => [listsIn(lang).format(items), items.join(", ")],
  counted: (lang, strings, count) => [
    counted(strings, "more", count, lang),
    `${new Intl.PluralRules(lang).select(count)} ${new Intl.NumberFormat(lang).format(count)}`,
  ],
  forms: (lang) => {
    const rules = new Intl.PluralRules(lang);
    const forms = new Set(Array.from({ length: 1001 }, (_, count) => rules.select(count)));
    return ["", [...forms].sort().join(" ")];
  },
};
const cases = /** @type {[string, string, ...any][]} */ (JSON.parse(text));
console.log(JSON.stringify(cases.map(([kind, lang, ...given]) => KINDS[kind](lang, ...given))));
