// Plays [act, ...] after one another below the results of a flow, given [flow, answers, page, acts]: prints after each what is
// shown there, what the worker was told, and what the page keeps. "show" shows the results anew, "press" presses a button by its
// words, by the citizen or by a script, "answer" gives another answer, "allow" is a choice made elsewhere.
import { readFileSync } from "node:fs";

class Made {
  /** @type {Made[]} */
  children = [];
  text = "";
  /** @type {Record<string, (event: {isTrusted: boolean}) => void>} */
  acts = {};
  /** @param {string} name */
  constructor(name) {
    this.localName = name;
  }
  set textContent(/** @type {string} */ text) {
    this.children = [];
    this.text = text;
  }
  get textContent() {
    return this.text + this.children.map((/** @type {any} */ each) => each.textContent ?? each).join("");
  }
  append(/** @type {any[]} */ ...parts) {
    this.children.push(...parts);
  }
  replaceChildren(/** @type {any[]} */ ...parts) {
    this.children = parts;
  }
  addEventListener(/** @type {string} */ name, /** @type {any} */ act) {
    this.acts[name] = act;
  }
  setAttribute() {}
  focus() {}
  /** @returns {Made[]} */
  get buttons() {
    const within = this.children.filter((each) => each instanceof Made).flatMap((each) => each.buttons);
    return this.localName === "button" ? [this] : within;
  }
}
Object.assign(globalThis, { document: { createElement: (/** @type {string} */ name) => new Made(name) } });

const web = (/** @type {string} */ path) =>
  import(new URL(`../../edge_client/web/${path}`, import.meta.url).href);
const [{ compileFlow }, { NO_ANSWERS, give }, { Telling }, { readAnswers }] = await Promise.all(
  ["flows/tables.js", "flows/answers.js", "flows/telling.js", "question/answers.js"].map(web),
);
const words = JSON.parse(
  readFileSync(new URL("../../edge_client/web/words/en.json", import.meta.url), "utf8"),
);
const [flow, given, how, acts] = JSON.parse(readFileSync(0, "utf8"));
const tables = compileFlow(flow, 739_000);
const take = (/** @type {any} */ before, /** @type {Record<string, string>} */ more) =>
  Object.entries(more).reduce((now, [question, answer]) => give(tables, now, question, answer), before);
let answers = take(NO_ANSWERS, given);
let allowed = how.allowed;
/** @type {Map<string, string>} */
const kept = new Map();
const storage = {
  getItem: (/** @type {string} */ key) => kept.get(key) ?? null,
  setItem: (/** @type {string} */ key, /** @type {string} */ text) => void kept.set(key, text),
  removeItem: (/** @type {string} */ key) => void kept.delete(key),
};
/** @type {unknown[]} */
const said = [];
const page = {
  storage: how.shared ? null : storage,
  preview: how.preview,
  allows: () => allowed,
  notice: { href: "/settings" },
  listen() {},
  send() {},
  say: (/** @type {unknown} */ message) => void said.push(message),
};
const telling = new Telling();
/** @type {Made[]} */
let shown = [];
const found = [];
for (const [act, ...rest] of acts) {
  if (act === "show") {
    shown = telling.show(
      /** @type {any} */ ({ page, tables, answers, lang: how.lang, strings: words.flows }),
    );
  } else if (act === "press") {
    const [label, isTrusted] = rest;
    const press = shown.flatMap((each) => each.buttons).find((each) => each.textContent === label);
    press?.acts.click({ isTrusted });
  } else if (act === "answer") {
    answers = take(answers, rest[0]);
  } else {
    allowed = rest[0];
  }
  const told = Object.entries(readAnswers(/** @type {any} */ (storage), Date.now()));
  found.push({
    shown: shown.map((each) => each.textContent),
    said: [...said],
    kept: Object.fromEntries(
      told.map(([name, { option, said }]) => [name, [option, said?.asked, said?.answer]]),
    ),
  });
}
process.stdout.write(JSON.stringify(found));
