/** Taking in what another device kept: the citizen chooses the file, sees what it brings, and says whether that is kept here. */

import { readArriving } from "./arriving.js";
import { dayHere } from "../flows/day.js";
import { keepAt } from "../flows/store.js";
import { FLOW } from "../kept.js";
import { dayWords } from "../reminders/saying.js";
import { button, element } from "../markup.js";

/** @typedef {import("./arriving.js").Arriving} Arriving */

/**
 * @typedef {object} Bringing
 * @property {Storage} storage
 * @property {import("../flows/sealing.js").Answers} sealed answers to questions
 * @property {string} site
 * @property {string} lang
 * @property {import("../words.js").Strings} strings
 * @property {() => number} now Unix milliseconds
 * @property {(name: string) => string} titleOf a flow, as the agency's page calls it
 * @property {() => void} done called when something was kept
 */

/** @param {Bringing} with_; @returns {HTMLElement} */
export function showBringing(with_) {
  const { strings } = with_;
  const made = element("details", "", "nearside-details nearside-bring");
  const input = document.createElement("input");
  input.type = "file";
  input.accept = "application/json,.json";
  input.id = "nearside-bring";
  const label = element("label", strings["bring-file"]);
  label.setAttribute("for", input.id);
  const said = element("p", "", "nearside-saved");
  said.setAttribute("role", "status");
  said.tabIndex = -1;
  const place = document.createElement("div");
  const say = (/** @type {string} */ text) => {
    place.replaceChildren();
    said.textContent = text;
    said.focus();
  };
  input.addEventListener("change", async () => {
    said.textContent = "";
    place.replaceChildren();
    const [file] = input.files ?? [];
    input.value = ""; // the same file can be chosen again
    try {
      if (file) {
        const now = with_.now();
        const storage = await inWords(with_);
        const here = { site: with_.site, storage, today: dayHere(new Date(now)), now };
        const { arriving, refused } = readArriving(await file.text(), here);
        if (arriving.length) {
          place.replaceChildren(...question(with_, arriving, refused, say));
          place.querySelector("h3")?.focus();
        } else {
          say(strings["bring-nothing"]);
        }
      }
    } catch {
      say(strings["bring-other"]);
    }
  });
  made.append(
    element("summary", strings.bring),
    element("p", strings["bring-what"], "nearside-hint"),
    label,
    input,
    place,
    said,
  );
  return made;
}

/**
 * @param {Bringing} with_
 * @param {Arriving[]} arriving
 * @param {number} refused
 * @param {(text: string) => void} say
 */
function question(with_, arriving, refused, say) {
  const { strings, lang } = with_;
  const heading = element("h3", strings["bring-found"]);
  heading.tabIndex = -1;
  const list = element("ul", "");
  list.append(...arriving.map((each) => line(with_, each)));
  const take = button(strings["bring-take"], "nearside-button");
  take.addEventListener("click", async () => {
    let kept = 0;
    for (const each of arriving) {
      kept += Number(await put(with_, each));
    }
    with_.done();
    say(strings[kept === arriving.length ? "bring-done" : "bring-no-room"]);
  });
  const leave = button(strings["bring-leave"], "nearside-link");
  leave.addEventListener("click", () => say(strings["bring-left"]));
  const actions = element("div", "", "nearside-tasks-actions");
  actions.append(take, leave);
  const other = refused ? [element("p", strings["bring-refused"].replace("{count}", `${refused}`))] : [];
  list.lang = lang;
  return [heading, list, ...other, actions];
}

/** @param {Bringing} with_; @param {Arriving} arriving */
function line({ strings, lang, titleOf }, { title, name, until, replaces }) {
  const what = title ? (title[lang] ?? Object.values(title)[0]) : titleOf(name);
  const made = document.createElement("li");
  const kind = element("span", `${strings[title ? "reminder" : "flow"]}: `);
  const about = strings.until.replace("{until}", dayWords(until, lang));
  const warned = replaces ? ` ${strings["bring-replaces"]}` : "";
  made.append(kind, element("bdi", what), element("div", about + warned, "nearside-hint"));
  return made;
}

/**
 * @param {Pick<Bringing, "storage" | "sealed">} with_
 * @returns {Promise<Pick<Storage, "getItem">>} what lies here, and of sealed answers what they say
 */
async function inWords({ storage, sealed }) {
  const texts = await sealed.texts();
  return { getItem: (key) => texts.get(key) ?? storage.getItem(key) };
}

/**
 * @param {Pick<Bringing, "storage" | "sealed">} with_
 * @param {Arriving} arriving
 * @returns {Promise<boolean>} whether it is kept now; where there is no room for it, what was there stays
 */
export async function put({ storage, sealed }, { key, text, name }) {
  return key.startsWith(FLOW)
    ? sealed.keep(name, new TextEncoder().encode(text))
    : keepAt(storage, key, text);
}
