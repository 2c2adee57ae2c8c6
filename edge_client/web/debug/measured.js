/** What the browser itself measured of our part of a page. */

const SETTLED_MS = 500;
/** Addresses of ours (host.js, and what the script tag and the style sheets name). */
const OURS = /^\/(nearside|consent|contributions)(\/|$)/;
const PARTS =
  "nearside-recommend, nearside-cards, nearside-carousel, nearside-hero, nearside-alert, nearside-reminders, .nearside-banner";

/**
 * @param {Storage | null} storage
 * @param {Record<string, number>} worker what the worker keeps, by kind, in bytes
 * @returns {[name: string, bytes: number][]}
 */
export function kept(storage, worker) {
  const names = Object.keys(storage ?? {}).filter((key) => key.startsWith("nearside."));
  const size = (/** @type {string} */ key) => new Blob([storage?.getItem(key) ?? ""]).size;
  return [
    ...names.sort().map((key) => /** @type {[string, number]} */ ([key, size(key)])),
    ...Object.entries(worker),
  ];
}

/** @returns {{path: string, size: number, took: number}[]} what this page fetched of ours; 0 bytes came from a cache */
export function requests() {
  return /** @type {PerformanceResourceTiming[]} */ (performance.getEntriesByType("resource"))
    .map((entry) => ({
      path: new URL(entry.name).pathname,
      size: entry.transferSize,
      took: Math.max(0, entry.duration),
    }))
    .filter(({ path }) => OURS.test(path));
}

/** @returns {[name: string, at: number][]} our marks beside the browser's, in milliseconds since the page was asked for */
export function timings() {
  return [...performance.getEntriesByType("paint"), ...performance.getEntriesByType("mark")]
    .filter(({ entryType, name }) => entryType === "paint" || name.startsWith("nearside:"))
    .sort((one, other) => one.startTime - other.startTime)
    .map(({ name, startTime }) => [name, startTime]);
}

/** @returns {Promise<number>} how much of the page was moved by what is ours: layout shifts, added up */
export function shiftsOfOurs() {
  return new Promise((resolve) => {
    let sum = 0;
    const add = (/** @type {PerformanceObserverEntryList} */ list) => {
      for (const { value, hadRecentInput, sources, startTime } of /** @type {any[]} */ (list.getEntries())) {
        const ours = sources.some((/** @type {{node: Node | null}} */ { node }) => isOurs(node));
        sum += ours && !hadRecentInput && !isOfPreview(startTime) ? value : 0;
      }
    };
    try {
      const observer = new PerformanceObserver(add);
      observer.observe({ type: "layout-shift", buffered: true });
      // What is buffered is told in a task of its own.
      setTimeout(() => (observer.disconnect(), resolve(sum)), 50);
    } catch {
      resolve(0);
    }
  });
}

/** @param {number} at; @returns {boolean} whether a preview or its frame was put in place then, as no citizen's page has them */
function isOfPreview(at) {
  const marks = ["nearside:framed", "nearside:previewed"].flatMap((name) =>
    performance.getEntriesByName(name),
  );
  return marks.some(({ startTime }) => startTime <= at && at < startTime + SETTLED_MS);
}

/** @param {Node | null} node */
function isOurs(node) {
  const element = node instanceof Element ? node : node?.parentElement;
  return Boolean(element?.closest(PARTS));
}
