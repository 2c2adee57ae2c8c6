/**
 * What the citizen chooses, and wishes besides: it counts at once on this page, then in the worker, which has choices logged
 * and is told of wishes until it has taken them in; and how all of it goes.
 */

import { after, asksForPrivacy, CHOICE, isChoice, purposesOf } from "./choice.js";
import { dropKept, forgetKept, forgetUncovered } from "./kept.js";
import { clearStorages, holdsChoices } from "./ours.js";
import { PLAN } from "./plan.js";
import { NOTHING } from "./untold.js";

/** @typedef {import("./choice.js").Choice} Choice */

/**
 * @param {import("./parts.js").Opened} opened
 * @param {object} with_
 * @param {import("./telling.js").Telling} with_.telling
 * @param {import("./shown.js").Shown} with_.shown
 * @param {import("./line.js").Line} with_.line
 */
export function openChoosing({ storage, notice, isFar, preview, apart }, { telling, shown, line }) {
  line.listen(heard);
  addEventListener("storage", elsewhere);
  return { choose, leave, dismissed, say, forget, forAnother, drop };

  /**
   * Make a choice count: at once on this page, then in the worker, which has it logged.
   *
   * @param {string[]} given purposes allowed from now on
   * @param {string[]} [about] purposes that this is about; the others are as they were
   * @param {{gpc?: Choice["gpc"], leaving?: boolean}} [how] what the browser's own signal has to do with it, and whether all of it
   *   goes once the agency has taken it
   */
  function choose(given, about = purposesOf(notice), { gpc = signal(), leaving = false } = {}) {
    if (isFar) {
      return; // the citizen chooses there
    }
    const made = after(telling.choice(), given, { about, gpc, notice, now: Date.now() });
    // Nothing leaves a tab apart, no record either.
    telling.keepChoice({ ...made, ...(leaving && { leaving }), ...(apart && { notice: null }) });
    forgetUncovered(storage, given);
    if (!given.includes("suggest")) {
      shown.erase();
      telling.wish({ noticed: [], said: [] });
    }
    if (made.ever) {
      given.length ? line.view() : line.send({ type: "sync" });
    } else if (!apart) {
      // What pages remember can be lost, or damaged, beside what the worker keeps.
      holdsChoices().then(
        (holds) => holds && chooseAnew({ ever: true, notice }),
        () => {}, // nothing can be kept there
      );
    }
    shown.refresh("chosen");
  }

  /** @param {Partial<Choice>} changed the same choice, as it has to be told or kept from now on */
  function chooseAnew(changed) {
    const choice = telling.choice();
    if (choice) {
      telling.keepChoice({ ...choice, ...changed });
      line.send({ type: "sync" });
    }
  }

  /**
   * Another tab made a choice, or had everything forgotten: it counts on this page too, and for this page's worker.
   *
   * @param {StorageEvent} event
   */
  function elsewhere({ key, newValue }) {
    const before = telling.choice()?.at;
    telling.reread();
    if (key === PLAN && newValue === null && shown.letGo()) {
      shown.refresh("deleted"); // what it rested on was deleted
    }
    const choice = telling.choice();
    if (!isChoice(key) || choice?.at === before) {
      return;
    }
    if (!telling.allows("suggest")) {
      shown.letGo();
    }
    document.querySelector(".nearside-banner")?.remove();
    if (!choice) {
      left(); // another tab deleted everything: this one writes nothing back
      return;
    }
    if (line.isOpen()) {
      line.send({ type: "sync" });
    }
    shown.refresh("chosen");
  }

  /** @param {import("./runtime.js").FromWorker} message */
  function heard({ kind, text }) {
    if (kind === "receipts") {
      logged(JSON.parse(text));
    } else if (kind === "left") {
      left();
    } else if (kind === "state" && text === `lost-${telling.choice()?.at}`) {
      telling.dropChoice(); // the worker has lost what it was told of it: the next page asks again
      shown.erase();
    }
  }

  /**
   * The words of a choice are kept until every record of it has its receipt: then nothing is left to be told.
   *
   * @param {{pending: number, chosen: number, erasure: {pending: boolean}}} book
   */
  function logged({ pending, chosen, erasure }) {
    const choice = telling.choice();
    if (!choice?.notice) {
      return;
    }
    if (chosen > choice.at) {
      chooseAnew({ at: chosen + 1 }); // later than one that pages have lost: a clock may have been set back
    } else if (pending === 0 && (chosen === choice.at || (choice.leaving && chosen === 0))) {
      if (choice.leaving && erasure.pending) {
        return; // the agency was asked to delete its copy, and has not answered
      }
      telling.keepChoice({ ...choice, notice: null });
      if (choice.leaving) {
        line.send({ type: "leave" });
      }
    }
  }

  /**
   * Delete everything. Every yes is taken back first; what is owed to the agency of that stays until it has taken it, and goes
   * then, on whichever page.
   */
  async function leave() {
    if (preview) {
      return; // what it shows is nobody's
    }
    choose([], [], { leaving: true });
    if (telling.choice()?.ever || (await holdsChoices().catch(() => false))) {
      clearStorages(CHOICE);
      line.send({ type: "leave" });
    } else {
      left(); // nobody has to be told
    }
  }

  /** Nothing is owed, and the worker holds nothing any more, if there was one: this page lets go of the rest. */
  function left() {
    clearStorages();
    telling.untell();
    shown.letGo();
    line.close();
    shown.refresh();
  }

  /** @param {string} item called not relevant */
  function dismissed(item) {
    const far = shown.far();
    if (far) {
      far.dismissed(item);
      return;
    }
    shown.dismiss(item);
    telling.wish({ dismissed: [...telling.untold().dismissed, item] });
    line.view();
  }

  /** @param {{type: string} & Record<string, unknown>} message what the citizen tells of topics, pins and answers */
  function say(message) {
    if (message.stance === "stop" || message.type === "unsee") {
      shown.erasePlan(); // it may have something of that topic, or rest on that page
      shown.refresh("deleted");
    }
    const { said } = telling.untold();
    const at = Math.max(Date.now(), (said.at(-1)?.at ?? 0) + 1);
    telling.wish({ said: [...said, { ...message, at }] });
    line.view();
  }

  /** Forget what this device knows, on this page at once. */
  function forget() {
    shown.erase();
    forgetKept(storage, Infinity);
    // Nobody who never said yes has anything that a worker would have to forget.
    if (telling.choice()?.ever) {
      telling.wish({ ...NOTHING, forgot: Date.now() });
      line.send({ type: "profile" });
    }
    shown.refresh("deleted");
  }

  /** This visit was for someone else: what was decided of it goes at once, what it was as soon as the worker hears of it. */
  function forAnother() {
    shown.erase();
    // What no worker has taken in yet is of this visit, too.
    telling.wish({ another: [Math.round(performance.timeOrigin), Date.now()], noticed: [] });
    line.send({ type: "sync" });
    shown.refresh("deleted");
  }

  /** @param {string} key of what the citizen asked this browser to keep */
  function drop(key) {
    dropKept(storage, key);
    shown.refresh("deleted");
  }
}

/** @returns {Choice["gpc"]} what the browser's own signal has to do with a choice of the citizen's */
function signal() {
  return asksForPrivacy() ? "present" : "absent";
}
