/**
 * What a flow may tell the rules of this site: asked below the results, after everything else, and told by a press of the
 * citizen's own. A question that is sensitive is answered nowhere else. No answer leaves this device.
 */

import { isAsked } from "./answers.js";
import { answerText } from "./words.js";
import { keepAnswer, readAnswers, takeAnswers, wordsOf } from "../question/answers.js";
import { button, element } from "../markup.js";

/** @typedef {import("../parts.js").Page} Page */
/** @typedef {import("./results.js").Shown & {page: Page}} Shown */
/** @typedef {{question: string, means: string, asks: string, said: import("../question/answers.js").Said}} Tellable */

/**
 * @param {import("./results.js").Shown} shown
 * @returns {Tellable[]} answers that stand for one of the rules' own, and what is asked before one is remembered
 */
export function worthTelling({ tables, answers, lang, strings }) {
  return tables.flow.questions.flatMap((question) => {
    const given = Object.hasOwn(answers.given, question.id) ? answers.given[question.id] : null;
    const row = question.told?.options.find(({ option }) => option === given);
    if (!question.told || !row || given === null || !isAsked(tables, answers, question.id)) {
      return [];
    }
    const answer = answerText(question, given, lang, strings);
    const title = question.title[lang];
    const asks = strings["tell-asks"].replace("{question}", () => title).replace("{answer}", () => answer);
    const said = wordsOf(title, answer, lang);
    return [{ question: question.told.question, means: row.means, asks: row.asks?.[lang] ?? asks, said }];
  });
}

/** What of one flow is told, on one page: what was answered with a no is not asked again there. */
export class Telling {
  /** @type {Set<string>} */
  #refused = new Set();
  #listens = false;

  /**
   * @param {Shown} shown
   * @returns {HTMLElement[]} nothing where nothing may be remembered
   */
  show(shown) {
    const { page, tables } = shown;
    if (!page.storage || page.preview || !page.allows("suggest")) {
      return [];
    }
    if (!this.#listens) {
      this.#listens = true;
      page.listen(({ kind, text }) => {
        if (kind === "profile" && page.allows("suggest")) {
          takeAnswers(page.storage, JSON.parse(text)); // with their ends
        }
      });
    }
    const kept = readAnswers(page.storage, Date.now());
    const worth = worthTelling(shown);
    const asked = tables.flow.questions.flatMap(({ told }) => (told ? [told.question] : []));
    return [...new Set(asked)].flatMap((question) => {
      const found = worth.find((each) => each.question === question);
      const place = element("div", "", "nearside-asking nearside-flow-telling");
      if (found && kept[question]?.option !== found.means && !this.#refused.has(question)) {
        this.#ask(place, found, shown);
      } else if (kept[question]?.option) {
        place.append(...remembered(place, question, kept[question].said?.answer ?? "", shown));
      } else {
        return [];
      }
      return [place];
    });
  }

  /**
   * @param {HTMLElement} place
   * @param {Tellable} found
   * @param {Shown} shown
   */
  #ask(place, found, shown) {
    const { page, strings } = shown;
    const text = element("p", found.asks);
    text.id = `nearside-telling-${found.question}`;
    const actions = element("div", "", "nearside-asking-actions");
    for (const yes of [true, false]) {
      const press = button(strings[yes ? "tell-yes" : "tell-no"], "nearside-button");
      press.setAttribute("aria-describedby", text.id);
      press.addEventListener("click", ({ isTrusted }) => {
        if (!isTrusted) {
          return; // a script pressed it
        }
        if (!yes || !page.allows("suggest")) {
          this.#refused.add(found.question);
          note(place, [element("span", strings["told-no"])]);
          return;
        }
        page.say({ type: "answer", question: found.question, option: found.means, in_flow: true });
        keepAnswer(page.storage, found.question, { option: found.means, until: null, said: found.said });
        page.send({ type: "profile" }); // which says until when it counts
        note(place, remembered(place, found.question, found.said.answer, shown));
      });
      actions.append(press);
    }
    place.append(text, element("p", strings["tell-where"], "nearside-hint"), actions);
  }
}

/**
 * @param {HTMLElement} place
 * @param {string} question
 * @param {string} answer
 * @param {Shown} shown
 * @returns {HTMLElement[]} that it is remembered, and a way to take it back
 */
function remembered(place, question, answer, { page, strings }) {
  const back = button(strings["tell-back"], "nearside-link", answer);
  back.addEventListener("click", () => {
    page.say({ type: "answer", question, option: null });
    keepAnswer(page.storage, question, null);
    note(place, [element("span", strings["told-back"])]);
  });
  const settings = element("a", strings["remember-change"]);
  settings.setAttribute("href", page.notice.href);
  const said = element(
    "p",
    strings["told-yes"].replace("{answer}", () => answer),
  );
  said.append(" ", settings);
  return [said, back];
}

/** @param {HTMLElement} place; @param {HTMLElement[]} parts what is said now; the focus goes there */
function note(place, parts) {
  const done = element("div", "");
  done.setAttribute("role", "status");
  done.tabIndex = -1;
  done.append(...parts);
  place.replaceChildren(done);
  done.focus();
}
