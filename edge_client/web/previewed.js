/** Whether a link asks for a preview of this page, and what opens it: a script that no other page loads. */

import { loadTool } from "./parts.js";

/** What is behind the sign is sent to no server. */
const FRAGMENT = "#nearside-preview=";

/** @returns {boolean} */
function isAsked() {
  return location.hash.startsWith(FRAGMENT);
}

/**
 * @param {string} base the folder of this version's runtime
 * @param {import("./config.js").Config} config
 * @returns {Promise<import("./preview/define.js").Preview | null> | null} at once null on every other page
 */
export function openPreview(base, config) {
  addEventListener("hashchange", () => isAsked() && location.reload());
  return isAsked()
    ? loadTool(base, "preview").then(
        ({ open }) => open(location.hash.slice(FRAGMENT.length), config),
        () => null,
      )
    : null;
}
