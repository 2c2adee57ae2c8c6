/** The worker of a device that has no room for Python and a model, or no WebAssembly: rules alone, and the citizen's choices. */

import { createHost } from "../host.js";
import { openMemoryStore } from "../preview/memory.js";
import { PREVIEW } from "../runtime.js";
import { openSent } from "../sent.js";
import { openStore } from "../store.js";
import { takeTurns } from "../turns.js";
import { startLine } from "./line.js";
import { apartHost } from "./tab.js";

// What is done in a tab apart is kept by its page, in the tab.
const store = self.name === PREVIEW ? openMemoryStore() : openStore();
const sent = openSent(store, () => Date.now());
/** What the host lends to a model, of which there is none. */
const NO_MODEL = /** @type {any} */ ({});

takeTurns(sent, ({ show, allows }) => {
  const host = createHost(store, sent, show, NO_MODEL, allows);
  /** @type {ReturnType<typeof startLine> | null} */
  let line = null;
  const begin = async (/** @type {any} */ trust) =>
    startLine(trust.tab ? await apartHost(host, trust.tab) : host, trust);
  return {
    async begin(trust) {
      line ??= begin(trust);
      line.catch(() => (line = null)); // a page that comes after a failure tries again
      await line;
    },
    async use(act) {
      await act(await /** @type {ReturnType<typeof startLine>} */ (line));
    },
    rest: async () => {}, // nothing is fetched behind
  };
});
