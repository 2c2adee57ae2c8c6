/** What this device knows of pages that were looked at, asked for where a flow could make something of it, and allowed. */

import { NO_HINTS, hintsFrom } from "./known.js";
import { whenIdle } from "../idle.js";

/**
 * @param {import("../parts.js").Page} page
 * @param {import("./tables.js").Flow} flow
 * @param {(hints: import("./known.js").Hints) => void} hint called when something is known, and when it is not any more
 */
export function listenForHints(page, flow, hint) {
  const asks = flow.questions.some(({ options }) => options?.some(({ pages }) => pages.length > 0));
  if (!asks || !page.allows("suggest")) {
    return;
  }
  page.listen(({ kind, text }) => {
    if (kind === "profile" && page.allows("suggest")) {
      hint(hintsFrom(flow, JSON.parse(text).visits));
    }
  });
  page.whenChosen(() => page.allows("suggest") || hint(NO_HINTS));
  page.whenDeleted(() => hint(NO_HINTS));
  whenIdle(() => page.allows("suggest") && page.send({ type: "profile" }));
}
