/** Same as last time: the answers as a list to check, each with a way to change it, in place of the fields. */

import { button, element } from "../markup.js";
import { groupOf, labelOf } from "./fields.js";

/**
 * @param {HTMLFormElement} form whose fields are filled in; what cannot be sent as it is stays to be answered
 * @param {import("./prefill.js").Offer[]} filled
 * @param {import("./prefill.js").Collaborators} with_
 * @returns {HTMLElement | null} the heading of the list, which takes the focus; null where every field stays
 */
export function showReview(form, filled, { strings, listed }) {
  const heading = element("h2", strings["review-title"], "nearside-review-heading");
  heading.tabIndex = -1;
  const list = document.createElement("dl");
  list.className = "nearside-review";
  for (const { control, words } of filled) {
    const group = groupOf(control);
    if (group && control.checkValidity()) {
      const label = labelOf(control);
      const row = document.createElement("div");
      const change = button(strings.change, "nearside-link", label);
      change.addEventListener("click", () => {
        group.hidden = false;
        listed.delete(control);
        row.remove();
        control.focus();
      });
      const action = element("dd", "", "nearside-review-action");
      action.append(change);
      const value = element("dd", "");
      value.append(element("bdi", words));
      row.append(element("dt", label), value, action);
      list.append(row);
      group.hidden = true;
      listed.add(control);
    }
  }
  if (list.childElementCount === 0) {
    return null;
  }
  const made = element("section", "", "nearside-review-part");
  made.append(heading, element("p", strings["review-what"], "nearside-hint"), list);
  form.querySelector(".nearside-review-part")?.remove();
  form.prepend(made);
  return heading;
}
