/** What a page notices beside its own view, and only where a rule asks: each row is a kind, a path or words, and a time. */

import { watchClicks } from "./clicks.js";
import { watchForms } from "./forms.js";
import { watchMarks } from "./marks.js";
import { makeNote } from "./note.js";
import { watchReading } from "./reading.js";
import { watchSearches } from "./searches.js";

/** @typedef {import("./note.js").Note} Note */

/** @param {import("../parts.js").Page} page */
export function define(page) {
  const note = makeNote(page);
  const { item } = page.config;
  watchClicks(note);
  watchForms(note, item);
  watchMarks(note, page);
  watchReading(note, item);
  watchSearches(note);
}
