// Reads files of everything as web/tasks/arriving.js does: in come [text, what is kept here by key], out come what arrives of each,
// how many values are refused, or the kind of error; of [text, kept, room] what is kept of each once it was put where only so
// many characters have room, and what is there then.
import { readFileSync } from "node:fs";

const { readArriving } = await import(
  new URL("../../edge_client/web/tasks/arriving.js", import.meta.url).href
);
const { put } = await import(new URL("../../edge_client/web/tasks/bring.js", import.meta.url).href);
const { openAnswers } = await import(new URL("../../edge_client/web/flows/sealing.js", import.meta.url).href);
const { openMemoryStore } = await import(
  new URL("../../edge_client/web/preview/memory.js", import.meta.url).href
);
const locks = { request: (/** @type {string} */ _, /** @type {() => any} */ act) => act() };
Object.defineProperty(globalThis, "navigator", { value: { locks }, configurable: true });
const { today, now, files } = JSON.parse(readFileSync(0, "utf8"));
const told = [];
for (const each of files) {
  told.push(await answer(each));
}
process.stdout.write(JSON.stringify({ told, polluted: "polluted" in {} }));

/** @param {[string, Record<string, string>, number?]} file */
async function answer([text, kept, room]) {
  const storage = storageOf(kept, room ?? Infinity);
  try {
    const told = readArriving(text, { site: "riverton", storage, today, now });
    if (room === undefined) {
      return told;
    }
    const sealed = openAnswers({ storage: listing(storage, kept) }, openMemoryStore());
    const done = [];
    for (const each of told.arriving) {
      done.push(await put({ storage, sealed }, each));
    }
    return { put: done, kept, texts: Object.fromEntries(await sealed.texts()) };
  } catch (error) {
    return /** @type {Error} */ (error).constructor.name;
  }
}

/** As a browser's own: what is kept are its own names. */
function listing(/** @type {any} */ storage, /** @type {Record<string, string>} */ kept) {
  return new Proxy(storage, {
    ownKeys: () => Object.keys(kept),
    getOwnPropertyDescriptor: (_, key) =>
      key in kept ? { value: "", enumerable: true, configurable: true } : undefined,
  });
}

/**
 * @param {Record<string, string>} kept changed as a browser's storage is: whole, or not at all
 * @param {number} room in characters, of all values together
 */
function storageOf(kept, room) {
  return {
    getItem: (/** @type {string} */ key) => (Object.hasOwn(kept, key) ? kept[key] : null),
    setItem: (/** @type {string} */ key, /** @type {string} */ value) => {
      const after = Object.values({ ...kept, [key]: value });
      if (after.join("").length > room) {
        throw new Error("QuotaExceededError");
      }
      kept[key] = value;
    },
    removeItem: (/** @type {string} */ key) => delete kept[key],
  };
}
