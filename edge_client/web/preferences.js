/** `<nearside-preferences>`: one question a purpose, nothing chosen beforehand, and the receipts for what was chosen. */

import { showErasure } from "./erasure.js";
import { NOTHING, showKnown } from "./known.js";
import { stringsFor } from "./panel_words.js";
import { showReceipts } from "./receipts.js";
import { button, element } from "./recommend.js";

/** @typedef {import("./words.js").Notice} Notice */

/**
 * @typedef {object} Collaborators
 * @property {Notice} notice
 * @property {() => import("./choice.js").Choice | null} choice
 * @property {() => boolean} off whether the browser's own signal keeps suggestions off
 * @property {(given: string[]) => void} choose
 * @property {(message: {type: string} & Record<string, unknown>) => void} send say something to the worker; what it answers comes to `listen`
 * @property {() => void} forget delete what this device knows; the choices stay
 * @property {(listener: (message: {kind: string, text: string}) => void) => void} listen
 */

/** @param {Collaborators} with_ */
export function definePreferences(with_) {
  customElements.define(
    "nearside-preferences",
    class extends HTMLElement {
      connectedCallback() {
        const known = section("nearside-known");
        const receipts = section("nearside-receipts");
        const copies = section("nearside-copies");
        const { lang } = with_.notice;
        this.replaceChildren(form(with_, receipts), known, receipts, copies);
        with_.listen(({ kind, text }) => {
          if (kind === "receipts") {
            const book = JSON.parse(text);
            showReceipts(receipts, book, with_);
            const ask = () => with_.send({ type: "erase" });
            showErasure(copies, book, { ask, lang, strings: stringsFor(lang) });
          } else if (kind === "profile") {
            showKnown(known, JSON.parse(text), with_);
          }
        });
        showKnown(known, NOTHING, with_);
        showReceipts(receipts, { pending: 0, receipts: [] }, with_);
        // Nobody who never said yes has anything to show, and no worker is started for them.
        if (with_.choice()?.ever) {
          with_.send({ type: "profile" });
        }
      }
    },
  );
}

/**
 * @param {Collaborators} with_
 * @param {HTMLElement} receipts
 */
function form(with_, receipts) {
  const { notice } = with_;
  const strings = stringsFor(notice.lang);
  const made = document.createElement("form");
  made.className = "nearside-panel";
  made.noValidate = true;
  if (with_.off()) {
    made.append(element("p", strings["turn-on-anyway"], "nearside-inset"));
  }
  const chosen = with_.off() ? null : with_.choice();
  for (const { purpose, title, text } of notice.purposes) {
    const field = document.createElement("fieldset");
    const legend = element("legend", title);
    const hint = element("p", text, "nearside-hint");
    field.append(legend, hint);
    for (const [value, words] of [
      ["on", strings.on],
      ["off", strings.off],
    ]) {
      const id = `nearside-${purpose}-${value}`;
      const radio = document.createElement("input");
      radio.type = "radio";
      radio.name = purpose;
      radio.value = value;
      radio.id = id;
      // Nothing is chosen beforehand for someone who was never asked.
      radio.checked = chosen !== null && chosen.given.includes(purpose) === (value === "on");
      const label = element("label", words);
      label.setAttribute("for", id);
      const row = document.createElement("div");
      row.className = "nearside-radio";
      row.append(radio, label);
      field.append(row);
    }
    made.append(field);
  }
  const save = button(strings.save, "nearside-button");
  save.type = "submit";
  const saved = element("p", "", "nearside-saved");
  saved.setAttribute("role", "status");
  made.append(element("p", strings["only-here"], "nearside-hint"), save, saved);
  made.addEventListener("submit", (event) => {
    event.preventDefault();
    const given = notice.purposes
      .map(({ purpose }) => purpose)
      .filter((purpose) => new FormData(made).get(purpose) === "on");
    with_.choose(given);
    if (with_.choice()?.ever) {
      with_.send({ type: "profile" }); // what is known now, and which receipts are on their way
    }
    document.querySelector(".nearside-banner")?.remove();
    saved.textContent = strings.saved;
    receipts.setAttribute("aria-busy", "true");
  });
  return made;
}

/** @param {string} className */
function section(className) {
  const made = document.createElement("section");
  made.className = className;
  return made;
}
