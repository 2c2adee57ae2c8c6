/** Reminders: asked for where a page offers one, said where a page has room for what is due. No request tells of any. */

// @ts-ignore -- made by the build from words/*.json: what reminders are labelled with
import words from "nearside-reminders-words";
import { showAsking } from "./asking.js";
import { defineBanner } from "./banner.js";
import { readReminders } from "./declared.js";
import { isReminder } from "./store.js";
import { loadBundled } from "../bundled.js";
import { fetchFile } from "../host.js";

/** @param {import("../parts.js").Page} page */
export function define({ config, storage, now, whenDeleted }) {
  const { lang } = config;
  const strings = words[lang] ?? words.en;
  /** @type {Set<() => void>} */
  const asked = new Set();
  /** @type {Promise<ReturnType<typeof readReminders>> | null} */
  let loaded = null;
  const load = () =>
    (loaded ??= loadBundled("reminders.json", { config, fetchFile, now: () => Date.now() }).then(
      readReminders,
    ));
  const changed = () => {
    for (const banner of document.querySelectorAll("nearside-reminders")) {
      /** @type {any} */ (banner).update();
    }
  };
  customElements.define(
    "nearside-reminder",
    class extends HTMLElement {
      async connectedCallback() {
        const file = await load().catch(() => null); // what the server wrote stays on the page
        const found = file?.reminders.find(({ name }) => name === this.getAttribute("name"));
        if (file && found) {
          asked.add(showAsking(this, found, file.zone, { storage, lang, strings, now, changed }));
        }
      }
    },
  );
  defineBanner({ storage, lang, strings, now });
  const again = () => {
    asked.forEach((show) => show());
    changed();
  };
  whenDeleted(again);
  addEventListener("storage", ({ key }) => {
    if (isReminder(key)) {
      again();
    }
  });
}
