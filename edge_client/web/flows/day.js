/** Days as numbers: 1 is 1 January of the year 1, as `date.toordinal` counts in Python. */

const LAST_DAY = 3_652_059; // 31 December 9999
const DAY = /^(\d{4})-(\d{2})-(\d{2})$/;

/**
 * @param {string} text `YYYY-MM-DD`
 * @returns {number} NaN where there is no such day
 */
export function dayNumber(text) {
  const [year, month, day] = (DAY.exec(text)?.slice(1) ?? []).map(Number);
  if (!(year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= monthLength(year, month))) {
    return NaN;
  }
  return counted(year, month, day);
}

/**
 * @param {number} number
 * @returns {string} `YYYY-MM-DD`
 */
export function dayText(number) {
  const day = new Date((number - counted(1970, 1, 1)) * 86_400_000);
  return day.toISOString().slice(0, 10);
}

/**
 * @param {Date} date
 * @returns {number} the day that it is here, by this device's own calendar
 */
export function dayHere(date) {
  return counted(date.getFullYear(), date.getMonth() + 1, date.getDate());
}

/**
 * @param {import("./tables.js").Moment} moment
 * @param {number} today
 * @returns {number}
 */
export function momentDay(moment, today) {
  if ("on" in moment) {
    return dayNumber(moment.on);
  }
  if (moment.unit === "days") {
    return Math.min(Math.max(today - moment.ago, 1), LAST_DAY);
  }
  const [year, month, day] = dayText(today).split("-").map(Number);
  const months = year * 12 + month - 1 - moment.ago * (moment.unit === "years" ? 12 : 1);
  const then = Math.floor(months / 12);
  if (then < 1 || then >= 9999) {
    return then < 1 ? 1 : LAST_DAY;
  }
  // A day that its month does not have is the first of the next.
  const place = months - then * 12 + 1;
  return counted(then, place, 1) + Math.min(day - 1, monthLength(then, place));
}

/** @param {number} year; @param {number} month */
export function monthLength(year, month) {
  return month === 12 ? 31 : counted(year, month + 1, 1) - counted(year, month, 1);
}

/** @param {number} year; @param {number} month; @param {number} day */
export function counted(year, month, day) {
  // Years begin in March here: what a leap year adds is then at the end.
  const shifted = year - (month <= 2 ? 1 : 0);
  const past = (month + 9) % 12;
  return (
    365 * shifted +
    Math.floor(shifted / 4) -
    Math.floor(shifted / 100) +
    Math.floor(shifted / 400) +
    Math.floor((153 * past + 2) / 5) +
    day -
    306
  );
}
