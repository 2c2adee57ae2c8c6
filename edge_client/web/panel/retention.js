/** How long each kind of thing is kept, beside its switch: as long as a rule needs it, or less. It counts at once. */

import { numbersIn } from "../locale.js";
import { element } from "../markup.js";

const SPANS = [1, 7, 30, 90, 180];

/**
 * @param {string} name of the switch
 * @param {{lang: string, strings: import("../words.js").Strings}} words
 * @param {(days: number | null, said: string) => void} choose
 */
export function retentionOf(name, { lang, strings }, choose) {
  const chooser = document.createElement("select");
  chooser.className = "nearside-retention";
  chooser.dataset.retention = name;
  const what = strings[`noticing-${name}`];
  chooser.setAttribute("aria-label", `${strings.retention}: ${what}`);
  chooser.addEventListener("change", () => {
    const days = Number(chooser.value) || null;
    const words = strings[days ? "retention-done" : "retention-undone"];
    choose(days, words.replace("{what}", () => what).replace("{days}", inDays(days ?? 0, lang)));
  });
  return chooser;
}

/**
 * Offer what is shorter than the rules would keep it; what was chosen stays so, though rules keep less by now.
 *
 * @param {HTMLSelectElement} chooser
 * @param {{days: number, kept: number | null}} now for how many days at most rules need it, and the citizen lets it be
 * @param {{lang: string, strings: import("../words.js").Strings}} words
 */
export function showRetention(chooser, { days, kept }, { lang, strings }) {
  const spans = [...new Set([...SPANS.filter((span) => span < days), ...(kept ? [kept] : [])])];
  chooser.hidden = spans.length === 0;
  chooser.replaceChildren(
    option("", strings["retention-rules"]),
    ...spans.sort((one, other) => one - other).map((span) => option(String(span), inDays(span, lang))),
  );
  chooser.value = kept ? String(kept) : "";
}

/** @param {number} days; @param {string} lang */
function inDays(days, lang) {
  return numbersIn(lang, { style: "unit", unit: "day", unitDisplay: "long" }).format(days);
}

/** @param {string} value; @param {string} text */
function option(value, text) {
  const made = /** @type {HTMLOptionElement} */ (element("option", text));
  made.value = value;
  return made;
}
