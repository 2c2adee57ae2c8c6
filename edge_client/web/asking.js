/** Purposes that no banner asks about: asked where they are used, in the words of the agency's notice. */

import { askedBy } from "./choice.js";
import { inDirection } from "./locale.js";
import { button, element } from "./markup.js";

/**
 * @param {import("./words.js").Notice} notice
 * @param {string} purpose
 * @returns {import("./words.js").Asked | undefined} nothing where this agency asks for it nowhere
 */
export function wordsFor({ purposes, later = [] }, purpose) {
  return [...purposes, ...later].find((asked) => asked.purpose === purpose);
}

/**
 * @param {Pick<import("./parts.js").Page, "notice" | "choice">} page
 * @param {string} purpose
 * @returns {boolean} whether the citizen has decided about it, either way
 */
export function wasAsked({ notice, choice }, purpose) {
  return askedBy(choice(), notice).includes(purpose);
}

/**
 * Take an answer about one purpose: nothing is said of any other.
 *
 * @param {Pick<import("./parts.js").Page, "choice" | "choose">} page
 * @param {string} purpose
 * @param {boolean} yes
 */
export function answer({ choice, choose }, purpose, yes) {
  const others = (choice()?.given ?? []).filter((given) => given !== purpose);
  choose(yes ? [...others, purpose] : others, [purpose]);
}

/**
 * Ask about one purpose with the agency's words and two buttons alike; the no is left out where it was said before.
 *
 * @param {import("./parts.js").Page} page
 * @param {string} purpose
 * @param {{yes: string, no: string}} labels
 * @param {(yes: boolean) => void} answered
 * @returns {HTMLElement | null} null where the agency does not ask for it, or nothing can be kept
 */
export function showAsking(page, purpose, labels, answered) {
  const words = wordsFor(page.notice, purpose);
  if (!words || !page.storage) {
    return null;
  }
  const made = element("div", "", "nearside-asking");
  // The agency's words may be in another language than the page.
  const text = inDirection(element("p", words.text), page.notice.lang);
  text.id = `nearside-asking-${purpose}`;
  const actions = element("div", "", "nearside-asking-actions");
  for (const yes of wasAsked(page, purpose) ? [true] : [true, false]) {
    const press = button(yes ? labels.yes : labels.no, "nearside-button");
    press.setAttribute("aria-describedby", text.id);
    press.addEventListener("click", () => {
      answer(page, purpose, yes);
      answered(yes);
    });
    actions.append(press);
  }
  made.append(text, actions);
  return made;
}
