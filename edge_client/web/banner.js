/** The consent banner: asked once, refused as easily as accepted (GOV.UK cookie banner pattern). */

import { purposesOf } from "./choice.js";
import { button, element } from "./markup.js";

/** @typedef {import("./words.js").Notice} Notice */

/**
 * Put the banner first in the body, before the skip link.
 *
 * @param {Notice} notice the exact words to show
 * @param {(given: string[]) => void} chosen
 * @returns {HTMLElement}
 */
export function showBanner(notice, chosen) {
  const banner = element("div", "", "nearside-banner");
  banner.lang = notice.lang; // which may not be the page's
  banner.dir = "auto"; // as its heading runs: a list of languages is more than every page is to wait for
  banner.setAttribute("role", "region");
  banner.setAttribute("aria-label", notice.heading);
  const inner = element("div", "", "nearside-banner-inner");
  const actions = element("div", "", "nearside-banner-actions");
  const settings = element("a", notice.settings, "nearside-banner-settings");
  settings.setAttribute("href", notice.href);
  const accept = button(notice.accept, "nearside-button");
  const reject = button(notice.reject, "nearside-button");
  accept.addEventListener("click", () => decide(purposesOf(notice), notice.accepted));
  reject.addEventListener("click", () => decide([], notice.rejected));
  actions.append(accept, reject, settings);
  inner.append(
    element("h2", notice.heading),
    ...notice.body.map((line) => element("p", line)),
    list(notice.purposes.map(({ text }) => text)),
    actions,
  );
  banner.append(inner);
  document.body.prepend(banner);
  return banner;

  /**
   * @param {string[]} given
   * @param {string} words
   */
  function decide(given, words) {
    const message = element("p", words);
    message.setAttribute("role", "alert");
    const hide = button(notice.hide, "nearside-button");
    hide.addEventListener("click", () => banner.remove());
    const done = element("div", "", "nearside-banner-actions");
    done.append(hide);
    inner.replaceChildren(message, done);
    inner.tabIndex = -1;
    inner.focus();
    chosen(given);
  }
}

/** @param {string[]} lines */
function list(lines) {
  const made = document.createElement("ul");
  made.append(...lines.map((line) => element("li", line)));
  return made;
}
