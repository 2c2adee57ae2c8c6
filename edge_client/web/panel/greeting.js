/** One switch, off until it is pressed: whether pages greet the citizen by the name that they kept for forms on this device. */

import { GREET } from "../greet.js";
import { element } from "../markup.js";
import { keepText } from "../room.js";

/**
 * @param {HTMLElement} place
 * @param {import("../parts.js").Page} with_
 * @param {import("../words.js").Strings} strings
 */
export function showGreeting(place, with_, strings) {
  const { storage } = with_;
  const box = /** @type {HTMLInputElement} */ (element("input", ""));
  box.type = "checkbox";
  box.id = "nearside-greet-on";
  const label = element("label", strings["greet-on"]);
  label.setAttribute("for", box.id);
  const hint = element("p", strings["greet-what"], "nearside-hint");
  hint.id = "nearside-greet-what";
  box.setAttribute("aria-describedby", hint.id);
  const row = element("div", "", "nearside-quiet-row");
  row.append(box, label);
  box.addEventListener("change", () => {
    box.checked ? keepText(storage, GREET, "on") : storage?.removeItem(GREET);
  });
  const update = () => {
    const suggests = !with_.off() && (with_.choice()?.given.includes("suggest") ?? false);
    if (!suggests) {
      storage?.removeItem(GREET); // it goes with the yes that it rests on
    }
    place.hidden = !suggests;
    box.checked = storage?.getItem(GREET) === "on";
  };
  place.replaceChildren(element("h3", strings["greet-title"]), row, hint);
  update();
  with_.whenChosen(update);
  with_.whenDeleted(update);
}
