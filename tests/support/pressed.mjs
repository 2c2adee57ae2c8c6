// Presses the buttons that move a pin, each twice, and deletes a task that was begun; prints what the worker is told, press by
// press, and whether a button that was pressed can still have the focus.
import { readFileSync } from "node:fs";

const web = (/** @type {string} */ path) =>
  import(new URL(`../../edge_client/web/${path}`, import.meta.url).href);
const [{ movers }, { knownTasks }] = await Promise.all([web("panel/pins.js"), web("tasks/known.js")]);

/** A button, as far as it is pressed. */
class Pressed {
  /** @type {Map<string, string>} */
  attributes = new Map();
  dataset = {};
  disabled = false;
  press = () => {};

  /** @param {string} name; @param {string} value */
  setAttribute(name, value) {
    this.attributes.set(name, value);
  }

  /** @param {string} name */
  hasAttribute(name) {
    return this.attributes.has(name);
  }

  /** @param {string} _event; @param {() => void} listener */
  addEventListener(_event, listener) {
    this.press = listener;
  }
}

Object.assign(globalThis, { document: { createElement: () => new Pressed() } });
const { items, item, begun } = JSON.parse(readFileSync(0, "utf8"));
const strings = { begun: "{when}", pinned: "" };
/** @type {any[]} */
let told = [];
const say = (/** @type {any} */ message) => void told.push(message);
const heard = () => told.splice(0);
const moved = movers({ home: items }, item, "", strings, say).map((/** @type {Pressed} */ each) => {
  each.press();
  const once = heard();
  each.press();
  return [once, heard(), each.disabled, each.hasAttribute("aria-disabled")];
});
const [task] = knownTasks({ levels: { begun } }, { lang: "en", strings, listed: [], say });
task.drop();
process.stdout.write(JSON.stringify({ moved, dropped: heard() }));
