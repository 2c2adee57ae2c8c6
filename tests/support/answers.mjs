// Plays what a page keeps of questions: rows [at, "keep", "take" or "ask", ...what is given]; prints what it knows
// after each, or whether it may ask.
import { readFileSync } from "node:fs";

const { keepAnswer, mayAsk, readAnswers, takeAnswers, wordsOf } = await import(
  new URL("../../edge_client/web/question/answers.js", import.meta.url).href
);
const kept = new Map();
const storage = /** @type {any} */ ({
  getItem: (/** @type {string} */ key) => kept.get(key) ?? null,
  setItem: (/** @type {string} */ key, /** @type {string} */ text) => void kept.set(key, text),
  removeItem: (/** @type {string} */ key) => void kept.delete(key),
});
const known = [];
for (const [at, does, ...given] of JSON.parse(readFileSync(0, "utf8"))) {
  if (does === "take") {
    takeAnswers(storage, { answers: given[0], ends: given[1] }, at);
  } else if (does === "ask") {
    known.push(mayAsk(storage, given[0], at));
    continue;
  } else {
    const [question, option, ...words] = given;
    const said = words.length ? wordsOf(words[0], words[1], words[2]) : undefined;
    keepAnswer(storage, question, { option, until: null, said }, at);
  }
  known.push(readAnswers(storage, at));
}
process.stdout.write(JSON.stringify(known));
