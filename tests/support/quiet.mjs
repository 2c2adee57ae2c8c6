// Says of moments whether reminders and notices keep still: a row each, of what lies in the storage and when it is.
import { readFileSync } from "node:fs";

const part = (/** @type {string} */ path) =>
  import(new URL(`../../edge_client/web/${path}`, import.meta.url).href);
const { QUIET, isQuietNow, keepQuiet, readQuiet } = await part("quiet.js");
const { mayKeepStill } = await part("alerts/view.js");
const { PAUSE, isPaused } = await part("pause.js");
const { rows, severities } = JSON.parse(readFileSync(0, "utf8"));
const kept = rows.map((/** @type {any} */ { quiet, text, pause, now }) => {
  const values = new Map();
  const storage = /** @type {any} */ ({
    getItem: (/** @type {string} */ key) => values.get(key) ?? null,
    setItem: (/** @type {string} */ key, /** @type {string} */ value) => void values.set(key, value),
    removeItem: (/** @type {string} */ key) => void values.delete(key),
  });
  quiet && keepQuiet(storage, quiet);
  text && values.set(QUIET, text);
  pause && values.set(PAUSE, pause);
  const at = now ? new Date(now).getTime() : 0;
  return [isQuietNow(storage, at), readQuiet(storage), values.size, isPaused(storage, at)];
});
process.stdout.write(JSON.stringify({ kept, still: severities.filter(mayKeepStill) }));
