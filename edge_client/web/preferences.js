/** `<nearside-preferences>`: one question a purpose, nothing chosen beforehand, and the receipts for what was chosen. */

import { SWITCH, describeArchetype } from "./archetype.js";
import { showErasure } from "./erasure.js";
import { stringsFor } from "./panel_words.js";
import { showReceipts } from "./receipts.js";
import { button, element } from "./recommend.js";
import { describeTrial } from "./trial.js";

/** @typedef {import("./words.js").Notice} Notice */

/**
 * @typedef {object} Collaborators
 * @property {Notice} notice
 * @property {() => import("./choice.js").Choice | null} choice
 * @property {() => boolean} off whether the browser's own signal keeps suggestions off
 * @property {(given: string[]) => void} choose
 * @property {(message: {type: string, on?: boolean}) => void} send say something to the worker; what it answers comes to `listen`
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
        showKnown(known, { visits: [], dismissed: [], trial: null, archetype: null }, with_);
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

/**
 * @param {HTMLElement} place
 * @param {{visits: [item: string, title: string, at_ms: number][], dismissed: [item: string, title: string][], trial: import("./trial.js").Trial | null, archetype: import("./archetype.js").Archetype | null}} profile
 * @param {Collaborators} with_
 */
function showKnown(place, profile, with_) {
  const strings = stringsFor(with_.notice.lang);
  const when = new Intl.DateTimeFormat(with_.notice.lang, { dateStyle: "long", timeStyle: "short" });
  /** @type {HTMLElement[]} */
  const parts = [element("h2", strings.known, "govuk-heading-m")];
  const nothing = profile.visits.length + profile.dismissed.length === 0;
  if (nothing && place.querySelector(".nearside-saved")) {
    return; // it says already that the list is deleted, and the focus is there
  }
  if (nothing) {
    parts.push(element("p", strings["known-none"]));
  }
  if (profile.visits.length > 0) {
    const visits = [...profile.visits].reverse();
    const lines = visits.map(([item, title, at]) => line(item, title, when.format(new Date(at))));
    parts.push(element("p", strings["known-what"]), list(lines));
  }
  if (profile.dismissed.length > 0) {
    const lines = profile.dismissed.map(([item, title]) => line(item, title, ""));
    parts.push(element("p", strings["known-dismissed"]), list(lines));
  }
  if (parts.length > 2) {
    const forget = button(strings.forget, "nearside-button");
    forget.addEventListener("click", () => {
      with_.forget();
      const done = element("p", strings.forgotten, "nearside-saved");
      done.setAttribute("role", "status");
      done.tabIndex = -1;
      place.replaceChildren(parts[0], done);
      done.focus();
    });
    parts.push(forget);
  }
  const switchTo = (/** @type {boolean} */ on) => with_.send({ type: "grouping", on });
  parts.push(...describeArchetype(profile.archetype, { lang: with_.notice.lang, strings }, switchTo));
  parts.push(...describeTrial(profile.trial, with_.notice.lang, strings));
  const switched = place.contains(document.activeElement) && document.activeElement?.matches(SWITCH);
  place.replaceChildren(...parts);
  if (switched) {
    /** @type {HTMLElement | null} */ (place.querySelector(SWITCH))?.focus(); // where it was
  }
}

/**
 * @param {string} item
 * @param {string} title
 * @param {string} note
 */
function line(item, title, note) {
  const link = element("a", title);
  link.setAttribute("href", item);
  const made = document.createElement("li");
  made.append(link, element("span", note, "nearside-hint"));
  return made;
}

/** @param {HTMLElement[]} lines */
function list(lines) {
  const made = document.createElement("ol");
  made.className = "nearside-known-list";
  made.append(...lines);
  return made;
}

/** @param {string} className */
function section(className) {
  const made = document.createElement("section");
  made.className = className;
  return made;
}
