/** What keeps answers on this device, says that they are kept, and deletes them. */

import { dayNumber } from "./flow_day.js";
import { printDay } from "./flow_words.js";
import { readSaved, save } from "./flow_saving.js";
import { KEPT_DAYS, drop, keep, listKept } from "./flow_store.js";
import { button, element } from "./recommend.js";

/** @typedef {import("./flow_tables.js").Tables} Tables */

/**
 * @param {Storage | null} storage
 * @param {Tables} tables
 * @returns {import("./flow_saving.js").Saved | null} what is kept of this flow; what is past its day, or cannot be read, goes
 */
export function keptAnswers(storage, tables) {
  let own = null;
  for (const { name, text } of listKept(storage)) {
    try {
      const saved = readSaved(new TextEncoder().encode(text));
      if (dayNumber(saved.until) < tables.today) {
        drop(storage, name);
      } else if (saved.flow === tables.flow.name) {
        own = saved;
      }
    } catch {
      drop(storage, name);
    }
  }
  return own;
}

/**
 * @typedef {object} Keeping
 * @property {Storage | null} storage
 * @property {Tables} tables
 * @property {string} lang
 * @property {import("./words.js").Strings} strings
 * @property {() => import("./flow_answers.js").Answers} answers
 */

/** @param {Keeping} keeping */
export function showKeeping({ storage, tables, lang, strings, answers }) {
  const made = document.createElement("div");
  made.className = "nearside-flow-saving";
  const said = element("p", "", "nearside-saved");
  said.setAttribute("role", "status");
  const store = button(strings.save, "nearside-button");
  const remove = button(strings["delete-saved"], "nearside-link");
  const show = (/** @type {string} */ text) => {
    remove.hidden = keptAnswers(storage, tables) === null;
    said.textContent = text;
  };
  store.addEventListener("click", async () => {
    const bytes = await save(tables.flow, answers(), tables.today + KEPT_DAYS);
    const done = keep(storage, { name: tables.flow.name, text: new TextDecoder().decode(bytes) });
    const until = keptAnswers(storage, tables)?.until;
    show(done && until ? strings.saved.replace("{until}", printDay(until, lang)) : strings["no-room"]);
  });
  remove.addEventListener("click", () => {
    drop(storage, tables.flow.name);
    store.focus();
    show(strings.deleted);
  });
  const row = document.createElement("div");
  row.className = "nearside-flow-actions";
  row.append(store, remove);
  made.append(element("p", strings["save-what"], "nearside-hint"), row, said);
  show("");
  return made;
}
