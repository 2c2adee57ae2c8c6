/** Everything at once: in a file, or gone; and then what the browser still holds, by its own word. */

import { downloadOf, inWords, saveFile } from "./download.js";
import { listHoldings } from "./holdings.js";
import { nameOf, showStored } from "./stored.js";
import { openStorage } from "../choice.js";
import { openAnswers } from "../flows/sealing.js";
import { sweep } from "../ours.js";
import { listsIn } from "../locale.js";
import { button, element } from "../markup.js";

/** @typedef {import("../words.js").Strings} Strings */
/** @typedef {import("./holdings.js").Holding} Holding */

/**
 * @param {Record<string, HTMLElement>} places `stored` for the list, `everything` for the rest
 * @param {import("../parts.js").Page} with_
 * @param {{lang: string, strings: Strings}} words
 */
export function showEverything({ stored, everything: place }, with_, { lang, strings }) {
  const told = element("p", "", "nearside-saved");
  told.setAttribute("role", "status");
  told.tabIndex = -1;
  const result = element("div", "", "nearside-left");
  let asked = Boolean(with_.choice()?.leaving);
  /** Whether nothing was left once: what somebody keeps from then on is nobody's to delete. */
  let gone = false;
  let turn = Promise.resolve();
  let newest = 0;
  /** @type {Map<string, number>} */
  const sizes = new Map();

  const apart = with_.storage !== openStorage();

  /** Ask the browser, and say what it holds: once for however many reasons there are meanwhile. */
  const look = async () => {
    const mine = (newest += 1);
    await (turn = turn.then(() => (mine === newest ? ask() : undefined)).catch(reportError));
  };

  const ask = async () => {
    if (asked && !gone && !with_.choice()) {
      // Nobody had to be told, and no worker is there to do it; or another tab's wrote something before it heard.
      await sweep([]);
    }
    const all = await listHoldings(sizes);
    // What is not this tab's is nobody's business in it.
    const holdings = apart ? all.filter(({ where }) => where === "session") : all;
    showStored(stored, holdings, lang, strings);
    const choice = with_.choice();
    if (asked && choice && !choice.leaving) {
      asked = false; // the citizen has said something else since
      say("");
      result.replaceChildren();
    } else if (asked) {
      tell(holdings);
    }
  };

  /** @param {readonly Holding[]} holdings */
  const tell = (holdings) => {
    const leaving = Boolean(with_.choice()?.leaving);
    say(strings[holdings.length === 0 ? "left-nothing" : leaving ? "left-some" : "left-not"]);
    if (holdings.length === 0) {
      gone = true;
      result.replaceChildren();
      return;
    }
    const list = element("ul", "", "nearside-remains");
    list.append(...holdings.map((holding) => element("li", nameOf(holding, strings))));
    result.replaceChildren(list, ...(leaving ? [element("p", strings["left-why"])] : []));
  };

  /** @param {string} words said once: a status that says the same again is read out again */
  const say = (words) => {
    if (told.textContent !== words) {
      told.textContent = words;
    }
  };

  const leave = async () => {
    [asked, gone] = [true, false];
    say(strings["left-now"]);
    told.focus();
    await with_.leave();
    await look();
  };

  void look();
  with_.whenDeleted(look);
  with_.whenChosen(look);
  with_.listen(look);
  if (apart) {
    place.replaceChildren(element("p", strings["everything-apart"]));
    return;
  }
  const save = button(strings["download-ask"], "nearside-button");
  save.addEventListener("click", async () => {
    const holdings = inWords(await listHoldings(), await openAnswers(with_).texts());
    const file = downloadOf(holdings, { site: with_.config.site, now: Date.now() });
    saveFile(`nearside-${with_.config.site}.json`, JSON.stringify(file, null, 2));
    const left = new Set(/** @type {Holding[]} */ (file.withheld).map((each) => nameOf(each, strings)));
    asked = false;
    result.replaceChildren();
    say(
      left.size
        ? strings["download-without"].replace("{names}", listsIn(lang).format([...left]))
        : strings["download-done"],
    );
  });
  place.replaceChildren(
    element("h3", strings["download-title"]),
    element("p", strings["download-what"]),
    save,
    element("h3", strings["leave-title"]),
    element("p", strings["leave-what"]),
    question(leave, strings),
    told,
    result,
  );
}

/**
 * Asked once more, because it cannot be undone.
 *
 * @param {() => void} act
 * @param {Strings} strings
 */
function question(act, strings) {
  const place = element("div", "");
  const first = button(strings["leave-ask"], "nearside-button nearside-leave");
  first.addEventListener("click", () => {
    const sure = element("p", strings["leave-sure"], "nearside-inset");
    sure.tabIndex = -1;
    const now = button(strings["leave-now"], "nearside-button");
    const not = button(strings["leave-not"], "nearside-link");
    const back = () => place.replaceChildren(first);
    now.addEventListener("click", () => (back(), act()));
    not.addEventListener("click", () => (back(), first.focus()));
    place.replaceChildren(sure, now, not);
    sure.focus();
  });
  place.append(first);
  return place;
}
