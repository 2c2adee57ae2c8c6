/**
 * Events of a tag manager, read from `window.dataLayer`, which is never altered: nothing is pushed, wrapped or taken
 * out. So late pushes are found by looking again.
 */

/** @typedef {import("./settings.js").Route} Route */

const AGAIN_MS = 1000;

/**
 * @param {Map<string, Route>} routes which events are read, and which of their variables
 * @param {(name: string, props: Record<string, unknown>) => void} track
 */
export function followDataLayer(routes, track) {
  if (routes.size === 0) {
    return;
  }
  /** @type {WeakSet<object>} entries of which nothing is kept but that they were seen */
  const seen = new WeakSet();
  const look = () => {
    const layer = /** @type {any} */ (window).dataLayer;
    for (const entry of Array.isArray(layer) ? layer : []) {
      if (entry && typeof entry === "object" && !seen.has(entry)) {
        seen.add(entry);
        take(entry);
      }
    }
  };
  /** @param {Record<string, unknown>} entry */
  const take = (entry) => {
    const route = typeof entry.event === "string" ? routes.get(entry.event) : undefined;
    if (route) {
      const { track: name, ...variables } = route;
      const props = Object.entries(variables).map(([prop, variable]) => [prop, entry[variable]]);
      track(name, Object.fromEntries(props.filter(([, value]) => value !== undefined)));
    }
  };
  look();
  setInterval(() => document.visibilityState === "visible" && look(), AGAIN_MS);
  addEventListener("pagehide", look);
}
