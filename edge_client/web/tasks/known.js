/** What a worker knows that is a task of somebody's: what they began and did not finish, and pages that they pinned. */

import { datesIn } from "../locale.js";

/**
 * @typedef {[item: string, page: string, title: string, at_ms: number, counted: string[]]} Begun `item` is the step that was looked
 *   at last, `counted` all that the rules counted: one that is left would begin the task again
 */

/**
 * @param {{pinned?: [item: string, title: string][], levels?: {begun?: Begun[]} | null}} known as the worker says it; one without
 *   Python tells of nothing that was begun
 * @param {object} with_
 * @param {string} with_.lang
 * @param {import("../words.js").Strings} with_.strings
 * @param {readonly string[]} with_.listed where tasks that were saved go on: what was begun there is not listed twice
 * @param {(message: {type: string, item: string}) => void} with_.say
 * @returns {import("./tasks.js").Task[]}
 */
export function knownTasks({ pinned = [], levels }, { lang, strings, listed, say }) {
  const day = datesIn(lang, { dateStyle: "long" });
  const begun = (levels?.begun ?? []).map(([item, page, title, at, counted]) => ({
    title,
    // A step whose address was scrubbed leads nowhere: its page does.
    href: item.includes(":") ? page : item,
    hint: strings.begun.replace("{when}", () => day.format(at)),
    status: /** @type {const} */ ("begun"),
    rank: 1,
    drop: () => counted.forEach((each) => say({ type: "unsee", item: each })),
  }));
  const kept = pinned.map(([item, title]) => ({
    title,
    href: item,
    hint: strings.pinned,
    status: /** @type {const} */ ("pinned"),
    rank: 4,
    drop: () => say({ type: "unpin", item }),
  }));
  // A title may be in another language than the page: which, nobody says here.
  return [...begun.filter(({ href }) => !listed.includes(href)), ...kept].map((task) => ({
    ...task,
    lang: "",
    id: null,
    save: null,
  }));
}
