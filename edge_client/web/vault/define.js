/** Answers kept for the next time: offered before a form, kept by a button after it. None is sent but by the form itself. */

// @ts-ignore -- made by the build from words/*.json: what kept answers are labelled with
import words from "nearside-vault-words";
import { defineGreeting } from "./greeting.js";
import { showKeep } from "./keep.js";
import { showPrefill } from "./prefill.js";
import { openSafe } from "./sealing.js";
import { dayHere } from "../flows/day.js";

/**
 * Greet by name, on a page with a place for that (topics/define.js).
 *
 * @param {import("../parts.js").Page} page
 */
export function greet(page) {
  if (page.storage) {
    defineGreeting(page, opened(page.storage, page.config.lang));
  }
}

/** @param {import("../parts.js").Page} page */
export function define({ config, storage }) {
  if (!storage) {
    return; // nothing can be kept, so there is nothing to offer
  }
  const with_ = opened(storage, config.lang);
  for (const [name, show] of /** @type {const} */ ([
    ["nearside-prefill", showPrefill],
    ["nearside-keep", showKeep],
  ])) {
    customElements.define(
      name,
      class extends HTMLElement {
        connectedCallback() {
          const form = document.getElementById(this.getAttribute("for") ?? "");
          if (form instanceof HTMLFormElement) {
            void show(this, form, with_);
          }
        }
      },
    );
  }
}

/** @param {Storage} storage; @param {string} lang */
function opened(storage, lang) {
  return {
    safe: openSafe(storage),
    lang,
    strings: words[lang] ?? words.en,
    today: () => dayHere(new Date()),
    listed: new WeakSet(),
  };
}
