/**
 * Decision diagrams: the twin of edge_client/flows/diagram.py, held to it by tests/contract/test_flow_twin.py.
 * A diagram is the number of its topmost node.
 */

export const NEVER = 0;
export const ALWAYS = 1;
const MOST_NODES = 200_000;
const LEAF = 2 ** 31;

/** @typedef {ReadonlyMap<number, number>} Known the cell of each variable that is known */

export class Diagrams {
  #variables = [LEAF, LEAF];
  /** @type {number[][]} */
  #branches = [[], []];
  /** @type {Map<string, number>} */
  #made = new Map();
  /** @type {Map<string, number>} */
  #joined = new Map();
  #chances = [0, 1];
  /** @type {Set<number>[]} */
  #supports = [new Set(), new Set()];

  /** @param {readonly number[]} sizes how many cells each variable has */
  constructor(sizes) {
    this.sizes = sizes;
  }

  /** @param {number} node */
  variable(node) {
    return this.#variables[node];
  }

  /** @param {number} node */
  branches(node) {
    return this.#branches[node];
  }

  /**
   * @param {number} variable
   * @param {number[]} branches
   * @returns {number} the node that branches so
   */
  node(variable, branches) {
    if (branches.every((branch) => branch === branches[0])) {
      return branches[0];
    }
    const key = `${variable}:${branches}`;
    let made = this.#made.get(key);
    if (made === undefined) {
      made = this.#variables.length;
      if (made >= MOST_NODES) {
        throw new Error("flow: its conditions are too involved");
      }
      this.#made.set(key, made);
      this.#variables.push(variable);
      this.#branches.push(branches);
    }
    return made;
  }

  /** @param {number} one; @param {number} other */
  both(one, other) {
    return this.#join(one, other, false);
  }

  /** @param {number} one; @param {number} other */
  either(one, other) {
    return this.#join(one, other, true);
  }

  /** @param {number} node */
  negated(node) {
    const done = new Map([
      [NEVER, ALWAYS],
      [ALWAYS, NEVER],
    ]);
    /** @param {number} at; @returns {number} */
    const turned = (at) =>
      done.get(at) ?? kept(done, at, this.node(this.#variables[at], this.#branches[at].map(turned)));
    return turned(node);
  }

  /**
   * @param {number} node
   * @param {Known} known
   * @returns {number} what is left
   */
  given(node, known) {
    /** @type {Map<number, number>} */
    const done = new Map();
    /** @param {number} at; @returns {number} */
    const left = (at) => {
      if (isDisjoint(this.support(at), known)) {
        return at;
      }
      const found = done.get(at);
      if (found !== undefined) {
        return found;
      }
      const cell = known.get(this.#variables[at]);
      const branches = this.#branches[at];
      return kept(
        done,
        at,
        cell === undefined ? this.node(this.#variables[at], branches.map(left)) : left(branches[cell]),
      );
    };
    return left(node);
  }

  /**
   * @param {number} node
   * @param {ReadonlySet<number>} variables
   * @param {boolean} every where it holds for every way in which they may lie, or for some
   * @returns {number}
   */
  over(node, variables, every) {
    /** @type {Map<number, number>} */
    const done = new Map();
    /** @param {number} at; @returns {number} */
    const left = (at) => {
      if (isDisjoint(this.support(at), variables)) {
        return at;
      }
      const found = done.get(at);
      if (found !== undefined) {
        return found;
      }
      const branches = this.#branches[at].map(left);
      const whole = variables.has(this.#variables[at])
        ? branches.reduce((one, other) => this.#join(one, other, !every), every ? ALWAYS : NEVER)
        : this.node(this.#variables[at], branches);
      return kept(done, at, whole);
    };
    return left(node);
  }

  /**
   * @param {number} node
   * @returns {ReadonlySet<number>} the variables that it depends on
   */
  support(node) {
    return (this.#supports[node] ??= new Set([
      this.#variables[node],
      ...[...new Set(this.#branches[node])].flatMap((to) => [...this.support(to)]),
    ]));
  }

  /**
   * @param {number} node
   * @returns {number} the share of cells in which it holds
   */
  chance(node) {
    return (this.#chances[node] ??=
      this.#branches[node].reduce((total, to) => total + this.chance(to), 0) / this.#branches[node].length);
  }

  /**
   * @param {number} one
   * @param {number} other
   * @param {boolean} holds the leaf that decides alone: for either, or for both
   * @returns {number}
   */
  #join(one, other, holds) {
    const [decides, yields] = holds ? [ALWAYS, NEVER] : [NEVER, ALWAYS];
    if (one === decides || other === decides) {
      return decides;
    }
    if (one === yields || one === other) {
      return other;
    }
    if (other === yields) {
      return one;
    }
    const key = `${holds} ${Math.min(one, other)} ${Math.max(one, other)}`;
    const found = this.#joined.get(key);
    if (found !== undefined) {
      return found;
    }
    const variable = Math.min(this.#variables[one], this.#variables[other]);
    const [ours, theirs] = [one, other].map((node) => this.at(node, variable));
    const made = this.node(
      variable,
      ours.map((branch, cell) => this.#join(branch, theirs[cell], holds)),
    );
    return kept(this.#joined, key, made);
  }

  /**
   * @param {number} node
   * @param {number} variable not below the node's own
   * @returns {number[]} where it leads for each cell of the variable
   */
  at(node, variable) {
    return this.#variables[node] === variable ? this.#branches[node] : Array(this.sizes[variable]).fill(node);
  }
}

/**
 * @template K, V
 * @param {Map<K, V>} map
 * @param {K} key
 * @param {V} value
 */
export function kept(map, key, value) {
  map.set(key, value);
  return value;
}

/**
 * @param {ReadonlySet<number>} some
 * @param {{has(value: number): boolean}} others
 */
export function isDisjoint(some, others) {
  for (const each of some) {
    if (others.has(each)) {
      return false;
    }
  }
  return true;
}
