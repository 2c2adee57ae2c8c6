/**
 * What a page says of itself, in markup that sites print already: of that the marks that rules name, and nothing else. Whatever
 * runs on a page can write it, so it is read as what a stranger says.
 */

import { readCollect } from "../collect.js";
import { object } from "../integration/settings.js";
import { nodes } from "../integration/structured.js";

const TYPES = ["GovernmentService", "FAQPage", "Event"];
const METAS = { "govuk:format": "format", "govuk:content-id": "content" };
/** Attributes, on the elements that are of the whole page; gov.scot has them on the script of its tag manager. */
const ATTRIBUTES = { audience: "audience", lifeevents: "life-event" };
const OF_THE_PAGE = "html, body, main, script";
const BETWEEN = "|";
const LONGEST = 200;
const MOST = 50;
/** No e-mail address, no sentence and no markup is one. */
const TOKEN = /^[a-z0-9][a-z0-9-]{0,59}$/;

/**
 * @param {import("./define.js").Note} note
 * @param {import("../parts.js").Page} page
 */
export function watchMarks(note, { config: { item }, storage }) {
  const { marked = [], marks = [] } = readCollect(storage) ?? {};
  if (!marked.includes(item)) {
    return; // no rule asks what this page is: it is not even looked at
  }
  const at = Date.now();
  for (const mark of readMarks(document).filter((each) => marks.includes(each))) {
    note("marked", (wanted) => wanted.find((path) => path === item), { at, mark });
  }
}

/**
 * @param {Document} document
 * @returns {string[]} each once, as `edge_client/wire/marks.py` has them; what is no short token is left out
 */
export function readMarks(document) {
  const found = [...structured(document), ...metas(document), ...attributes(document)];
  const marks = found.flatMap(([kind, said]) => {
    const token = typeof said === "string" && said.length <= LONGEST ? tokenOf(said) : "";
    return TOKEN.test(token) ? [`${kind}:${token}`] : [];
  });
  return [...new Set(marks)].slice(0, MOST);
}

/** @typedef {[kind: string, said: unknown]} Said */

/** @param {Document} document; @returns {Said[]} */
function structured(document) {
  const scripts = [...document.querySelectorAll('script[type="application/ld+json"]')].slice(0, MOST);
  return scripts
    .flatMap((script) => nodes(script.textContent ?? ""))
    .flatMap((node) => {
      const types = TYPES.filter((type) => [node["@type"]].flat().includes(type));
      const isService = types.includes(TYPES[0]);
      const audiences = isService ? [node.audience].flat().map(audienceOf) : [];
      const services = isService ? [node.serviceType].flat() : [];
      return [
        ...types.map((type) => /** @type {Said} */ (["type", type])),
        ...services.map((service) => /** @type {Said} */ (["service", service])),
        ...audiences.map((audience) => /** @type {Said} */ (["audience", audience])),
      ];
    });
}

/** @param {unknown} audience a text, or one of schema.org's kinds of audience */
function audienceOf(audience) {
  const { audienceType, name } = object(audience);
  return typeof audience === "string" ? audience : (audienceType ?? name);
}

/** @param {Document} document; @returns {Said[]} */
function metas(document) {
  return Object.entries(METAS).map(([name, kind]) => [
    kind,
    document.querySelector(`meta[name="${name}"]`)?.getAttribute("content"),
  ]);
}

/** @param {Document} document; @returns {Said[]} */
function attributes(document) {
  const elements = /** @type {HTMLElement[]} */ ([...document.querySelectorAll(OF_THE_PAGE)]);
  return elements.flatMap(({ dataset }) =>
    Object.entries(ATTRIBUTES).flatMap(([name, kind]) =>
      (dataset[name] ?? "").split(BETWEEN, MOST).map((said) => /** @type {Said} */ ([kind, said])),
    ),
  );
}

/** @param {string} said; @returns {string} in small letters, words joined by hyphens; GOV.UK joins them by underscores */
function tokenOf(said) {
  return said
    .trim()
    .toLowerCase()
    .replace(/[\s_]+/g, "-");
}
