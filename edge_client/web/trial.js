/** What the panel says of a model on trial: whether this device uses it, and on what share of devices it is tried. */

import { numbersIn } from "./locale.js";
import { element } from "./markup.js";

const EVERYBODY = 1000;

/**
 * @typedef {object} Trial
 * @property {number} share_milli thousandths of devices
 * @property {boolean} used whether this device is one of them
 * @property {boolean} runs whether it runs on this device, as far as that was tried
 */

/**
 * @param {Trial | null} trial null while there is none
 * @param {string} lang
 * @param {import("./words.js").Strings} strings
 * @returns {HTMLElement[]}
 */
export function describeTrial(trial, lang, strings) {
  if (!trial) {
    return []; // also where a worker that outlived a deployment does not know of trials
  }
  if (trial.share_milli === EVERYBODY) {
    // Nobody draws, and everybody knows.
    return [element("p", strings[trial.used ? "known-everybody" : "known-unable"])];
  }
  const percent = numbersIn(lang, { style: "percent", maximumFractionDigits: 1 });
  const share = percent.format(trial.share_milli / EVERYBODY);
  const words = trial.used ? "known-trial" : trial.runs ? "known-usual" : "known-unfit";
  return [element("p", strings[words].replace("{share}", share))];
}
