/** That suggestions pause, wherever the page says whether they are on, and how to have them again from the next page on. */

import { button, element } from "../markup.js";
import { PAUSE, pauseWords } from "../pause.js";

/**
 * @param {import("../parts.js").Page} page
 * @param {import("../words.js").Strings} strings
 */
export function showPaused({ storage, now, config }, strings) {
  const said = pauseWords(storage, now(), { lang: config.lang, strings });
  if (!said) {
    storage?.removeItem(PAUSE); // it is over
  }
  for (const status of said ? document.querySelectorAll("nearside-status") : []) {
    const on = button(strings["pause-end"], "nearside-link");
    on.addEventListener("click", () => {
      storage?.removeItem(PAUSE);
      const done = element("span", strings["pause-ended"], "nearside-noted");
      done.setAttribute("role", "status");
      done.tabIndex = -1;
      status.replaceChildren(done);
      done.focus();
    });
    status.replaceChildren(`${said} `, on);
  }
}
