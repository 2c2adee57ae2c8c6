/** Alerts on pages that have room for them: what the loader imports, and what these pages need for it. */

import { defineAlertBar } from "./bar.js";
import { definePlace } from "./chooser.js";
import { AlertFeed } from "./feed.js";
import { showAsking } from "../asking.js";
import { fetchFile } from "../host.js";
import { forgetUncovered } from "../kept.js";
import { isQuietNow } from "../quiet.js";
// @ts-ignore -- made by the build from words/*.json: what alerts are labelled with
import words from "nearside-alerts-words";

/** @param {import("../parts.js").Page} page */
export function define(page) {
  const { config, storage, allows, off, choice, now, whenChosen, whenDeleted } = page;
  const { site, agencyKey, lang } = config;
  const strings = words[lang] ?? words.en;
  const mayStore = () => choice()?.given.some(allows) ?? false;
  const feed = new AlertFeed({
    site,
    agencyKey,
    storage,
    mayStore,
    allows,
    fetchFile,
    now,
  });
  // What is hidden in a preview is shown again in the tab that it is looked at in.
  const tab = () => (page.preview ? storage : sessionStorage);
  const quiet = () => isQuietNow(storage, now());
  defineAlertBar({ feed, lang, strings, tab, quiet });
  definePlace({
    feed,
    lang,
    strings,
    allows,
    ask: (labels, answered) => showAsking(page, "place", labels, answered),
  });
  const settle = () => {
    feed.settle();
    // Not by `allows`: suggestions that pause are covered all the same.
    forgetUncovered(storage, (!off() && choice()?.given) || []);
  };
  void feed.start();
  settle(); // a choice may have been made where no alerts are
  whenChosen(settle);
  whenDeleted(settle);
}
