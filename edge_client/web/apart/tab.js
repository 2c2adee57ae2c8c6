/**
 * A tab apart: what happens in it is for someone else, or on a computer that others use too. All that pages keep lies in the
 * tab's own storage from then on; what this browser keeps of the citizen's own is neither read nor written. It ends with the
 * tab, by its button, or when nobody has done anything for a while, and leaves nothing: a tab that was not left as pages are
 * (the browser crashed, or the tab was copied) is erased before anything in it is read. So is one for someone else under whom the
 * citizen's own choice changed: it was taken back, or everything was deleted.
 */

import { APART as KEY, DEVICE } from "../apart.js";
import { SHARED, readChoice } from "../choice.js";

import { keepText } from "../room.js";

const OURS = "nearside.";

/** @typedef {"other" | "shared"} Kind for someone else; on a shared computer */
/** @typedef {{kind: Kind, left: number, own: number | null}} Apart */

/** How long nobody may do anything before it is over. */
export const IDLE_MS = { other: 60 * 60_000, shared: 15 * 60_000 };

/**
 * @param {number} since when somebody last did anything (Unix milliseconds)
 * @param {number} now
 * @param {Kind} kind
 * @returns {boolean} whether that is too long ago, or, by a clock that was set back, not to be told
 */
export function isOver(since, now, kind) {
  return !(since > 0 && since <= now && now - since < IDLE_MS[kind]);
}

/**
 * Open what this tab keeps where it is apart; first of all erase what is over.
 *
 * @param {Storage | null} tab
 * @param {Storage | null} local
 * @param {number} now
 * @returns {{kind: Kind, own: number | null, storage: Storage} | null} null for a tab that is not apart
 */
export function openApart(tab, local, now) {
  const isShared = !isOver(Number(local?.getItem(SHARED)), now, "shared");
  if (!isShared) {
    local?.removeItem(SHARED);
  }
  if (!tab) {
    return null;
  }
  const kind = isShared ? "shared" : "other";
  const before = read(tab.getItem(KEY));
  const own = isShared ? null : ownAt(local);
  const goesOn = before?.kind === kind && before.own === own && !isOver(before.left, now, kind);
  if (before && !goesOn) {
    eraseApart(tab);
  }
  if (!isShared && !goesOn) {
    return null;
  }
  begin(tab, { kind, left: 0, own });
  return { kind, own, storage: tab };
}

/** @param {Storage | null} local; @returns {number | null} when the citizen's own choice was made, if there is one */
export function ownAt(local) {
  return readChoice(local)?.at ?? null;
}

/**
 * @param {Storage} tab
 * @param {Apart} apart `left` since when no page is open, 0 while one is; `own` of which of the citizen's own choices it is
 */
export function begin(tab, { kind, left, own }) {
  tab.setItem(KEY, JSON.stringify({ kind, left, own }));
}

/** @param {Storage} tab erase all of ours that lies in it */
export function eraseApart(tab) {
  for (const key of Object.keys(tab).filter((key) => key.startsWith(OURS))) {
    tab.removeItem(key);
  }
}

/** @param {Storage} tab; @returns {Record<string, string>} what the worker kept there, by kind */
export function keptApart(tab) {
  const keys = Object.keys(tab).filter((key) => key.startsWith(DEVICE));
  return Object.fromEntries(keys.map((key) => [key.slice(DEVICE.length), tab.getItem(key) ?? ""]));
}

/**
 * @param {Storage} tab
 * @param {Record<string, string | null>} values what the worker keeps from now on; null for what it keeps no longer
 */
export function keepApart(tab, values) {
  for (const [kind, text] of Object.entries(values)) {
    if (text === null || tab.getItem(KEY) === null) {
      tab.removeItem(DEVICE + kind); // ended meanwhile
    } else {
      keepText(tab, DEVICE + kind, text);
    }
  }
}

/** @param {string | null} text; @returns {Apart | null} what cannot be read is over */
function read(text) {
  try {
    const { kind, left, own } = JSON.parse(text ?? "");
    return Object.hasOwn(IDLE_MS, kind) ? { kind, left, own } : { kind: "other", left: 0, own: null };
  } catch {
    return text === null ? null : { kind: "other", left: 0, own: null };
  }
}
