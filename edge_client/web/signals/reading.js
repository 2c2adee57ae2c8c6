/** How long this page was in view, in four coarse steps; the first, under ten seconds, is no interest and is not noted. */

const STEPS_MS = [10_000, 60_000, 300_000];

/**
 * @param {import("./define.js").Note} note
 * @param {string} item
 */
export function watchReading(note, item) {
  const at = Date.now();
  let since = performance.now();
  let inView = 0;
  let noted = 0;
  const stop = () => {
    if (Number.isFinite(since)) {
      inView += performance.now() - since;
      since = NaN;
      const bucket = STEPS_MS.filter((step) => inView >= step).length;
      if (bucket > noted) {
        noted = bucket;
        note("read", (wanted) => wanted.find((path) => path === item), { at, bucket });
      }
    }
  };
  const go = () => {
    if (document.visibilityState === "hidden") {
      stop();
    } else if (!Number.isFinite(since)) {
      since = performance.now();
    }
  };
  if (document.visibilityState === "hidden") {
    since = NaN;
  }
  document.addEventListener("visibilitychange", go);
  addEventListener("pagehide", stop);
  addEventListener("pageshow", go);
}
