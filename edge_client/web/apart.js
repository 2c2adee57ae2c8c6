/** Whether this tab is apart, and what opens it then: a script that no other page loads, before anything else is read. */

import { SHARED, openStorage } from "./choice.js";
import { loadTool } from "./parts.js";

/** How a tab is apart, and since when no page of it is open (Unix milliseconds), 0 while one is: see apart/tab.js. */
export const APART = "nearside.apart";
/** Where the worker's values lie in such a tab: it has no storage of its own. */
export const DEVICE = "nearside.device.";

/**
 * @typedef {object} Apart
 * @property {import("./apart/tab.js").Kind} kind
 * @property {Storage} storage the tab's own
 * @property {(page: import("./parts.js").Page) => void} show the strip that says so, and ends it
 * @property {(allowed_ms: number | null) => import("./runtime.js").Tab} told what its worker is told
 * @property {(text: string) => void} keep what its worker keeps
 */

/**
 * @param {string} base the folder of this version's runtime
 * @returns {Promise<Apart | null> | null} at once null for nearly every tab
 */
export function openApart(base) {
  const isApart = [openTab()?.getItem(APART), openStorage()?.getItem(SHARED)].some(Boolean);
  return isApart ? loadTool(base, "apart").then(({ open }) => open()) : null;
}

/** @returns {Storage | null} the tab's own storage, or null where it is blocked */
export function openTab() {
  try {
    return window.sessionStorage;
  } catch {
    return null;
  }
}
