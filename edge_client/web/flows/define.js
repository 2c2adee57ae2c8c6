/** `<nearside-flow name="...">`: questions one at a time, and what the answers lead to. No answer leaves the page. */

// @ts-ignore -- made by the build from words/*.json: what flows are labelled with
import words from "nearside-flows-words";
import { dayHere } from "./day.js";
import { listenForHints } from "./hints.js";
import { knownFrom, pagesBefore } from "./known.js";
import { FlowPage } from "./page.js";
import { openAnswers } from "./sealing.js";
import { loadFlows } from "./source.js";
import { inSlices } from "./slices.js";
import { compiling } from "./tables.js";
import { fetchFile } from "../host.js";

/** @param {import("../parts.js").Page} page */
export function define(page) {
  const { config, storage } = page;
  const loaded = loadFlows({ config, fetchFile, now: () => Date.now() });
  loaded.catch(() => {}); // what the server wrote stays on the page
  const sealed = openAnswers(page);
  void sealed.tidy();
  customElements.define(
    "nearside-flow",
    class extends HTMLElement {
      async connectedCallback() {
        const flow = (await loaded.catch(() => [])).find(({ name }) => name === this.getAttribute("name"));
        if (flow) {
          const lang = flow.languages.includes(config.lang) ? config.lang : flow.languages[0];
          const tables = await inSlices(compiling(flow, dayHere(new Date(page.now()))));
          const known = knownFrom(flow, pagesBefore(document));
          const strings = words[lang] ?? words.en;
          const made = new FlowPage(this, { tables, lang, strings, storage, sealed, page, known });
          void made.start();
          listenForHints(page, flow, (hints) => made.hint(hints));
        }
      }
    },
  );
}
