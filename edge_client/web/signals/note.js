/** One thing that a page noticed, kept until the worker has taken it in. */

import { readCollect } from "../collect.js";
import { readUntold, saveUntold } from "../untold.js";

/**
 * Note one thing, unless no rule asks for it, or the citizen has switched it off since the page was opened, or has since it
 * began made a choice, had everything forgotten, or said that the visit was for someone else.
 *
 * @callback Note
 * @param {"clicked" | "read" | "searched" | "form-begun" | "form-finished" | "marked"} kind
 * @param {(wanted: string[]) => string | undefined} about picks what it is about out of what rules ask for
 * @param {{at: number, bucket?: number, mark?: string}} when and by which mark, of a page that is marked
 */

const MOST = 50;

/**
 * @param {import("../parts.js").Page} page
 * @returns {Note}
 */
export function makeNote(page) {
  let running = false;
  /** Whether something is to be told that the plan for the next pages should know of: what this page says of itself. */
  let owed = false;
  let forgotten = 0;
  page.listen(({ kind, text }) => {
    running = true;
    if (owed && kind === "plan") {
      owed = false;
      if (readUntold(page.storage).noticed.some((row) => row[0] === "marked")) {
        page.send({ type: "sync" }); // it was not told with this page's view
      }
    }
    if (kind === "taken") {
      const { forgot, another = 0 } = JSON.parse(text);
      forgotten = Math.max(forgotten, forgot, another);
    }
  });
  return (kind, about, { at, bucket = 0, mark }) => {
    const wanted = page.allows("suggest") ? readCollect(page.storage)?.[kind] : undefined;
    const subject = wanted && about(wanted);
    const untold = readUntold(page.storage);
    const since = Math.max(page.choice()?.at ?? 0, forgotten, untold.forgot, untold.another?.[1] ?? 0);
    if (!subject || at <= since) {
      return;
    }
    const others = untold.noticed.filter(
      (row) => row[0] !== kind || row[1] !== subject || row[2] !== at || row[4] !== mark,
    );
    const noticed = /** @type {import("../untold.js").Noticed[]} */ ([
      ...others,
      [kind, subject, at, bucket, ...(mark ? [mark] : [])],
    ]);
    saveUntold(page.storage, { ...untold, noticed: noticed.slice(-MOST) });
    // Nobody waits for it: where no worker runs, the next page tells it.
    if (running || (kind === "marked" && isHeard())) {
      page.send({ type: "sync" });
    } else {
      owed ||= kind === "marked";
    }
  };
}

/** @returns {boolean} whether the worker has answered this page, though that was before this script was there (line.js) */
function isHeard() {
  return document.documentElement.dataset.nearside !== undefined;
}
