/** The device's line to the page around its frame: what that page's slots show, and how much room a question to the citizen takes. */

import { asShown, readFromPage } from "../isolated/saying.js";
import { SLOTS } from "../slot.js";
import { heightFor, isTooNarrow } from "./room.js";

/** @param {import("../parts.js").Page} page */
export function define({ suggestionsFor, dismissed, whenChosen, whenDeleted }) {
  const port = /** @type {MessagePort | null} */ (
    /** @type {any} */ (document.querySelector("nearside-device")).port
  );
  if (!port) {
    return; // opened by itself
  }
  const slots = [...document.querySelectorAll(SLOTS)].map((slot) => slot.getAttribute("slot") ?? "");
  const shown = () => Object.fromEntries(slots.map((slot) => [slot, asShown(suggestionsFor(slot))]));
  const say = () => port.postMessage({ kind: "shown", slots: shown() });
  let height = 0;
  const measure = () => {
    const width = innerWidth;
    document.body.style.display = isTooNarrow(width) ? "none" : "";
    const bottoms = [...document.body.children].map((each) => each.getBoundingClientRect().bottom);
    const banner = document.querySelector(".nearside-banner");
    height = heightFor({
      panel: document.querySelector("nearside-preferences") !== null,
      banner: banner && (banner.querySelector("[role=alert]") ? "answer" : "question"),
      width,
      content: Math.max(0, ...bottoms) + scrollY,
      before: height,
    });
    port.postMessage({ kind: "room", height });
  };
  const sizes = new ResizeObserver(measure);
  port.onmessage = ({ data }) => {
    const said = readFromPage(data);
    if (said && Object.values(shown()).some((all) => all?.some(({ item }) => item === said.item))) {
      dismissed(said.item);
    }
  };
  whenChosen(say);
  whenDeleted(say);
  const watch = () => {
    // The page around the frame gives it its height: what stands in it has one of its own.
    [...document.body.children].forEach((each) => sizes.observe(each));
    measure();
  };
  new MutationObserver(watch).observe(document.body, { childList: true });
  addEventListener("resize", measure);
  say();
  watch();
}
