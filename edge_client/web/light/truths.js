/**
 * From simple conditions to all of them, and back to what holds because of what: the twin of
 * `edge_client/rules/truths.py`. A truth is null where nobody can know it now (Kleene's logic).
 */

/** @typedef {boolean | null} Truth */
/** @typedef {import("./rules.js").Definition} Definition */

const COMPOSED = ["all", "any", "not", "table"];

/**
 * @param {readonly Definition[]} definitions each refers to earlier ones alone
 * @param {ReadonlyMap<string, Truth>} leaves
 * @returns {Map<string, Truth>} of every condition
 */
export function settle(definitions, leaves) {
  /** @type {Map<string, Truth>} */
  const truths = new Map();
  /** @type {Map<string, string | null>} */
  const tables = new Map();
  const of = (/** @type {string} */ name) => /** @type {Truth} */ (truths.get(name));
  for (const { name, when, ...table } of definitions) {
    if (!when) {
      tables.set(name, given(/** @type {import("./rules.js").Table} */ (table), of));
    } else if (when.all) {
      truths.set(name, all(when.all.map(of)));
    } else if (when.any) {
      truths.set(name, not(all(when.any.map((/** @type {string} */ part) => not(of(part))))));
    } else if (when.not) {
      truths.set(name, not(of(when.not)));
    } else if (when.table) {
      const gives = tables.get(when.table.name) ?? null;
      truths.set(name, gives === null ? null : when.table.gives.includes(gives));
    } else {
      truths.set(name, leaves.get(name) ?? null);
    }
  }
  return truths;
}

/** @param {Definition} definition; @returns {boolean} whether it is a condition that is made of no other */
export function isLeaf({ when }) {
  return when !== undefined && !COMPOSED.includes(Object.keys(when)[0]);
}

/**
 * @param {string} name
 * @param {readonly Definition[]} definitions
 * @returns {string[]} the simple conditions that it depends on, in the order of the definitions
 */
export function leavesOf(name, definitions) {
  const known = new Map(definitions.map((each) => [each.name, each]));
  /** @type {Set<string>} */
  const seen = new Set();
  const ahead = [name];
  for (let one = ahead.pop(); one !== undefined; one = ahead.pop()) {
    const definition = known.get(one);
    if (definition && !seen.has(one)) {
      seen.add(one);
      ahead.push(...partsOf(definition));
    }
  }
  return definitions.filter((each) => seen.has(each.name) && isLeaf(each)).map((each) => each.name);
}

/** @param {Definition} definition; @returns {string[]} the names of the definitions that it is made of */
export function partsOf({ when, columns }) {
  if (!when) {
    return columns ?? [];
  }
  return when.all ?? when.any ?? (when.not ? [when.not] : when.table ? [when.table.name] : []);
}

/**
 * The fewest simple conditions without which a condition would not hold; none where it holds for everybody.
 *
 * @param {string} name
 * @param {readonly Definition[]} definitions
 * @param {ReadonlyMap<string, Truth>} leaves
 * @returns {string[]}
 */
export function becauseOf(name, definitions, leaves) {
  const parts = leavesOf(name, definitions).filter((part) => (leaves.get(part) ?? null) !== null);
  for (let size = 1; size <= parts.length; size += 1) {
    for (const blamed of combinations(parts, size)) {
      const changed = new Map(leaves);
      blamed.forEach((part) => changed.set(part, !leaves.get(part)));
      if (!settle(definitions, changed).get(name)) {
        return blamed;
      }
    }
  }
  return [];
}

/**
 * @param {string[]} parts
 * @param {number} size
 * @returns {Generator<string[]>} in the order of their places
 */
function* combinations(parts, size) {
  if (size === 0) {
    yield [];
    return;
  }
  for (const [at, part] of parts.entries()) {
    for (const others of combinations(parts.slice(at + 1), size - 1)) {
      yield [part, ...others];
    }
  }
}

/** @param {Truth[]} truths; @returns {Truth} */
function all(truths) {
  return truths.includes(false) ? false : truths.includes(null) ? null : true;
}

/** @param {Truth} truth; @returns {Truth} */
function not(truth) {
  return truth === null ? null : !truth;
}

/**
 * @param {import("./rules.js").Table} table
 * @param {(name: string) => Truth} of
 * @returns {string | null} what the first row that fits gives
 */
function given({ columns, rows, otherwise }, of) {
  for (const { cells, gives } of rows) {
    const fits = all(cells.map((cell, at) => fit(cell, of(columns[at]))));
    if (fits !== false) {
      return fits ? gives : null;
    }
  }
  return otherwise;
}

/**
 * @param {"yes" | "no" | "any"} cell
 * @param {Truth} truth
 * @returns {Truth}
 */
function fit(cell, truth) {
  return cell === "any" ? true : truth === null ? null : truth === (cell === "yes");
}
