// Answers one case a line, as tests/contract/test_reminder_twin.py does in Python.
import { createInterface } from "node:readline";

const web = new URL("../../edge_client/web/", import.meta.url);
const { dayNumber, dayText } = await import(new URL("flows/day.js", web).href);
const { calendarFile, reminderDecision } = await import(new URL("reminders/calendar_file.js", web).href);
const { dayIn } = await import(new URL("reminders/days.js", web).href);
const { readReminder, readReminders } = await import(new URL("reminders/declared.js", web).href);
const { begin, countsAlike, current, done, due, lastDay, putOff, redeclared } = await import(
  new URL("reminders/due.js", web).href
);
const { printKept, readKept } = await import(new URL("reminders/keeping.js", web).href);
const { decode } = await import(new URL("verifier/canonical.js", web).href);

const ACTS = { later: putOff, done };

/** @param {any} given */
function reckon({ kept: text, moves }) {
  let kept = readKept(text);
  const states = [];
  for (const [today, act] of moves) {
    const day = dayNumber(today);
    const said = due(kept, day);
    states.push(said && [said.name, dayText(said.day), said.again && dayText(said.again)]);
    kept = act === "look" ? kept : /** @type {any} */ (ACTS)[act](kept, day);
    if (!kept) {
      return { states, kept: null };
    }
  }
  return { states, kept: printKept(kept), last: dayText(lastDay(kept)) };
}

/** @param {any} given */
function first({ kept: text, today }) {
  const { reminder, zone, anchor } = readKept(text);
  const kept = begin(reminder, zone, anchor, dayNumber(today));
  return kept && printKept(kept);
}

/** @param {any} given */
async function file({ kept: text, today, lang, origin, note }) {
  const kept = readKept(text);
  const made = dayNumber(today);
  const period = current(kept, made);
  return period === null
    ? null
    : [await calendarFile({ kept, period, lang, origin, made, note }), await reminderDecision(kept, origin)];
}

/** @param {any} given */
function declared({ kept: text, reminder, zone, today }) {
  const [kept, other] = [readKept(text), readReminder(reminder, "reminder")];
  if (!countsAlike(kept.reminder.when, other.when)) {
    return "ask";
  }
  const left = redeclared(kept, other, zone, dayNumber(today));
  return left && printKept(left);
}

/** @param {any} given */
function accepts({ raw }) {
  try {
    readReminders(decode(new TextEncoder().encode(raw)));
    return true;
  } catch {
    return false;
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const given = JSON.parse(line);
  const ways = { reckon, first, file, declared, accepts, day: () => dayText(dayIn(given.zone, given.now)) };
  const told = await /** @type {any} */ (ways)[given.what](given);
  process.stdout.write(`${JSON.stringify(told)}\n`);
}
