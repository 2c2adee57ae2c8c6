/**
 * The one script of the device's own page (device.html), in its own origin: in a hidden frame of a page of the site, or opened
 * by itself as the settings. It takes one hello from a page of exactly that site, writes down what it says as a page of this
 * origin, and leaves all the rest to the loader.
 */

import { readHello } from "../isolated/saying.js";
import { inDirection } from "../locale.js";
import { element } from "../markup.js";
import { SLOTS } from "../slot.js";

const LOADER = "/nearside/loader.js";

const { pages = "" } = /** @type {HTMLElement} */ (document.querySelector("script[data-pages]")).dataset;
if (location.origin === pages) {
  // Served in the wrong place: what it keeps there, any script reads. It shows and keeps nothing.
} else if (parent === self) {
  const lang = navigator.language.slice(0, 2);
  begin({ item: location.pathname, lang, links: [], slots: [], panel: true }, null);
} else {
  addEventListener("message", heard);
}
// Links lead to the site, in the page around the frame; it is not told of them.
addEventListener("click", toSite, { capture: true });

/** @param {MessageEvent} event */
function heard({ origin, source, data, ports: [port] }) {
  const hello = origin === pages && source === parent && port ? readHello(data, SLOTS.split(", ")) : null;
  if (hello) {
    removeEventListener("message", heard);
    begin(hello, port);
  }
}

/**
 * @param {import("../isolated/saying.js").Hello} hello
 * @param {MessagePort | null} port
 */
function begin({ item, lang, links, slots, panel }, port) {
  inDirection(document.documentElement, lang);
  const named = document.createElement("meta");
  named.name = "nearside:item";
  named.content = item;
  document.head.append(named);
  const page = document.createElement("main");
  page.hidden = true;
  page.append(
    ...links.map((path) => Object.assign(document.createElement("a"), { href: path })),
    ...slots.map(slotOf),
  );
  const line = document.createElement("nearside-device");
  /** @type {any} */ (line).port = port;
  document.body.append(page, line, ...(panel ? [document.createElement("nearside-preferences")] : []));
  void import(LOADER);
}

/** @param {[string, string, number]} slot; @returns {HTMLElement} one that shows what the page's own does */
function slotOf([name, slot, places]) {
  const made = document.createElement(name);
  made.setAttribute("slot", slot);
  const list = document.createElement("ul");
  list.append(...Array.from({ length: places }, () => element("li", "")));
  made.append(...(places ? [list] : []));
  return made;
}

/** @param {MouseEvent} event */
function toSite({ target }) {
  const link = /** @type {Element} */ (target).closest("a[href]:not([download])");
  const path = link?.getAttribute("href") ?? "";
  if (link && path.startsWith("/")) {
    link.setAttribute("href", pages + path);
    link.setAttribute("target", "_top");
  }
}
