/**
 * `<nearside-search index="...">`: the server's own search form, answered on the device. What is typed is in no request and in
 * no address; without script, or where the index cannot be had, the form goes to the server's page as it would.
 */

// @ts-ignore -- made by the build from words/*.json: what this element shows
import words from "nearside-search-words";
import { openIndex } from "./index.js";
import { inOrder } from "./order.js";
import { counted } from "../counting.js";
import { fetchFile } from "../host.js";
import { whenIdle, whereWhole } from "../idle.js";
import { inDirection } from "../locale.js";
import { element } from "../markup.js";
import { makeNote } from "../signals/note.js";
import { scrubQuery } from "../signals/words.js";

/** @typedef {import("./order.js").Placed} Placed */

/** @param {import("../parts.js").Page} page */
export function define(page) {
  const { config } = page;
  const all = /** @type {Record<string, import("../words.js").Strings>} */ (words);
  const strings = all[config.lang] ?? all.en;
  const note = makeNote(page);
  customElements.define(
    "nearside-search",
    class extends HTMLElement {
      /** @type {HTMLInputElement | null} */
      #field = null;
      /** @type {Promise<ReturnType<typeof openIndex> | null> | null} null where it cannot be had */
      #index = null;
      /** @type {import("./order.js").Order | null} */
      #order = null;
      #said = element("p", "", "nearside-search-said");
      #list = document.createElement("ol");
      /** Whether the next press is the server's to answer. */
      #isServers = false;

      connectedCallback() {
        const form = this.querySelector("form");
        this.#field = this.querySelector("input");
        const address = addressOf(this.getAttribute("index"));
        if (!form || !this.#field || !address) {
          return;
        }
        this.#said.setAttribute("role", "status");
        this.#list.className = "nearside-search-list";
        this.#list.lang = config.lang;
        this.append(this.#said, this.#list);
        form.addEventListener("submit", (event) => {
          if (!this.#isServers) {
            event.preventDefault();
            void this.#search({ isNew: true });
          }
        });
        // For everybody who opens the page, and before anything is typed: that it is fetched says nothing.
        whenIdle(() => void this.#open(address));
        // The words that a browser gives back to the field after a reload, or on the way back, are looked up again.
        addEventListener("pageshow", ({ persisted }) => {
          if (persisted) {
            this.#order = null; // what was said elsewhere meanwhile has not reached this page
          }
          void this.#search({ isNew: false });
        });
        const asked = new URLSearchParams(location.search).get(this.#field.name);
        this.#field.value ||= asked ?? "";
        if (document.readyState === "complete") {
          void this.#search({ isNew: false });
        }
        this.#follow();
      }

      /** Ask what is near to what was looked at, of those who have said yes: whatever is typed, and before it is. */
      #follow() {
        const ask = () => {
          this.#order = null;
          this.removeAttribute("data-ordered");
          // What stands here keeps its place, and says no more of what was looked at.
          this.#list.querySelectorAll(".nearside-hint").forEach((why) => why.remove());
          if (page.allows("suggest")) {
            whereWhole(() => page.send({ type: "near", item: config.item, lang: config.lang }));
          }
        };
        page.listen(({ kind, text }) => {
          const order = kind === "near" ? JSON.parse(text) : null;
          if (order?.lang === config.lang && page.allows("suggest")) {
            this.#order = order;
            this.setAttribute("data-ordered", "");
          }
        });
        page.whenChosen(ask);
        page.whenDeleted(ask);
        ask();
      }

      /** @param {string} address */
      #open(address) {
        const read = (/** @type {ArrayBuffer} */ raw) => openIndex(JSON.parse(new TextDecoder().decode(raw)));
        return (this.#index ??= fetchFile(address)
          .then(read)
          .catch(() => null));
      }

      /** @param {{isNew: boolean}} what whether somebody has just asked for it */
      async #search({ isNew }) {
        const query = this.#field?.value.trim() ?? "";
        const address = addressOf(this.getAttribute("index"));
        if (!query || !address) {
          return;
        }
        const find = await this.#open(address);
        if (!find) {
          this.#isServers = true;
          this.#said.textContent = strings.failed;
          return;
        }
        // What stands here is what was known when it was asked for: it does not move afterwards.
        this.#show(query, inOrder(find(query), this.#order));
        if (isNew) {
          note("searched", (wanted) => scrubQuery(query, wanted).join(" "), { at: Date.now() });
        }
      }

      /**
       * @param {string} query
       * @param {Placed[]} placed
       */
      #show(query, placed) {
        const many = placed.length;
        const said = many > 0 ? counted(strings, "found", many, config.lang) : strings.none;
        this.#said.textContent = said.replace("{words}", () => query);
        this.#list.replaceChildren(...placed.map((each) => result(each)));
      }
    },
  );

  /** @param {Placed} placed */
  function result({ id, title, summary, because }) {
    const link = inDirection(element("a", title), config.lang);
    link.setAttribute("href", id);
    const heading = element("h2", "");
    heading.append(link);
    const line = document.createElement("li");
    line.dataset.result = id;
    line.append(heading, element("p", summary));
    if (because) {
      line.append(
        element(
          "p",
          strings.because.replace("{page}", () => because),
          "nearside-hint",
        ),
      );
    }
    return line;
  }
}

/**
 * @param {string | null} named
 * @returns {string | null} where the index lies: on the page's own site, whatever an attribute says
 */
function addressOf(named) {
  const { origin, pathname } = new URL(named ?? "", location.href);
  return named && origin === location.origin ? pathname : null;
}
