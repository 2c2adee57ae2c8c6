/** From what a page's script says to what a device can notice: by the page's list of events, and nothing else of it. */

import { scrubQuery } from "../signals/words.js";

/** @typedef {import("./settings.js").Kind} Kind */

/**
 * @typedef {object} Fact
 * @property {Kind} kind
 * @property {string} about path of a page of this site, or the words of a search: scrubbed by whoever takes it
 * @property {number} seconds for how long a page was read; 0 for everything else
 */

const LONGEST = 200;
const STEPS_SECONDS = [10, 60, 300]; // as coarse as `signals/reading.js`
const MOST_SECONDS = 86_400;
/** Properties of each kind: a search needs its words, a click its page, and what was read its seconds. */
const PROPS = {
  clicked: ["page"],
  read: ["page", "seconds"],
  searched: ["words"],
  "form-begun": ["page"],
  "form-finished": ["page"],
};

/**
 * @param {Map<string, Kind>} events
 * @param {unknown} name
 * @param {unknown} said
 * @param {string} here path of the page that is open
 * @returns {Fact | "unlisted" | "malformed"}
 */
export function factOf(events, name, said, here) {
  const kind = events.get(/** @type {string} */ (name));
  if (!kind) {
    return "unlisted";
  }
  const props = /** @type {Record<string, unknown>} */ (said ?? {});
  if (typeof props !== "object" || Object.keys(props).some((prop) => !PROPS[kind].includes(prop))) {
    return "malformed";
  }
  const { page = kind === "clicked" ? null : here, words, seconds = 0 } = props;
  const about = kind === "searched" ? words : page;
  const timed = kind === "read";
  return typeof about === "string" &&
    about.length <= LONGEST &&
    (kind === "searched" ? about.trim() !== "" : isPath(about)) &&
    (timed ? isSeconds(seconds) : seconds === 0)
    ? { kind, about, seconds: /** @type {number} */ (seconds) }
    : "malformed";
}

/**
 * Hand a fact to whoever notes: they keep of it what a rule asks for, as of what they notice themselves.
 *
 * @param {import("../signals/note.js").Note} note
 * @param {Fact} fact
 */
export function tell(note, { kind, about, seconds }) {
  const bucket = STEPS_SECONDS.filter((step) => seconds >= step).length;
  if (kind !== "read" || bucket > 0) {
    const pick = (/** @type {string[]} */ wanted) =>
      kind === "searched" ? scrubQuery(about, wanted).join(" ") : wanted.find((path) => path === about);
    note(kind, pick, { at: Date.now(), bucket });
  }
}

/** @param {string} text */
function isPath(text) {
  return /^\/(?!\/)[^?#\\]*$/.test(text);
}

/** @param {unknown} value */
function isSeconds(value) {
  return typeof value === "number" && value > 0 && value <= MOST_SECONDS;
}
