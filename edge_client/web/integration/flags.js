/**
 * Flags from the plan, as an OpenFeature provider for the web (https://openfeature.dev/specification/sections/providers).
 * A flag is the name of a slot. Whoever asks is not looked at, and nothing is sent.
 */

/**
 * @typedef {import("./nearside.d.ts").Decision} Decision
 * @typedef {import("./nearside.d.ts").Flags} Flags
 * @typedef {(details?: any) => void} Handler
 */

const CHANGED = "PROVIDER_CONFIGURATION_CHANGED";

/**
 * @param {(slot: string) => Decision} decide
 * @param {(listener: () => void) => unknown} changed call when what is decided here may be another
 * @returns {Flags}
 */
export function makeFlags(decide, changed) {
  const events = makeEvents();
  changed(() => events.emit(CHANGED, {}));
  /**
   * @template T
   * @param {string} flag
   * @param {T} otherwise
   * @param {(decision: Decision) => T} value
   * @returns {import("./nearside.d.ts").Flag<T>}
   */
  const resolve = (flag, otherwise, value) => {
    const decision = decide(flag);
    return decision.personalised
      ? { value: value(decision), reason: "TARGETING_MATCH", variant: "personalised" }
      : { value: otherwise, reason: "DEFAULT" };
  };
  return {
    metadata: { name: "nearside" },
    runsOn: "client",
    events,
    resolveBooleanEvaluation: (flag, otherwise) => resolve(flag, otherwise, () => true),
    resolveStringEvaluation: (flag, otherwise) => resolve(flag, otherwise, ({ items }) => items[0].item),
    resolveNumberEvaluation: (flag, otherwise) => resolve(flag, otherwise, ({ items }) => items.length),
    resolveObjectEvaluation: (flag, otherwise) =>
      resolve(flag, otherwise, ({ items }) => /** @type {any} */ ([...items])),
  };
}

/** @returns {import("./nearside.d.ts").FlagEvents} */
function makeEvents() {
  /** @type {Map<string, Handler[]>} */
  const handlers = new Map();
  const of = (/** @type {string} */ event) => handlers.get(event) ?? [];
  return {
    addHandler: (event, handler) => void handlers.set(event, [...of(event), handler]),
    removeHandler: (event, handler) =>
      void handlers.set(
        event,
        of(event).filter((each) => each !== handler),
      ),
    removeAllHandlers: (event) => (event === undefined ? handlers.clear() : void handlers.delete(event)),
    getHandlers: of,
    emit: (event, details) => of(event).forEach((handler) => handler(details)),
    setLogger() {
      return this; // nothing is logged
    },
  };
}
