/** `<nearside-keep for="form">`: the citizen's own button that keeps a form's answers for the next time. */

import { listsIn } from "../locale.js";
import { button, element } from "../markup.js";
import { dayWords } from "../reminders/saying.js";
import { answersIn, fieldsOf, labelOf } from "./fields.js";
import { KEPT_DAYS, keep, without } from "./vault.js";

/**
 * @param {HTMLElement} place
 * @param {HTMLFormElement} form
 * @param {import("./prefill.js").Collaborators} with_
 */
export async function showKeep(place, form, { safe, lang, strings, today, listed }) {
  const name = form.dataset.nearsideForm ?? "";
  const title = form.dataset.nearsideTitle ?? document.querySelector("h1")?.textContent?.trim() ?? name;
  const said = element("p", "", "nearside-saved");
  said.setAttribute("role", "status");
  const what = element("p", "", "nearside-hint");
  /** @type {import("./fields.js").Field[]} */
  let named = [];
  /** Say what would be kept; answers may make more fields appear. */
  const tell = () => {
    named = fieldsOf(form, listed);
    const names = listsIn(lang).format(named.map(({ control }) => labelOf(control).replace(/[?؟:]$/, "")));
    what.textContent = strings["keep-what"].replace("{fields}", names);
  };
  tell();
  if (named.length === 0 || name === "") {
    return;
  }
  form.addEventListener("change", tell);
  const store = button(strings.keep, "nearside-button nearside-button-plain");
  const remove = button(strings["keep-delete"], "nearside-link");
  const isOfThis = (/** @type {import("./vault.js").Entry} */ entry) => entry.form === name;
  store.addEventListener("click", async () => {
    const now = new Set(fieldsOf(form, listed).map(({ control }) => control));
    const answers = answersIn(named.filter(({ control }) => now.has(control)));
    let own = false;
    const done = await safe.change(today(), (before) => {
      const after = keep(before, { name, title }, answers, today());
      own = after.some(isOfThis);
      return own ? after : before;
    });
    const until = dayWords(today() + KEPT_DAYS, lang);
    said.textContent = strings[done ? (own ? "kept" : "nothing") : "no-room"].replace("{until}", until);
    remove.hidden = !(done && own) && remove.hidden;
  });
  remove.addEventListener("click", async () => {
    const done = await safe.change(today(), (before) => without(before, name));
    store.focus();
    remove.hidden = done;
    said.textContent = strings[done ? "forgotten" : "not-forgotten"];
  });
  remove.hidden = !(await safe.open(today())).some(isOfThis);
  const actions = element("div", "", "nearside-flow-actions");
  actions.append(store, remove);
  place.replaceChildren(what, actions, said);
}
