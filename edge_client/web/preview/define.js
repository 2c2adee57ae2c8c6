/**
 * A page as somebody else would see it: opened by a link that the agency signed, in memory alone. What is here comes before
 * anything of the citizen's own is read.
 */

import { showFrame } from "./frame.js";
import { openMemory } from "./memory.js";
import { openToken } from "./token.js";
import { printPlace } from "../alerts/place.js";
import { PLACE } from "../kept.js";

/**
 * @typedef {object} Preview
 * @property {Storage} storage in memory; it says that suggestions are allowed, and where the persona is
 * @property {() => number} now the preview's time in Unix milliseconds
 * @property {{text: string, shift_ms: number}} told what the device's own code is told
 * @property {(page: import("../parts.js").Page) => void} show the frame around the page
 */

/**
 * @param {string} said what the link says behind its name
 * @param {import("../config.js").Config} config
 * @returns {Promise<Preview | null>} null where the link is none of ours: the page is as without it
 */
export async function open(said, config) {
  try {
    const token = await openToken(said, config, Date.now());
    const shift = token.at === null ? 0 : Date.parse(token.at) - Date.now();
    const now = () => Date.now() + shift;
    const given = token.codes.length ? ["suggest", "place"] : ["suggest"];
    const choice = { given, at: 1, gpc: "present", ever: true, notice: null };
    /** @type {Record<string, string>} */
    const place = token.codes.length ? { [PLACE]: printPlace({ codes: token.codes, since: now() }) } : {};
    const storage = openMemory({ "nearside.choice": JSON.stringify(choice), ...place });
    stayOn(location.hash);
    return {
      storage,
      now,
      told: { text: token.text, shift_ms: shift },
      show: (page) => showFrame(page, token),
    };
  } catch (error) {
    const why = error instanceof Error ? error.message : "";
    console.warn(`nearside: the link to a preview opens none, and the page is as without it (${why})`);
    return null;
  }
}

/**
 * Links of this page lead to the preview of the next, for as long as it is not ended.
 *
 * @param {string} fragment
 */
function stayOn(fragment) {
  addEventListener(
    "click",
    ({ target }) => {
      const link = target instanceof Element ? target.closest("a") : null;
      if (link && link.origin === location.origin && !link.hash && !link.hasAttribute("download")) {
        link.hash = fragment;
      }
    },
    { capture: true },
  );
}
