/**
 * A page whose device has an origin of its own: it shows what the device's frame says, gives the frame room for what it asks
 * the citizen, and keeps nothing.
 */

// @ts-ignore -- made by the build from words/*.json
import words from "nearside-isolated-words";
import { readFromDevice } from "./saying.js";
import { isForChildren } from "../config.js";
import { OWED, clearStorages, sweep } from "../ours.js";
import { SLOTS } from "../slot.js";
import { viewed } from "../viewed.js";

/** @typedef {import("../parts.js").Page} Page */
/** @typedef {import("../plan.js").Suggestion} Suggestion */

/** @param {Page} page */
export function define({ config, now, preview, borrow }) {
  if (preview || config.device === location.origin) {
    return; // what a preview shows is nobody's; and a page under the devices' own name clears nothing there
  }
  // From before the agency moved its devices: what lies here, any script reads.
  clearStorages();
  sweep(OWED).catch(() => {}); // blocked: nothing lies here
  if (isForChildren(document)) {
    return; // nobody is asked, and no device told
  }
  const strings = words[config.lang] ?? words.en;
  const panel = document.querySelector("nearside-preferences");
  const frame = document.createElement("iframe");
  frame.className = "nearside-device";
  frame.title = strings.frame;
  frame.hidden = true;
  frame.style.cssText = "border:0;display:block;inline-size:100%;max-block-size:90vh";
  frame.src = `${config.device}/nearside/device.html`;
  frame.addEventListener("load", () => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => hear(data, (item) => port1.postMessage({ kind: "dismissed", item }));
    // To that origin and no other: what is loaded in its place hears nothing.
    frame.contentWindow?.postMessage(hello(), config.device, [port2]);
  });
  panel ? panel.replaceChildren(frame) : document.body.prepend(frame);

  function hello() {
    const slots = [.../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(SLOTS))];
    const { item, lang, links } = viewed(config, now());
    return {
      item,
      lang,
      links,
      slots: slots.map((slot) => [slot.localName, slot.getAttribute("slot") ?? "", placesOf(slot)]),
      panel: panel !== null,
    };
  }

  /** @param {Suggestion[] | null} suggestions; @returns {Suggestion[] | null} with the one reason that pages are told, in words */
  function worded(suggestions) {
    return suggestions?.map((suggestion) => ({ ...suggestion, said: strings.reason })) ?? null;
  }

  /**
   * @param {unknown} data
   * @param {(item: string) => void} dismissed
   */
  function hear(data, dismissed) {
    const said = readFromDevice(data);
    if (said?.kind === "shown") {
      borrow({
        suggestionsFor: (slot) => (Object.hasOwn(said.slots, slot) ? worded(said.slots[slot]) : null),
        dismissed,
      });
    } else if (said?.kind === "room") {
      frame.hidden = said.height === 0;
      frame.style.blockSize = `${said.height}px`;
    }
  }
}

/** @param {HTMLElement} slot; @returns {number} how many places the server wrote into it */
function placesOf(slot) {
  return slot.querySelector("ul, ol")?.children.length ?? 0;
}
