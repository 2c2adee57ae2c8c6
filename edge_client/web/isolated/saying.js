/**
 * What a page and its device say to each other where the device has an origin of its own (docs/adr/0029-an-origin-of-its-own.md).
 * The page tells what it is, and hears what its slots show. There is no message for anything else, in either direction.
 */

/**
 * @typedef {object} Hello the first message, with the one port over which all others go
 * @property {string} item
 * @property {string} lang
 * @property {string[]} links paths that the page leads to
 * @property {[element: string, slot: string, places: number][]} slots
 * @property {boolean} panel whether the page has a place for the settings
 */

/** @typedef {import("../plan.js").Suggestion} Suggestion */

/**
 * @typedef {{kind: "shown", slots: Record<string, Suggestion[] | null>} | {kind: "room", height: number}} FromDevice
 * @typedef {{kind: "dismissed", item: string}} FromPage
 */

const MOST_LINKS = 31;
const MOST_SLOTS = 12;
const MOST_PLACES = 24;
const MOST_HEIGHT = 20_000;
const PATH = /^\/[^?#]{0,500}$/;
const NAME = /^[\w-]{1,64}$/;
/** The one reason that pages are told: any other says what was done on this device. */
const REASON = "device";

/**
 * @param {any} said by a page of the site, whose scripts may be anybody's
 * @param {string[]} elements that a slot may be
 * @returns {Hello | null} null where it is none
 */
export function readHello(said, elements) {
  const { item, lang, links, slots, panel } = said ?? {};
  const isWhole =
    isPath(item) &&
    /^[a-z]{2}$/.test(lang) &&
    isList(links, MOST_LINKS, isPath) &&
    isList(
      slots,
      MOST_SLOTS,
      (/** @type {any} */ row) =>
        isList(row, 3) && elements.includes(row[0]) && NAME.test(row[1]) && isWithin(row[2], MOST_PLACES),
    );
  return isWhole ? { item, lang, links, slots, panel: panel === true } : null;
}

/** @param {any} said; @returns {FromPage | null} */
export function readFromPage(said) {
  return said?.kind === "dismissed" && isPath(said.item) ? { kind: "dismissed", item: said.item } : null;
}

/** @param {any} said; @returns {FromDevice | null} */
export function readFromDevice(said) {
  if (said?.kind === "room" && isWithin(said.height, MOST_HEIGHT)) {
    return { kind: "room", height: said.height };
  }
  return said?.kind === "shown" && typeof said.slots === "object" ? said : null;
}

/**
 * @param {Suggestion[] | null} suggestions
 * @returns {Suggestion[] | null} what a card shows: nothing of why, which names what was looked at, searched for or answered
 */
export function asShown(suggestions) {
  return (
    suggestions?.map(({ item, title, summary, picture, alt }) => {
      return { item, title, summary, picture, alt, reason: REASON, because: null };
    }) ?? null
  );
}

/** @param {unknown} value */
function isPath(value) {
  return typeof value === "string" && PATH.test(value) && !value.startsWith("//");
}

/** @param {unknown} value; @param {number} most; @param {(one: any) => boolean} [is] */
function isList(value, most, is = () => true) {
  return Array.isArray(value) && value.length <= most && value.every(is);
}

/** @param {unknown} value; @param {number} most */
function isWithin(value, most) {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= most;
}
