/** `<nearside-reminder name="...">`: somebody asks to be reminded, here or by a calendar of their own. */

import { dayField } from "../flows/entry.js";
import { showProblem } from "../flows/form.js";
import { button, element } from "../markup.js";
import { begin, countsAlike, current, lastDay, redeclared } from "./due.js";
import { dayOf } from "./days.js";
import { FIRST_ANCHOR, LAST_ANCHOR } from "./keeping.js";
import { dayWords, languageOf, saveCalendarFile, showDecision } from "./saying.js";
import { dayFor, dropReminder, keepReminder, listReminders } from "./store.js";

/** @typedef {import("./due.js").Kept} Kept */

/**
 * @typedef {object} Asking
 * @property {Storage | null} storage
 * @property {string} lang
 * @property {import("../words.js").Strings} strings
 * @property {() => number} now Unix milliseconds
 * @property {() => void} changed tell the rest of the page that another reminder is kept, or one less
 */

/**
 * @param {HTMLElement} place
 * @param {import("./declared.js").Reminder} reminder
 * @param {string} zone
 * @param {Asking} asking
 */
export function showAsking(place, reminder, zone, { storage, lang, strings, now, changed }) {
  const own = languageOf(reminder, lang);
  const today = () => dayFor({ zone }, now());
  const title = element("bdi", reminder.title[own]);
  title.lang = own;
  const heading = element("h2", "", "nearside-remind-heading");
  heading.append(`${strings.ask} `, title);
  const said = element("p", "", "nearside-saved");
  said.setAttribute("role", "status");
  const body = document.createElement("div");
  place.replaceChildren(heading, body, said);
  show();
  return show;

  function show() {
    const kept = listReminders(storage, now()).find(({ reminder: { name } }) => name === reminder.name);
    if (!kept) {
      body.replaceChildren(...askParts());
    } else if (JSON.stringify([kept.reminder, kept.zone]) === JSON.stringify([reminder, zone])) {
      body.replaceChildren(...keptParts(kept));
    } else {
      body.replaceChildren(...changedParts(kept));
    }
  }

  /** @param {Kept} kept; @returns {HTMLElement[]} by what the site declares now: it may have been put right since */
  function changedParts(kept) {
    if (!countsAlike(kept.reminder.when, reminder.when)) {
      // What its days are counted from now, nobody has said yet: until then it goes on as it was.
      said.textContent = strings["changed-ask"];
      return [...askParts(), row(stopping())];
    }
    const newer = redeclared(kept, reminder, zone, today());
    said.textContent = strings[newer ? "changed" : "changed-over"];
    if (!newer) {
      dropReminder(storage, reminder.name);
    } else {
      keepReminder(storage, newer);
    }
    changed();
    return newer ? keptParts(newer) : askParts();
  }

  /** @param {Kept} kept; @returns {HTMLElement[]} */
  function keptParts(kept) {
    const period = current(kept, today()) ?? kept.period;
    const day = dayOf(kept.reminder, kept.anchor, period);
    const first = Math.max(day - kept.reminder.leads[0], today());
    const told = strings.kept
      .replace("{from}", dayWords(first, lang))
      .replace("{day}", dayWords(day, lang))
      .replace("{until}", dayWords(lastDay(kept), lang));
    return [
      element("p", told, "nearside-inset"),
      row(
        calendar(() => kept, strings["decision-file"]),
        stopping(),
      ),
      showDecision(kept, strings.decision),
    ];
  }

  function stopping() {
    const stop = button(strings.stop, "nearside-link", reminder.title[own]);
    stop.addEventListener("click", () => {
      dropReminder(storage, reminder.name);
      show();
      tell(strings.stopped);
    });
    return stop;
  }

  /** @returns {HTMLElement[]} */
  function askParts() {
    const { when } = reminder;
    const named = when.kind === "after" && when.since === "named" ? when : null;
    const field = named && dayField(`nearside-remind-${reminder.name}`, strings, "");
    const form = document.createElement("form");
    form.noValidate = true;
    form.method = "dialog"; // which goes nowhere, whatever else may fail
    if (named?.ask && field) {
      const group = document.createElement("fieldset");
      const legend = element("legend", named.ask[own], "nearside-remind-question");
      legend.lang = own;
      const hint = element("p", strings["day-hint"], "nearside-hint");
      hint.id = `nearside-remind-${reminder.name}-hint`;
      group.setAttribute("aria-describedby", hint.id);
      group.append(legend, hint, field.row);
      form.append(group);
    }
    const finished = when.kind === "after" && when.since === "finished";
    const submit = button(finished ? strings["remind-done"] : strings.remind, "nearside-button");
    submit.type = "submit";
    form.append(
      element("p", strings.where, "nearside-hint"),
      row(...(storage ? [submit] : []), calendar(read)),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const kept = read();
      if (kept && keepReminder(storage, kept)) {
        show();
        tell(strings.saved);
      } else if (kept) {
        tell(strings["no-room"]);
      }
    });
    return [form];

    /** @returns {Kept | null} what would be kept; null where something has to be said first */
    function read() {
      place.querySelector(".nearside-flow-errors")?.remove();
      const anchor = field ? field.read() : today();
      const real = FIRST_ANCHOR <= anchor && anchor <= LAST_ANCHOR;
      const kept = real ? begin(reminder, zone, anchor, today()) : null;
      if (!kept) {
        const problem = real ? strings.over : strings["bad-day"];
        showProblem(form, field?.first ?? submit, problem, strings.problem);
      }
      for (const input of field?.row.querySelectorAll("input") ?? []) {
        input.toggleAttribute("aria-invalid", false);
        if (!kept) {
          input.setAttribute("aria-invalid", "true");
        }
      }
      return kept;
    }
  }

  /** @param {() => Kept | null} read; @param {string} [words]; @returns {HTMLButtonElement} */
  function calendar(read, words) {
    const made = button(strings.calendar, "nearside-button nearside-button-plain");
    made.addEventListener("click", () => {
      const kept = read();
      if (kept) {
        const period = current(kept, today()) ?? kept.period;
        void saveCalendarFile(kept, { period, lang, today: today(), words });
        said.textContent = strings["calendar-saved"];
      }
    });
    return made;
  }

  /** @param {string} text what was done; the focus goes there, for its button is gone */
  function tell(text) {
    said.textContent = text;
    said.tabIndex = -1;
    said.focus();
    changed();
  }
}

/** @param {HTMLElement[]} actions */
function row(...actions) {
  const made = document.createElement("div");
  made.className = "nearside-flow-actions";
  made.append(...actions);
  return made;
}
