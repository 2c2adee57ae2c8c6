/** What a page lets its own scripts tell this device: one block of JSON, which the agency writes and nothing runs. */

/**
 * @typedef {"clicked" | "read" | "searched" | "form-begun" | "form-finished"} Kind what a device can notice
 * @typedef {{track: string} & Record<string, string>} Route an event here, and which variables hold its properties
 */

/**
 * @typedef {object} Settings
 * @property {Map<string, Kind>} events by the name that the page's scripts use
 * @property {Map<string, Route>} dataLayer by the name that its tag manager uses
 * @property {Set<string>} types of JSON-LD that are read
 */

const KINDS = ["clicked", "read", "searched", "form-begun", "form-finished"];
const TYPES = ["GovernmentService", "FAQPage", "Event"];
const PROPS = ["page", "words", "seconds"];
export const SELECTOR = 'script[type="application/json"][data-nearside]';

/**
 * @param {Document} document
 * @returns {Settings} of what is written wrongly nothing: what is not listed is not taken
 */
export function readSettings(document) {
  const said = parsed(document.querySelector(SELECTOR)?.textContent ?? "{}");
  const events = new Map(
    Object.entries(object(said.events)).filter(([, kind]) => KINDS.includes(/** @type {string} */ (kind))),
  );
  const routes = Object.entries(object(said.dataLayer)).filter(([, route]) => isRoute(object(route), events));
  const types = Array.isArray(said.types) ? said.types.filter((type) => TYPES.includes(type)) : [];
  return {
    events: /** @type {Map<string, Kind>} */ (events),
    dataLayer: new Map(/** @type {[string, Route][]} */ (routes)),
    types: new Set(types),
  };
}

/** @param {string} text */
function parsed(text) {
  try {
    return object(JSON.parse(text));
  } catch {
    return {};
  }
}

/**
 * @param {Record<string, unknown>} route
 * @param {Map<string, unknown>} events
 */
function isRoute({ track, ...props }, events) {
  const rest = Object.entries(props);
  return (
    events.has(/** @type {string} */ (track)) &&
    rest.every(([name, variable]) => PROPS.includes(name) && typeof variable === "string")
  );
}

/**
 * @param {unknown} value
 * @returns {Record<string, unknown>}
 */
export function object(value) {
  return value && typeof value === "object" && !Array.isArray(value)
    ? /** @type {Record<string, unknown>} */ (value)
    : {};
}
