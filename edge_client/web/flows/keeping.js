/** What keeps answers on this device, says that they are kept, and deletes them. */

import { dayText } from "./day.js";
import { printDay } from "./words.js";
import { save } from "./saving.js";
import { KEPT_DAYS, isKept } from "./store.js";
import { button, element } from "../markup.js";

/**
 * @typedef {object} Keeping
 * @property {Storage | null} storage
 * @property {import("./sealing.js").Answers} sealed
 * @property {import("./tables.js").Tables} tables
 * @property {string} lang
 * @property {import("../words.js").Strings} strings
 * @property {() => import("./answers.js").Answers} answers
 */

/** @param {Keeping} keeping */
export function showKeeping({ storage, sealed, tables, lang, strings, answers }) {
  const made = document.createElement("div");
  made.className = "nearside-flow-saving";
  const said = element("p", "", "nearside-saved");
  said.setAttribute("role", "status");
  const store = button(strings.save, "nearside-button");
  const remove = button(strings["delete-saved"], "nearside-link");
  const show = (/** @type {string} */ text) => {
    remove.hidden = !isKept(storage, tables.flow.name);
    said.textContent = text;
  };
  store.addEventListener("click", async () => {
    const until = tables.today + KEPT_DAYS;
    const done = await sealed.keep(tables.flow.name, await save(tables.flow, answers(), until));
    show(done ? strings.saved.replace("{until}", printDay(dayText(until), lang)) : strings["no-room"]);
  });
  remove.addEventListener("click", () => {
    sealed.drop(tables.flow.name);
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
