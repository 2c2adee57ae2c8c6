/** Alerts on pages that have room for them: what the loader imports, and what these pages need for it. */

import { defineAlertBar } from "./alert_bar.js";
import { definePlace } from "./alert_chooser.js";
import { AlertFeed, forgetAlerts } from "./alert_feed.js";
import { fetchFile } from "./host.js";
// @ts-ignore -- made by the build from words/*.json: what alerts are labelled with
import words from "nearside-alert-words";

/**
 * @typedef {object} Collaborators
 * @property {import("./config.js").Config} config
 * @property {Storage | null} storage
 * @property {import("./words.js").Notice} notice
 * @property {(purpose: string) => boolean} allows
 * @property {() => import("./choice.js").Choice | null} choice
 * @property {(given: string[]) => void} choose
 */

/**
 * @param {Collaborators} with_
 * @returns {() => void} to be called when the citizen has chosen anew
 */
export function defineAlerts({ config, storage, notice, allows, choice, choose }) {
  const { site, agencyKey, lang } = config;
  const strings = words[lang] ?? words.en;
  const mayStore = () => choice()?.given.some(allows) ?? false;
  const canAsk = storage && notice.purposes.some(({ purpose }) => purpose === "place");
  const allowPlace = canAsk ? () => choose([...(choice()?.given ?? []), "place"]) : null;
  const feed = new AlertFeed({
    site,
    agencyKey,
    storage,
    mayStore,
    allows,
    fetchFile,
    now: () => Date.now(),
  });
  defineAlertBar({ feed, lang, strings });
  definePlace({ feed, lang, strings, allows, allowPlace });
  const settle = () => {
    feed.settle();
    if (!mayStore()) {
      forgetAlerts(storage);
    }
  };
  void feed.start();
  settle(); // a choice may have been made where no alerts are
  return settle;
}
