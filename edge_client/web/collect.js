/** What this page may notice, as the worker last said: compiled from the rules, less what the citizen switched off. */

import { keepText } from "./room.js";

const KEY = "nearside.collect";
/** What pages remember of questions that were asked (question/answers.js): gone whenever what was decided goes. */
export const ANSWERS = "nearside.answers";

/**
 * @typedef {object} Collect lists of paths, of words and of marks, by kind of signal; the same for everyone with the same switches
 * @property {number} until_ms when the rules that ask for it end (Unix milliseconds)
 * @property {string[]} [clicked]
 * @property {string[]} [read]
 * @property {string[]} [searched]
 * @property {string[]} [form-begun]
 * @property {string[]} [form-finished]
 * @property {string[]} [marked] paths
 * @property {string[]} [marks] of which any may be noticed on these
 */

/**
 * @param {Storage | null} storage
 * @returns {Collect | null} null where nothing may be noticed
 */
export function readCollect(storage) {
  try {
    const collect = JSON.parse(storage?.getItem(KEY) ?? "null");
    const { v, until_ms, ...lists } = collect;
    const isWhole = Object.values(lists).every((list) => list.every((/** @type {any} */ one) => one.at(0)));
    return v === 1 && Date.now() < until_ms && isWhole ? collect : null;
  } catch {
    return null;
  }
}

/**
 * @param {Storage | null} storage
 * @param {string} text
 */
export function saveCollect(storage, text) {
  keepText(storage, KEY, text);
}

/** @param {Storage | null} storage */
export function eraseCollect(storage) {
  storage?.removeItem(KEY);
  storage?.removeItem(ANSWERS);
}
