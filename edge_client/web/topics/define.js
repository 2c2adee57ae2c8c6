/**
 * What more there is to say on each card: pin the item, follow its topic, or have nothing of the topic suggested any more.
 * Each is a button in the card's own `<details>`, which was there before the page was painted, and is told until a worker
 * has taken it in. What the citizen says here never fades, and is listed in the panel.
 */

// @ts-ignore -- made by the build from words/*.json
import words from "nearside-topics-words";
import { greet } from "./greet.js";
import { showPaused } from "./paused.js";
import { inDirection } from "../locale.js";
import { button, element } from "../markup.js";
import { readAnswers } from "../question/answers.js";
import { SLOTS } from "../slot.js";

/** @typedef {Record<string, string>} Strings */

/** @param {import("../parts.js").Page} page */
export function define(page) {
  const strings = words[page.config.lang] ?? words.en;
  const fill = () => {
    document.querySelector(".nearside-stopped")?.remove(); // it was read by now
    for (const more of document.querySelectorAll("[data-personalised] .nearside-more")) {
      if (more.children.length === 1) {
        more.append(choices(/** @type {HTMLElement} */ (more), page, strings));
      }
    }
  };
  fill();
  showPaused(page, strings);
  greet(page);
  page.whenChosen(fill);
  page.whenChosen(() => showPaused(page, strings));
  page.whenDeleted(fill);
}

/**
 * @param {HTMLElement} more
 * @param {import("../parts.js").Page} page
 * @param {Strings} strings
 */
function choices(more, page, strings) {
  const card = /** @type {HTMLElement} */ (more.closest("[data-item]"));
  const slot = /** @type {HTMLElement} */ (more.closest(SLOTS));
  const name = slot.getAttribute("slot") ?? "";
  const { item } = card.dataset;
  const found = page.suggestionsFor(name)?.find((each) => each.item === item);
  const about = found?.title ?? "";
  const list = element("div", "", "nearside-more-list");
  const status = element("p", "", "nearside-said");
  status.setAttribute("role", "status");

  const pin = button("", "nearside-link");
  let isPinned = found?.reason === "pinned";
  const namePin = () => rename(pin, strings[isPinned ? "unpin" : "pin"], about);
  namePin();
  pin.addEventListener("click", () => {
    page.say(isPinned ? { type: "unpin", item } : { type: "pin", slot: name, item });
    isPinned = !isPinned;
    namePin();
    status.textContent = strings[isPinned ? "pinned" : "unpinned"];
  });

  const follow = button("", "nearside-link");
  let isFollowed = found?.reason === "followed";
  const nameFollow = () => rename(follow, strings[isFollowed ? "unfollow" : "follow"], about);
  nameFollow();
  follow.addEventListener("click", () => {
    page.say({ type: "topic", topic: item, stance: isFollowed ? null : "follow" });
    isFollowed = !isFollowed;
    nameFollow();
    status.textContent = strings[isFollowed ? "followed" : "unfollowed"];
  });

  const stop = button(strings.stop, "nearside-link", about);
  stop.addEventListener("click", () => {
    page.say({ type: "topic", topic: item, stance: "stop" });
    // Nobody knows here which of the others are about it: the page is the server's own until the next one is decided.
    for (const each of document.querySelectorAll(SLOTS)) {
      /** @type {any} */ (each).restore();
    }
    const done = element("p", strings.stopped, "nearside-noted nearside-stopped");
    done.setAttribute("role", "status");
    done.tabIndex = -1;
    slot.prepend(done);
    done.focus();
  });
  list.append(...(found?.reason === "told" ? told(page, strings) : []), pin, follow, stop, status);
  return list;
}

/**
 * @param {import("../parts.js").Page} page
 * @param {Strings} strings
 * @returns {HTMLElement[]} what was told, in the words in which it was, where that is why
 */
function told(page, strings) {
  const said = Object.values(readAnswers(page.storage, Date.now())).flatMap((each) =>
    each.option && each.said ? [each.said] : [],
  );
  const lines = said.map(({ asked, answer, lang }) => {
    const words = [asked, answer].map((text) => inDirection(element("bdi", text), lang));
    const line = element("p", `${strings["told-what"]} `, "nearside-said");
    line.append(words[0], " ", words[1]);
    return line;
  });
  const settings = element("a", strings["told-change"]);
  settings.setAttribute("href", page.notice.href);
  lines.at(-1)?.append(". ", settings);
  return lines;
}

/**
 * @param {HTMLButtonElement} made
 * @param {string} words what it does now
 * @param {string} about the item that it is for
 */
function rename(made, words, about) {
  made.textContent = words;
  made.setAttribute("aria-label", `${words}: ${about}`);
}
