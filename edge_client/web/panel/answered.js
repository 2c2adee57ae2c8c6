/** What a form says that need not be filled in whole: of a question without an answer, nothing. */

/**
 * @param {readonly string[]} asked the purposes of its questions
 * @param {(purpose: string) => unknown} answerTo on, off, or null where nobody answered
 * @param {readonly string[]} before what was allowed so far
 * @returns {{given: string[], about: string[]}} what is allowed from now on, and what was decided about
 */
export function answered(asked, answerTo, before) {
  const about = asked.filter((purpose) => ["on", "off"].includes(String(answerTo(purpose))));
  const left = asked.filter((purpose) => !about.includes(purpose) && before.includes(purpose));
  return { given: [...about.filter((purpose) => answerTo(purpose) === "on"), ...left], about };
}
