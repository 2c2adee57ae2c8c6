/**
 * `<nearside-exit>`: leave this page at once, for whoever may be looked over the shoulder. A link of the server's; with script it
 * is also Shift, three times, and this page is replaced in the history and this visit forgotten (GOV.UK's pattern "exit this
 * page"). Leaving comes first: nothing waits for a worker, which hears of it on whichever page it is there for.
 */

import { element } from "../markup.js";

const TIMES = 3;
/** How long after one press the next one counts as going on with it. */
const PATIENCE_MS = 5_000;

/**
 * @param {import("../parts.js").Page} page
 * @param {Record<string, string>} strings
 */
export function defineExit(page, strings) {
  customElements.define(
    "nearside-exit",
    class extends HTMLElement {
      /** @type {(() => void) | null} */
      #deaf = null;

      connectedCallback() {
        const link = this.querySelector("a") ?? linkTo(this.getAttribute("href") ?? "/", strings.exit);
        const status = element("span", "", "nearside-unseen");
        status.setAttribute("role", "status");
        if (!this.querySelector(".nearside-exit-keys")) {
          this.append(link, element("span", strings["exit-keys"], "nearside-exit-keys"));
        }
        this.append(status);
        const leave = () => leaveFor(link.href, page, strings["exit-leaving"]);
        link.addEventListener("click", (event) => {
          event.preventDefault();
          leave();
        });
        this.#deaf = onShifts((left) => {
          if (left === 0) {
            leave();
          } else {
            status.textContent = strings[left === TIMES ? "exit-over" : left === 1 ? "exit-one" : "exit-two"];
          }
        });
      }

      disconnectedCallback() {
        this.#deaf?.();
      }
    },
  );
}

/**
 * @param {string} address
 * @param {import("../parts.js").Page} page
 * @param {string} words
 */
function leaveFor(address, page, words) {
  // Where somebody goes is not to hear where they came from.
  const quiet = element("meta", "");
  quiet.setAttribute("name", "referrer");
  quiet.setAttribute("content", "no-referrer");
  document.head.append(quiet);
  location.replace(address);
  // Until the other page is there, nothing of this one is.
  const said = element("p", words, "nearside-left");
  said.setAttribute("role", "alert");
  document.title = words;
  document.body.replaceChildren(said);
  if (page.choice()?.ever) {
    page.standAside(); // a page that is still being loaded has not told its view yet
    page.forAnother();
  }
}

/**
 * @param {string} address
 * @param {string} words
 * @returns {HTMLAnchorElement} for a server that wrote no link
 */
function linkTo(address, words) {
  const link = /** @type {HTMLAnchorElement} */ (element("a", words));
  link.setAttribute("href", address);
  return link;
}

/**
 * Count presses of Shift alone: one that makes a capital letter is none.
 *
 * @param {(left: number) => void} pressed how many are still wanted; all of them where nobody went on
 * @returns {() => void} stops it
 */
function onShifts(pressed) {
  let left = TIMES;
  let alone = false;
  let over = 0;
  const again = () => {
    left = TIMES;
    clearTimeout(over);
  };
  const down = (/** @type {KeyboardEvent} */ { key, repeat }) => {
    if (key !== "Shift") {
      again();
    }
    alone = key === "Shift" && !repeat;
  };
  const up = (/** @type {KeyboardEvent} */ { key }) => {
    if (key !== "Shift" || !alone) {
      return;
    }
    clearTimeout(over);
    left -= 1;
    pressed(left);
    over = setTimeout(() => {
      again();
      pressed(left);
    }, PATIENCE_MS);
  };
  addEventListener("keydown", down);
  addEventListener("keyup", up);
  return () => {
    again();
    removeEventListener("keydown", down);
    removeEventListener("keyup", up);
  };
}
