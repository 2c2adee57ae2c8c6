/** One switch and two hours: when reminders and notices keep still on this device. */

import { element } from "../markup.js";
import { keepQuiet, readQuiet } from "../quiet.js";

/** @typedef {import("../words.js").Strings} Strings */

const EVENING = 22;
const MORNING = 7;

/**
 * @param {HTMLElement} place
 * @param {import("../parts.js").Page} with_
 * @param {Strings} strings
 */
export function showQuieting(place, { storage, whenDeleted }, strings) {
  const said = element("p", "", "nearside-saved");
  said.setAttribute("role", "status");
  const box = /** @type {HTMLInputElement} */ (element("input", ""));
  box.type = "checkbox";
  box.id = "nearside-quiet-on";
  const label = element("label", strings["quiet-on"]);
  label.setAttribute("for", box.id);
  const row = element("div", "", "nearside-quiet-row");
  row.append(box, label);
  const [from, to] = ["from", "to"].map((name) => hourChooser(name, strings));
  const hours = element("fieldset", "", "nearside-quiet-hours");
  hours.append(element("legend", strings["quiet-hours"]), ...from.parts, ...to.parts);

  const show = () => {
    const { on, hours } = readQuiet(storage);
    box.checked = on;
    from.chooser.value = String(hours?.[0] ?? "");
    to.chooser.value = String(hours?.[1] ?? "");
  };
  const keep = (/** @type {[number, number] | null} */ hours) => {
    keepQuiet(storage, { on: box.checked, hours });
    said.textContent = strings["quiet-noted"];
    show();
  };
  box.addEventListener("change", () => keep(readQuiet(storage).hours));
  // One of two hours is none: the other is the usual one, until it is chosen.
  const chosen = (/** @type {HTMLSelectElement} */ { value }, /** @type {number} */ usual) =>
    value === "" ? usual : Number(value);
  for (const { chooser } of [from, to]) {
    chooser.addEventListener("change", () =>
      keep(chooser.value === "" ? null : [chosen(from.chooser, EVENING), chosen(to.chooser, MORNING)]),
    );
  }
  show();
  whenDeleted(show);
  place.replaceChildren(
    element("h3", strings["quiet-title"]),
    element("p", strings["quiet-what"]),
    row,
    hours,
    said,
  );
}

/**
 * @param {string} name
 * @param {Strings} strings
 */
function hourChooser(name, strings) {
  const chooser = /** @type {HTMLSelectElement} */ (element("select", ""));
  chooser.id = `nearside-quiet-${name}`;
  const label = element("label", strings[`quiet-${name}`]);
  label.setAttribute("for", chooser.id);
  const none = new Option(strings["quiet-none"], "");
  const hours = Array.from(
    { length: 24 },
    (_, hour) => new Option(`${String(hour).padStart(2, "0")}:00`, String(hour)),
  );
  chooser.append(none, ...hours);
  return { chooser, parts: [label, chooser] };
}
