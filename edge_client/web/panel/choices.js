/** What the citizen chooses in the panel: one question a purpose, and nothing is chosen beforehand. */

import { answered } from "./answered.js";
import { languageFor, stringsFor } from "./words.js";
import { askedBy, wantsBanner } from "../choice.js";
import { inDirection } from "../locale.js";
import { button, element } from "../markup.js";

/** @typedef {import("../parts.js").Page} Page */

/**
 * @param {Page} with_
 * @param {HTMLElement} receipts
 */
export function form(with_, receipts) {
  const { notice } = with_;
  const strings = stringsFor(languageFor(with_.config));
  const made = document.createElement("form");
  made.className = "nearside-panel";
  made.noValidate = true;
  if (with_.off()) {
    made.append(element("p", strings["turn-on-anyway"], "nearside-inset"));
  }
  const chosen = with_.off() ? null : with_.choice();
  const asked = askedBy(chosen, notice);
  const known = [...asked, ...(chosen?.given ?? [])]; // in words of before, too: that can be taken back here
  const open = (notice.later ?? []).filter(({ purpose }) => !known.includes(purpose));
  const shown = [...notice.purposes, ...(notice.later ?? [])].filter((one) => !open.includes(one));
  for (const { purpose, title, text } of shown) {
    const field = document.createElement("fieldset");
    // The agency's words may be in another language than the page and the panel.
    const legend = inDirection(element("legend", title), notice.lang);
    const hint = inDirection(element("p", text, "nearside-hint"), notice.lang);
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
      const label = element("label", words);
      label.setAttribute("for", id);
      const row = document.createElement("div");
      row.className = "nearside-radio";
      row.append(radio, label);
      field.append(row);
    }
    made.append(field);
  }
  made.append(...open.map((one) => unasked(one, notice.lang, strings)));
  const save = button(strings.save, "nearside-button");
  save.type = "submit";
  const saved = element("p", "", "nearside-saved");
  saved.setAttribute("role", "status");
  made.append(element("p", strings["only-here"], "nearside-hint"), save, saved);
  tick(made, with_);
  with_.whenChosen(() => tick(made, with_));
  made.addEventListener("submit", (event) => {
    event.preventDefault();
    const said = new FormData(made);
    const before = with_.off() ? [] : (with_.choice()?.given ?? []);
    const asked = shown.map(({ purpose }) => purpose);
    const { given, about } = answered(asked, (purpose) => said.get(purpose), before);
    if (about.length === 0) {
      saved.textContent = strings["saved-nothing"];
      return;
    }
    with_.choose(given, about);
    if (with_.choice()?.ever) {
      with_.send({ type: "profile" }); // what is known now, and which receipts are on their way
    }
    if (!wantsBanner(with_.choice(), notice)) {
      document.querySelector(".nearside-banner")?.remove();
    }
    saved.textContent = strings.saved;
    receipts.setAttribute("aria-busy", "true");
  });
  return made;
}

/**
 * What no banner asks about is asked where it is used, and was not yet: there is nothing to take back.
 *
 * @param {import("../words.js").Asked} words
 * @param {string} lang of the agency's notice
 * @param {import("../words.js").Strings} strings
 */
function unasked({ title, text }, lang, strings) {
  const made = element("div", "", "nearside-unasked");
  made.append(
    inDirection(element("h3", title), lang),
    inDirection(element("p", text, "nearside-hint"), lang),
    element("p", strings["not-asked"]),
  );
  return made;
}

/**
 * Show what is chosen. Nothing is chosen beforehand for someone who was never asked.
 *
 * @param {HTMLFormElement} made
 * @param {Page} with_
 */
function tick(made, with_) {
  const chosen = with_.off() ? null : with_.choice();
  const asked = askedBy(chosen, with_.notice);
  for (const radio of /** @type {NodeListOf<HTMLInputElement>} */ (made.querySelectorAll("[type=radio]"))) {
    const given = chosen?.given.includes(radio.name) === (radio.value === "on");
    radio.checked = asked.includes(radio.name) && given;
  }
}
