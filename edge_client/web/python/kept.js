/**
 * The parts that Python is started from: fetched once, kept decoded in this origin's cache, and checked at every use.
 *
 * Whatever runs on a page of this origin can write to the same cache; what it put there must not outlive it.
 */

import { fetchPart } from "../host.js";

// @ts-ignore -- put in by the build: the SHA-256 of each part, in hex
const DIGESTS = /** @type {Record<string, string>} */ (NEARSIDE_PARTS);
const CACHE = "nearside-python";

/** @param {string} part; @returns {string} the address of a part, in the folder of this version */
function addressOf(part) {
  return new URL(`./python/${part}`, import.meta.url).href;
}

/**
 * @param {string} part
 * @returns {Promise<ArrayBuffer>} its bytes, as they were built
 */
export function readPart(part) {
  return open(part, async (answer) => {
    const bytes = await answer.arrayBuffer();
    await check(part, bytes);
    return { made: bytes, bytes };
  });
}

/**
 * Compile the program while it arrives; it is handed out only when all of it is what was built.
 *
 * @param {string} part
 * @returns {Promise<WebAssembly.Module>}
 */
export function compilePart(part) {
  return open(part, async (answer) => {
    const same = answer.clone();
    const [made, bytes] = await Promise.all([WebAssembly.compileStreaming(answer), same.arrayBuffer()]);
    await check(part, bytes);
    return { made, bytes };
  });
}

/** @param {string} part; @returns {Promise<boolean>} whether it would come without the network */
export async function isKept(part) {
  return (await kept(part)) !== undefined;
}

/**
 * Have a part here for a start that may need it; what is kept is checked then.
 *
 * @param {string} part
 */
export async function keepPart(part) {
  if (!(await isKept(part))) {
    await readPart(part).catch(() => undefined); // offline: another page's business
  }
}

/** Forget the parts of other versions. */
export async function forgetOthers() {
  const ours = Object.keys(DIGESTS).map(addressOf);
  try {
    const cache = await caches.open(CACHE);
    const others = (await cache.keys()).filter(({ url }) => !ours.includes(url));
    await Promise.all(others.map((other) => cache.delete(other)));
  } catch {
    // No cache: nothing to forget.
  }
}

/**
 * Make something of a part: of the one that is kept, and where that is not what was built, of a new one.
 *
 * @template T
 * @param {string} part
 * @param {(answer: Response) => Promise<{made: T, bytes: ArrayBuffer}>} make throws for other bytes
 * @returns {Promise<T>}
 */
async function open(part, make) {
  const found = await kept(part);
  if (found) {
    try {
      return (await make(found)).made;
    } catch {
      // Somebody else's bytes, or half of ours: replaced below.
    }
  }
  const answer = await fetchPart(addressOf(part));
  const headers = { "content-type": answer.headers.get("content-type") ?? "" };
  const { made, bytes } = await make(answer);
  void keep(part, new Response(bytes, { headers }));
  return made;
}

/** @param {string} part; @returns {Promise<Response | undefined>} */
async function kept(part) {
  try {
    return await (await caches.open(CACHE)).match(addressOf(part));
  } catch {
    return undefined; // private windows of some browsers have no cache
  }
}

/**
 * @param {string} part
 * @param {Response} answer
 */
async function keep(part, answer) {
  try {
    await (await caches.open(CACHE)).put(addressOf(part), answer);
  } catch {
    // Full, or none: the browser's own cache has the file too.
  }
}

/**
 * @param {string} part
 * @param {ArrayBuffer} bytes
 */
async function check(part, bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const hex = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (hex !== DIGESTS[part]) {
    throw new Error("parts: not what was built");
  }
}
