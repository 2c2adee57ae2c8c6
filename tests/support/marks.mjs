// Prints what web/signals/marks.js reads of each page, and what it notes of it under a list of what may be noticed: each page has
// `scripts` of JSON-LD, `metas` by name, and `elements`, the data attributes of elements that are of the whole page.
import { readFileSync } from "node:fs";

const web = (/** @type {string} */ path) =>
  import(new URL(`../../edge_client/web/${path}`, import.meta.url).href);
const { readMarks, watchMarks } = await web("signals/marks.js");

/** @param {any} page */
function documentOf({ scripts = [], metas = {}, elements = [] }) {
  return {
    querySelectorAll: (/** @type {string} */ selector) =>
      selector.includes("ld+json")
        ? scripts.map((/** @type {string} */ textContent) => ({ textContent }))
        : elements.map((/** @type {object} */ dataset) => ({ dataset })),
    querySelector: (/** @type {string} */ selector) => {
      const name = /"(.*)"/.exec(selector)?.[1] ?? "";
      return Object.hasOwn(metas, name) ? { getAttribute: () => metas[name] } : null;
    },
  };
}

const [pages, collect] = JSON.parse(readFileSync(0, "utf8"));
const storage = { getItem: () => JSON.stringify(collect) };
const found = pages.map((/** @type {any} */ page) => {
  const made = documentOf(page);
  globalThis.document = /** @type {any} */ (made);
  /** @type {string[]} */
  const noted = [];
  const note = (/** @type {string} */ kind, /** @type {any} */ about, /** @type {any} */ { mark }) =>
    noted.push(`${kind} ${about(collect.marked ?? [])} ${mark}`);
  watchMarks(note, { config: { item: page.item ?? "/" }, storage });
  return { marks: readMarks(made), noted };
});
console.log(JSON.stringify(found));
