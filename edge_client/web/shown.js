/** What this page shows: what was decided for it, in its slots, or the server's own content; and whether suggestions are on. */

import { eraseCollect } from "./collect.js";
import { each } from "./following.js";
import { isPaused } from "./pause.js";
import { erasePlan, readPlan, savePlan, suggestionsFor, withoutItem } from "./plan.js";
import { SLOTS } from "./slot.js";

/** @typedef {ReturnType<typeof openShown>} Shown */

/**
 * @param {import("./parts.js").Opened} opened
 * @param {import("./telling.js").Telling} telling
 */
export function openShown({ config, storage, strings, now, isFar }, telling) {
  let plan = telling.allows("suggest") ? readPlan(storage, now()) : null;
  /** Whether suggestions pause, or the page asked for its own content: for as long as it is open. */
  let aside = isPaused(storage, now());
  /** @type {import("./parts.js").Far | null} the device in another origin, once it has answered */
  let far = null;
  /** @type {Record<"chosen" | "deleted", Set<() => void>>} what parts of the page do after either */
  const followers = { chosen: new Set(), deleted: new Set() };
  return {
    refresh,
    letGo,
    erasePlan: forgetPlan,
    state,
    // Another tab may have begun a pause: this page shows what it shows, and tells no more.
    aside: () => aside || isPaused(storage, now()),
    far: () => far,

    /** @param {() => void} act */
    whenChosen: (act) => void followers.chosen.add(act),

    /** @param {() => void} act */
    whenDeleted: (act) => void followers.deleted.add(act),

    /** @param {string} slot */
    suggestionsFor: (slot) =>
      aside ? null : far ? far.suggestionsFor(slot) : suggestionsFor(plan, config, slot, now()),

    /** @param {import("./parts.js").Far} lent */
    borrow(lent) {
      far = lent;
      refresh("chosen");
    },

    /** The page wants to be left as the server wrote it, and not to be remembered: no choice is touched by that. */
    standAside() {
      aside = true;
      refresh("chosen");
    },

    /** Show what was decided a moment ago. */
    reread() {
      plan = readPlan(storage, now());
      refresh("chosen");
    },

    /** @param {string} item gone at once: the worker's next plan may come after the next page */
    dismiss(item) {
      plan = plan && withoutItem(plan, item);
      const kept = readPlan(storage, now()); // which another tab may have made anew, or erased
      if (kept) {
        savePlan(storage, JSON.stringify(withoutItem(kept, item)));
      }
    },

    /** Erase what the worker decided for the next pages: what they show, and what they may notice. */
    erase() {
      forgetPlan();
      eraseCollect(storage);
    },
  };

  /** @returns {boolean} whether there was a plan; this page goes by none from now on */
  function letGo() {
    const had = plan !== null;
    plan = null;
    return had;
  }

  /** Show no plan, and keep none for the next pages. */
  function forgetPlan() {
    letGo();
    erasePlan(storage);
  }

  /**
   * Apply the plan, or its absence, to the page that is open. Whoever follows comes last.
   *
   * @param {"chosen" | "deleted"} [happened] neither, where all is gone
   */
  function refresh(happened) {
    for (const slot of document.querySelectorAll(SLOTS)) {
      /** @type {any} */ (slot).update();
    }
    state();
    for (const what of happened ? [followers[happened]] : Object.values(followers)) {
      each(what);
    }
  }

  /** Say whether suggestions are on, wherever the page has a place for that. */
  function state() {
    for (const status of isFar ? [] : document.querySelectorAll("nearside-status")) {
      status.textContent =
        strings[`state-${!aside && telling.allows("suggest") ? "on" : telling.off() ? "gpc" : "off"}`];
    }
  }
}
