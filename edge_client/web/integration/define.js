/**
 * The page's own scripts on one side, this device on the other: loaded where the script tag says `data-api`, or names with
 * `data-consent` another tool that asks for consent.
 */

import { makeApi } from "./api.js";
import { followConsent } from "./consent.js";
import { followDataLayer } from "./datalayer.js";
import { makeNote } from "../signals/note.js";
import { readSettings } from "./settings.js";
import { readStructured } from "./structured.js";

/**
 * @param {import("../parts.js").Page} page
 * @returns {import("./nearside.d.ts").Nearside | null} null where the page's scripts were promised nothing
 */
export function define(page) {
  const { consent, api: asked } = tagOf(document);
  if (consent) {
    followConsent(page, consent);
  }
  if (asked === undefined) {
    delete window.nearside;
    return null;
  }
  const { events, dataLayer, types } = readSettings(document);
  const { item, lang } = page.config;
  const context = { item, lang, ...readStructured(document, types) };
  const api = makeApi(page, context, { events, note: makeNote(page) });
  // Nobody puts another in its place, so that a page's scripts know whom they talk to.
  Object.defineProperty(window, "nearside", { value: api, writable: false, configurable: false });
  followDataLayer(dataLayer, api.track);
  return api;
}

/** @param {Document} document; @returns {DOMStringMap} */
function tagOf(document) {
  const tag = document.querySelector("script[data-agency-key]");
  return /** @type {HTMLElement} */ (tag).dataset;
}
