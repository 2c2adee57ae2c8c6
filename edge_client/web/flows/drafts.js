/** Answers kept as they are given, once the citizen said yes to that: asked here, in the agency's words. */

import { save } from "./saving.js";
import { KEPT_DAYS } from "./store.js";
import { showAsking, wasAsked } from "../asking.js";
import { element } from "../markup.js";

/** @typedef {import("./answers.js").Answers} Answers */

const PURPOSE = "remember";

/** The drafts of one flow on one page. */
export class Drafts {
  #turn = Promise.resolve();
  /** Whether this browser let the newest answers not be kept, though that is allowed. */
  failed = false;

  /**
   * @param {import("../parts.js").Page} page
   * @param {import("./sealing.js").Answers} sealed
   * @param {import("./tables.js").Tables} tables
   * @param {import("../words.js").Strings} strings
   */
  constructor(page, sealed, tables, strings) {
    this.page = page;
    this.sealed = sealed;
    this.tables = tables;
    this.strings = strings;
  }

  get isOn() {
    return this.page.allows(PURPOSE);
  }

  get wasAsked() {
    return wasAsked(this.page, PURPOSE);
  }

  /**
   * Keep these answers, where that is allowed, in the order in which they were given.
   *
   * @param {Answers} answers
   */
  keep(answers) {
    const { tables, sealed } = this;
    this.#turn = this.#turn.then(async () => {
      if (this.isOn) {
        const bytes = await save(tables.flow, answers, tables.today + KEPT_DAYS);
        // The yes may be taken back meanwhile.
        const done = await sealed.keep(tables.flow.name, bytes, { draft: () => this.isOn });
        this.failed = this.isOn && !done;
      }
    });
    return this.#turn;
  }

  /**
   * Ask whether answers may be kept as they are given; where they may, say so.
   *
   * @param {() => Answers} answers
   * @returns {HTMLElement[]} nothing where this agency never asks
   */
  show(answers) {
    const { strings, page } = this;
    const made = element("div", "", "nearside-flow-remember");
    if (this.isOn) {
      made.append(...this.#state());
      return [made];
    }
    const labels = { yes: strings["remember-yes"], no: strings["remember-no"] };
    const asking = showAsking(page, PURPOSE, labels, (yes) => {
      const said = element("p", strings["not-remembered"]);
      said.setAttribute("role", "status");
      said.tabIndex = -1;
      made.replaceChildren(said);
      said.focus();
      if (yes) {
        said.replaceChildren(...this.#state());
        void this.keep(answers()).then(() => this.failed && said.replaceChildren(...this.#state()));
      }
    });
    made.append(...(asking ? [asking] : []));
    return asking ? [made] : [];
  }

  #state() {
    const link = element("a", this.strings["remember-change"]);
    link.setAttribute("href", this.page.notice.href);
    const words = this.strings[this.failed ? "not-remembered-here" : "remembered"];
    return [element("span", `${words} `), link];
  }
}
