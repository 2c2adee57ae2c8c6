/** `<nearside-preferences>`: the citizen's panel, of all that this device knows, sent and keeps, and of what was chosen. */

import { form } from "./choices.js";
import { mountDecisions } from "./decisions.js";
import { showErasure } from "./erasure.js";
import { showEverything } from "./everything.js";
import { showGreeting } from "./greeting.js";
import { NOTHING, showKnown } from "./known.js";
import { makeLevels, showLevels } from "./levels.js";
import { showNoticing } from "./noticing.js";
import { languageFor, stringsFor } from "./words.js";
import { showQuieting } from "./quieting.js";
import { showReceipts } from "./receipts.js";
import { makeSections, showAbout } from "./sections.js";
import { showSent } from "./sent.js";
import { showTasks, waysHere } from "./tasks.js";
import { inDirection } from "../locale.js";
import { element } from "../markup.js";

/** @typedef {import("../parts.js").Page} Page */

/** @param {Page} with_ */
export function define(with_) {
  if (!with_.storage) {
    return; // nothing can be kept, so there is nothing to choose
  }
  customElements.define(
    "nearside-preferences",
    class extends HTMLElement {
      connectedCallback() {
        const lang = languageFor(with_.config);
        const strings = stringsFor(lang);
        const { parts, places } = makeSections(strings);
        const ways = waysHere();
        inDirection(this, lang); // where the page speaks a language that we do not
        places.choices.append(form(with_, places.receipts));
        places.decisions.append(element("p", strings["why-where"]));
        const levels = makeLevels(places.levels, strings);
        showQuieting(places.quiet, with_, strings);
        showGreeting(places.greeting, with_, strings);
        mountDecisions(places.decisions, levels.outcomes, with_, ways);
        this.replaceChildren(showAbout(with_, lang, strings), ...parts);
        const nothing = () => {
          showKnown(places.known, NOTHING, with_);
          showLevels(levels, NOTHING, with_);
          showNoticing(places.noticing, {}, with_);
          showReceipts(places.receipts, { pending: 0, receipts: [] }, with_);
          places.copies.replaceChildren();
          places.sent.replaceChildren(element("p", strings["sent-gone"]));
        };
        // Where everything was deleted no worker is asked, for that would start one.
        const sent = () => with_.choice() && with_.send({ type: "sent" });
        with_.listen(({ kind, text }) => {
          if (kind === "receipts") {
            const book = JSON.parse(text);
            showReceipts(places.receipts, book, with_);
            const ask = () => with_.send({ type: "erase" });
            showErasure(places.copies, book, { ask, lang, strings });
            sent(); // something was sent for it
          } else if (kind === "sent") {
            with_.choice() && showSent(places.sent, JSON.parse(text), lang);
          } else if (kind === "profile") {
            showKnown(places.known, JSON.parse(text), with_);
            showLevels(levels, JSON.parse(text), with_);
            showNoticing(places.noticing, JSON.parse(text), with_);
            sent(); // what is forgotten is forgotten there too
          }
        });
        nothing();
        showTasks(places.tasks, with_, { lang, strings }, ways);
        showEverything(places, with_, { lang, strings });
        with_.whenDeleted(() => with_.choice() ?? nothing());
        // What a worker knows of nobody who never said yes: none is started for them.
        if (with_.choice()?.ever) {
          with_.send({ type: "profile" });
        }
      }
    },
  );
}
