/**
 * A device apart without Python: the twin of `edge_client/apart.py`. It has no key, sends nothing and records no choice; what it
 * keeps it hands to its tab's page, and of this device's own storage nothing is read and nothing written.
 */

import { NO_BOOK, printBook } from "./book.js";

/** @typedef {import("./line.js").Host} Host */

/** The consent key of a device apart: nobody's. Its book never has anything to sign, to send or to prove. */
const NOBODY = new Uint8Array(32);

/**
 * @param {Host} host over memory alone
 * @param {import("../runtime.js").Tab} tab what the worker of the page before kept in it, and since when it may suggest
 * @returns {Promise<Host>}
 */
export async function apartHost(host, { kept, allowed_ms }) {
  for (const [kind, text] of Object.entries(kept)) {
    await host.save(kind, new TextEncoder().encode(text));
  }
  const choices = { choices: { suggest: "given" }, chosen_ms: allowed_ms ?? 0 };
  await host.save("book", printBook(allowed_ms === null ? NO_BOOK : { ...NO_BOOK, ...choices }));
  const tell = (/** @type {string} */ kind, /** @type {string | null} */ text) =>
    kind === "book" ? undefined : host.show("kept", JSON.stringify({ [kind]: text }));
  return {
    ...host,
    subject: async () => NOBODY,
    acquire: async () => () => {}, // nobody else has this memory
    post: async () => {
      throw new Error("host: nothing is sent from a tab apart");
    },
    async save(kind, value) {
      await host.save(kind, value);
      tell(kind, new TextDecoder().decode(/** @type {Uint8Array} */ (value)));
    },
    async erase(kind) {
      await host.erase(kind);
      tell(kind, null);
    },
  };
}
