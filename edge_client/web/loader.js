/**
 * The one script on an agency's page. It applies what was decided on the page before, asks for consent once, and starts
 * the worker late. Without script, storage or consent the page is the server's own.
 */

import { openApart } from "./apart.js";
import { showBanner } from "./banner.js";
import { openStorage, purposesOf, wantsBanner } from "./choice.js";
import { openChoosing } from "./choosing.js";
import { isForChildren, readConfig } from "./config.js";
import { whenIdle } from "./idle.js";
import { forgetKept } from "./kept.js";
import { openLine } from "./line.js";
import { loadParts, loadTool } from "./parts.js";
import { openPreview } from "./previewed.js";
import { openShown } from "./shown.js";
import { defineSlots } from "./slot.js";
import { openTelling } from "./telling.js";
import { isEmpty } from "./untold.js";
import { noticeFor, stringsFor } from "./words.js";

// @ts-ignore -- put in by the build: the folder of this version's runtime
const BASE = /** @type {string} */ (NEARSIDE_RUNTIME);

const config = readConfig(document);
/** A link of the agency's own shows this page as somebody else would see it: then nothing of the citizen's is read. */
const opening = openPreview(BASE, config);
const preview = opening && (await opening);
const now = preview?.now ?? (() => Date.now());
/** Whether what is known of a citizen is kept in another origin, where no script of this page gets at it (isolated/). */
const isFar = config.device !== "" && !preview;
/** What is done in this tab for someone else, or on a shared computer, is kept in it alone. */
const separate = preview || isFar ? null : openApart(BASE);
const apart = separate && (await separate);
// Nothing is kept, and nobody asked, on a page for children.
const storage =
  isFar || isForChildren(document) ? null : (preview?.storage ?? apart?.storage ?? openStorage());
const notice = noticeFor(config.lang);
const strings = stringsFor(config.lang);

const opened = { base: BASE, config, storage, notice, strings, now, isFar, preview, apart };
const telling = openTelling(storage);
const shown = openShown(opened, telling);
const line = openLine(opened, { telling, shown });
const choosing = openChoosing(opened, { telling, shown, line });
const { choice, off, allows } = telling;

defineSlots({ ...shown, ...choosing, strings });
if (document.querySelector("[data-personalised]")) {
  performance.mark("nearside:applied");
}
if (off() && choice()?.given.length) {
  choosing.choose([], [], { gpc: "applied" }); // the browser began to ask for privacy after the citizen's yes
}
forgetKept(storage, now());
if (!allows("suggest")) {
  shown.erase(); // a tab that was told late of a no may have kept what came after it
}
shown.state();
/** Ask, where nothing was decided yet. */
function ask() {
  if (apart?.kind !== "other" && wantsBanner(choice(), notice) && storage && config.agencyKey) {
    // What was allowed where it is used stays so.
    showBanner(notice, (given) =>
      choosing.choose([
        ...given,
        ...(choice()?.given ?? []).filter((purpose) => !purposesOf(notice).includes(purpose)),
      ]),
    );
  }
}
// Where the page has another tool that asks, its answer comes first (integration/consent.js).
document.querySelector("script[data-agency-key][data-consent]") ?? ask();
/** @type {import("./parts.js").Page} */
const lent = {
  ...opened,
  ...telling,
  ...shown,
  ...line,
  ...choosing,
  ask,
  // What the citizen asked for besides goes on where suggestions do not.
  allows: (purpose) => !(purpose === "suggest" && shown.aside()) && allows(purpose),
  preview: preview !== null,
  apart: apart?.kind ?? null,
  debug: async () => (await loadTool(BASE, "debug")).toggle(lent),
};
const heard = loadParts(BASE, lent);
preview?.show(lent);
if (storage) {
  apart?.show(lent);
}
if (choice()?.leaving) {
  void heard.then(() => whenIdle(() => line.send({ type: "leave" })));
} else if (preview || choice()?.notice || !isEmpty(telling.untold()) || choice()?.given.some(allows)) {
  void heard.then(() => whenIdle(line.view));
}
