/**
 * Whether rules may be used: the twin of `edge_client/rules/{compile,labels,lint}.py`, of what is fatal there. What is
 * wrong it does not name: an agency mends it where it writes rules.
 */

import { Refused } from "./refused.js";
import { EVERY_TOPIC, isForChildren, isForEveryone } from "./rules.js";
import { leavesOf, partsOf } from "./truths.js";

/** @typedef {import("./bundle.js").Bundle} Bundle */
/** @typedef {import("./rules.js").Definition} Definition */
/** @typedef {import("./rules.js").Rule} Rule */

const EXPLORE_FLOOR_MILLI = 100;
const SESSIONS_OF_INTEREST = 2;
const MOST_LEAVES = 12;
const REFUSED = "rules: may not be used";
/** Special categories (GDPR, articles 9 and 10), and sex, as names of questions and answers spell them. */
const SPECIAL = new Set(
  (
    "biometric caste conviction convictions crime criminal disabilities disability disabled ethnic ethnicity faith gay " +
    "gender genetic health illness lesbian migrant orientation party political politics pregnancy pregnant race racial " +
    "religion religious sex sexual sexuality trans union"
  ).split(" "),
);

/**
 * @param {Bundle} bundle
 * @returns {void} throws `Refused` unless its rules may be used with its catalogue
 */
export function checkRules(bundle) {
  const { rules } = bundle;
  if (rules.v === 1) {
    return;
  }
  checkOrder(rules);
  checkAsking(bundle);
  for (const definition of rules.definitions) {
    definition.when ? checkCondition(definition, bundle) : checkTable(definition);
  }
  for (const slot of rules.slots) {
    const isNarrow = slot.explore_milli < EXPLORE_FLOOR_MILLI || slot.per_topic >= slot.count;
    refuseWhere(slot.count > 1 && slot.level === "model" && isNarrow);
  }
  for (const rule of rules.rules) {
    checkRule(rule, bundle);
  }
  const swayed = rules.slots.filter((slot) => slot.sway_milli > 0);
  refuseWhere(swayed.some(({ level }) => level !== "model"));
  refuseWhere(swayed.length > 0 !== rules.outcome_days > 0 || rules.outcome_days > rules.keep_days);
}

/** @param {import("./rules.js").Rules} rules: every name stands for something further up */
function checkOrder({ definitions, rules }) {
  /** @type {Map<string, Definition>} */
  const above = new Map();
  for (const definition of definitions) {
    const table = definition.when?.table;
    for (const part of partsOf(definition)) {
      const known = above.get(part);
      refuseWhere(!known || !known.when !== Boolean(table));
    }
    const known = table && above.get(table.name);
    const outcomes = known ? [known.otherwise, ...known.rows.map((/** @type {any} */ row) => row.gives)] : [];
    refuseWhere((table?.gives ?? []).some((/** @type {string} */ gives) => !outcomes.includes(gives)));
    above.set(definition.name, definition);
  }
  for (const { when } of rules) {
    refuseWhere(when !== null && !above.get(when)?.when);
    refuseWhere(when !== null && leavesOf(when, definitions).length > MOST_LEAVES);
  }
}

/** @param {Bundle} bundle: what an agency may ask of anybody who opens a page */
function checkAsking({ rules, catalogue }) {
  for (const topic of rules.child_topics) {
    refuseWhere(topic !== EVERY_TOPIC && !catalogue.items.some((item) => item.topic === topic));
  }
  for (const { name, options, label, on_page } of rules.questions) {
    const words = [name, ...options].flatMap((each) => each.split("-"));
    const isSensitive = label === "sensitive";
    refuseWhere(!isSensitive && words.some((word) => SPECIAL.has(word)));
    refuseWhere(on_page && (isSensitive || isForChildren(rules)));
  }
}

/** @param {Definition} table: some case reaches every row */
function checkTable({ columns = [], rows = [] }) {
  const cases = Array.from({ length: 2 ** columns.length }, (_, at) => at);
  let open = new Set(cases);
  for (const { cells } of rows) {
    const matched = cases.filter((one) =>
      cells.every((cell, at) => cell === "any" || (cell === "yes") === Boolean(one & (1 << at))),
    );
    refuseWhere(!matched.some((one) => open.has(one)));
    open = new Set([...open].filter((one) => !matched.includes(one)));
  }
}

/**
 * @param {Definition} definition
 * @param {Bundle} bundle
 */
function checkCondition({ when = {} }, bundle) {
  const { rules, catalogue, archetypes } = bundle;
  const { answered, archetype, visited, noticed, task } = when;
  if (answered) {
    const options = rules.questions.find((question) => question.name === answered.question)?.options ?? [];
    refuseWhere(!answered.options.every((/** @type {string} */ each) => options.includes(each)));
  } else if (archetype) {
    const names = archetypes?.names ?? [];
    refuseWhere(!archetype.names.every((/** @type {string} */ each) => names.includes(each)));
  } else if (task || noticed?.kind.startsWith("form")) {
    // How far a task is, is no interest: it may be of one session.
    const pages = task ? [...task.begun, ...task.done] : noticed.items;
    refuseWhere(pages.some((/** @type {string} */ page) => catalogue.pageAbove(page) === null));
    refuseWhere(infers(pages, [], bundle) || (task ?? noticed).days > rules.keep_days);
  } else if (visited || noticed) {
    const { items, topics, days, sessions } = visited ?? noticed;
    // One session is no interest: it may have been for someone else.
    const isOnce = days > 0 ? sessions < SESSIONS_OF_INTEREST : sessions > 1;
    refuseWhere(isUnknown(items, topics, bundle) || infers(items, topics, bundle));
    refuseWhere(isOnce || days > rules.keep_days);
    for (const mark of noticed?.marks ?? []) {
      const words = mark.split(":")[1].split("-");
      const isSaid = (/** @type {string} */ word) => words.includes(word);
      refuseWhere(
        words.some((/** @type {string} */ word) => SPECIAL.has(word)) ||
          rules.never_topics.some((/** @type {string} */ topic) => topic.split("-").every(isSaid)),
      );
    }
  }
}

/**
 * @param {Rule} rule
 * @param {Bundle} bundle
 */
function checkRule(rule, bundle) {
  const { rules, catalogue } = bundle;
  const slot = rules.slots.find((each) => each.slot === rule.slot);
  if (!slot || slot.level === "editorial") {
    throw new Refused(REFUSED);
  }
  refuseWhere(rule.egress !== "nothing"); // this device has no way to send anything
  refuseWhere(isUnknown(rule.items, rule.topics, bundle));
  const isOutOfPlace = (/** @type {string} */ item) => {
    const known = catalogue.get(item);
    return !known || !slot.kinds.includes(known.kind) || slot.not_topics.includes(known.topic);
  };
  refuseWhere(rule.items.some(isOutOfPlace));
  refuseWhere(rule.topics.length > 0 && rule.rung !== "suggestion");
  const about = bundle.about(rule).flatMap((item) => catalogue.get(item) ?? []);
  if (isForEveryone(rule)) {
    refuseWhere(rule.cap !== null || rule.cool_down_days > 0);
    const langs = about.map(({ lang }) => lang);
    // A slot that is not full stays as it was, and nothing of these rungs may go unsaid.
    const isUnsaid = langs.some((lang) => langs.filter((each) => each === lang).length < slot.count);
    refuseWhere(rule.does === "offer" && isUnsaid);
  }
  const said = topicsSaid(rule.when, rules);
  for (const { id, topic, essential } of about) {
    const isEntitled =
      essential || rules.entitled_items.includes(id) || rules.entitled_topics.includes(topic);
    refuseWhere(rule.does === "withhold" && rule.when !== null && isEntitled);
    refuseWhere(rule.does === "offer" && bundle.isKnownSensitive(id) && !said.has(topic));
  }
}

/**
 * @param {string[]} items
 * @param {string[]} topics
 * @param {Bundle} bundle
 */
function isUnknown(items, topics, { catalogue }) {
  const isTopic = (/** @type {string} */ name) => catalogue.items.some(({ topic }) => topic === name);
  return !items.every((item) => catalogue.get(item)) || !topics.every(isTopic);
}

/**
 * @param {string[]} items
 * @param {string[]} topics
 * @param {Bundle} bundle
 * @returns {boolean} whether something sensitive would be inferred from them, or from what lies below
 */
function infers(items, topics, { rules, catalogue, isKnownSensitive }) {
  const known = catalogue.items.filter(({ id }) => isKnownSensitive(id)).map(({ id }) => id);
  const never = [...known, ...rules.never_items];
  const isNever = (/** @type {string} */ item) =>
    never.some((page) => item === page || item.startsWith(`${page}/`));
  return items.some(isNever) || topics.some((topic) => rules.never_topics.includes(topic));
}

/**
 * @param {string | null} when
 * @param {import("./rules.js").Rules} rules
 * @returns {Set<string>} the topics that everybody in an audience has brought up, by answering a question
 */
function topicsSaid(when, { definitions, questions }) {
  const about = new Map(questions.map((question) => [question.name, new Set(question.about)]));
  /** @type {Map<string, Set<string>>} */
  const certain = new Map();
  /** @type {Map<string, Definition>} */
  const tables = new Map();
  const of = (/** @type {string} */ name) => certain.get(name) ?? new Set();
  for (const { name, when: test, ...table } of definitions) {
    if (!test) {
      tables.set(name, { name, ...table });
    } else if (test.all) {
      certain.set(name, union(test.all.map(of)));
    } else if (test.any) {
      certain.set(name, common(test.any.map(of)));
    } else if (test.table) {
      certain.set(
        name,
        saidFor(/** @type {Definition} */ (tables.get(test.table.name)), test.table.gives, of),
      );
    } else {
      certain.set(name, about.get(test.answered?.question) ?? new Set());
    }
  }
  return when === null ? new Set() : of(when);
}

/**
 * @param {Definition} table
 * @param {string[]} gives
 * @param {(name: string) => Set<string>} of
 */
function saidFor({ columns = [], rows = [], otherwise = "" }, gives, of) {
  const right = gives.includes(otherwise) ? [] : rows.filter((row) => gives.includes(row.gives));
  return common(right.map(({ cells }) => union(columns.filter((_, at) => cells[at] === "yes").map(of))));
}

/** @param {Set<string>[]} sets; @returns {Set<string>} */
function union(sets) {
  return new Set(sets.flatMap((each) => [...each]));
}

/** @param {Set<string>[]} sets; @returns {Set<string>} what is in all of them; nothing where there is none */
function common(sets) {
  return new Set([...(sets[0] ?? [])].filter((one) => sets.every((each) => each.has(one))));
}

/** @param {boolean} isWrong */
function refuseWhere(isWrong) {
  if (isWrong) {
    throw new Refused(REFUSED);
  }
}
