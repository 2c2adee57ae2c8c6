/** `<nearside-check>`: a receipt is chosen, dropped or pasted, and checked on this page. Nothing is sent anywhere. */

import { checkWords, showChecked } from "./checking.js";
import { readConfig } from "./config.js";
import { button, element } from "./markup.js";
import { parseKeyList, parseLine } from "./verifier/logkeys.js";
import { printUtf8 } from "./verifier/spelling.js";

/** @typedef {import("./words.js").Strings} Strings */

const config = readConfig(document);

customElements.define(
  "nearside-check",
  class extends HTMLElement {
    connectedCallback() {
      const strings = checkWords(config.lang);
      const file = labelled("input", "nearside-check-file", strings.file, strings["file-hint"]);
      const text = labelled("textarea", "nearside-check-text", strings.text, "");
      const keys = labelled("textarea", "nearside-check-keys", strings.keys, strings["keys-hint"]);
      const [chosen, pasted, trusted] = [file, text, keys].map(({ control }) => control);
      const input = /** @type {HTMLInputElement} */ (chosen);
      input.type = "file";
      input.accept = ".json,application/json";
      for (const each of [pasted, trusted]) {
        each.setAttribute("rows", "4");
        each.setAttribute("dir", "ltr");
        each.setAttribute("autocomplete", "off");
        each.setAttribute("spellcheck", "false");
      }
      trusted.value = config.ledgerKey;
      const whose = document.createElement("details");
      whose.className = "nearside-details";
      whose.append(element("summary", strings.whose), ...keys.parts);
      const check = button(strings.check, "nearside-button");
      const result = document.createElement("div");
      const problem = element("p", "", "nearside-problem");
      problem.setAttribute("role", "alert");
      const drop = document.createElement("div");
      drop.className = "nearside-drop";
      drop.append(...file.parts);
      takeDrops(drop, input);
      // What was chosen last counts, and nothing else is left that could be taken for it.
      input.addEventListener("change", () => (pasted.value = ""));
      pasted.addEventListener("input", () => (input.value = ""));
      check.addEventListener("click", async () => {
        result.replaceChildren();
        const data = await receiptIn(input, pasted);
        problem.textContent = data ? "" : strings["nothing-chosen"];
        if (data) {
          const reading = /** @type {const} */ ({ lang: config.lang, heading: "h2" });
          const shown = await showChecked(data, () => trustIn(trusted.value), reading);
          result.replaceChildren(shown);
          shown.querySelector("h2")?.focus();
        } else {
          input.focus();
        }
      });
      this.replaceChildren(element("p", strings.private), drop, ...text.parts, whose, problem, check, result);
    }
  },
);

/**
 * @param {"input" | "textarea"} name
 * @param {string} id
 * @param {string} text
 * @param {string} hint
 */
function labelled(name, id, text, hint) {
  const control = document.createElement(name);
  const label = element("label", text);
  control.id = id;
  label.setAttribute("for", id);
  const parts = [label, control];
  if (hint) {
    const line = element("p", hint, "nearside-hint");
    line.id = `${id}-hint`;
    control.setAttribute("aria-describedby", line.id);
    parts.splice(1, 0, line);
  }
  return { control, parts };
}

/**
 * @param {HTMLElement} place where a file may be dropped
 * @param {HTMLInputElement} input that takes it
 */
function takeDrops(place, input) {
  const mark = (/** @type {boolean} */ over) => place.classList.toggle("nearside-drop-over", over);
  place.addEventListener("dragover", (event) => {
    event.preventDefault();
    mark(true);
  });
  place.addEventListener("dragleave", () => mark(false));
  place.addEventListener("drop", (event) => {
    event.preventDefault();
    mark(false);
    if (event.dataTransfer?.files.length) {
      input.files = event.dataTransfer.files;
      input.dispatchEvent(new Event("change"));
    }
  });
}

/**
 * @param {HTMLInputElement} input
 * @param {{value: string}} pasted
 * @returns {Promise<Uint8Array | null>} the bytes of the file as they are, or the text that was pasted
 */
async function receiptIn(input, pasted) {
  const file = input.files?.[0];
  if (file) {
    return new Uint8Array(await file.arrayBuffer());
  }
  // Copying takes spaces and ends of line along, which are no part of what was copied.
  const text = pasted.value.trim();
  return text ? printUtf8(text, "receipt") : null;
}

/**
 * @param {string} text a line of keys, or a key list
 * @returns {Promise<import("./verifier/logkeys.js").LogKeys>}
 */
async function trustIn(text) {
  const trimmed = text.trim();
  return trimmed.startsWith("{") ? parseKeyList(printUtf8(trimmed, "key list")) : parseLine(trimmed);
}
