/** What pages say to a worker, one after the other; and what the citizen decided, heard at once, with every message. */

import { REPORTS } from "./host.js";
import { OWED, sweep } from "./ours.js";

/** @typedef {{postMessage: (message: unknown) => void}} Port a page, on either kind of worker */
/** @typedef {{receive: (type: string, text: string) => Promise<void>}} Line to the device */

/**
 * @typedef {object} Device what runs here
 * @property {(trust: Record<string, any>) => Promise<unknown>} begin with the first page, and with one that comes after a
 *   failure: this may outlive many pages. `trust` is what the agency's page names: site, controller, keys
 * @property {(act: (line: Line) => Promise<void>) => Promise<void>} use
 * @property {() => Promise<unknown>} rest until nothing more is fetched
 */

/** @typedef {{show: (kind: string, text: string) => void, allows: (purpose: string) => boolean}} Pages */

const MOMENT_MS = 60_000;

/**
 * @param {import("./sent.js").SentBook} sent
 * @param {(pages: Pages) => Device} deviceFor
 */
export function takeTurns(sent, deviceFor) {
  /** @type {Set<Port>} */
  const ports = new Set();
  let turn = Promise.resolve();
  /** @type {any} what pages last told: the newest choice counts for everything that still waits for its turn */
  let told = { choice: null, forgot: 0, another: null, dismissed: [], noticed: [], said: [] };
  const device = deviceFor({ show, allows });

  /**
   * @param {string} kind
   * @param {string} text
   */
  function show(kind, text) {
    for (const port of ports) {
      port.postMessage({ kind, text });
    }
  }

  /**
   * @param {string} purpose
   * @returns {boolean} whether the newest choice, taken in or not, leaves room for it
   */
  function allows(purpose) {
    return told.choice === null || told.choice.given.includes(purpose);
  }

  /** @param {any} newer what a page told with its message */
  function hear(newer) {
    // A page can be overtaken by another for a moment; what is said to be much older was chosen by a clock set back, after
    // the storage had lost what was chosen before.
    const [at, before] = [newer.choice?.at ?? 0, told.choice?.at ?? 0];
    const choice = at >= before || (at && at < before - MOMENT_MS) ? newer.choice : told.choice;
    told = {
      choice,
      forgot: newer.forgot || told.forgot, // the newest wish; a clock may have been set back
      another: newer.another ?? told.another,
      dismissed: [...new Set([...told.dismissed, ...newer.dismissed])],
      said: newer.said ?? [],
      noticed: newer.noticed ?? [], // all that no worker has taken in yet: pages share one list
    };
  }

  /**
   * @param {Port} port
   * @param {Record<string, any>} message
   */
  async function receive(port, message) {
    const { type, ...rest } = message;
    try {
      if (type === "open") {
        ports.add(port);
        await device.begin(rest);
        port.postMessage({ kind: "state", text: "ready" });
      } else if (type === "leave") {
        await leave();
      } else if (type === "sent") {
        port.postMessage({ kind: "sent", text: JSON.stringify(await sent.list()) });
      } else {
        await device.use((line) => tell(line, type, rest));
      }
    } catch (error) {
      // Only the kind of error: its text could quote what was being read.
      const name = error instanceof Error ? (/** @type {any} */ (error).type ?? error.name) : "Error";
      port.postMessage({ kind: "state", text: `failed-${name}` });
    }
  }

  /**
   * Delete everything, but for what is owed to the agency: then the records of it stay, are sent, and pages hear what came of
   * that. Nothing is started where nothing is owed.
   */
  async function leave() {
    const { choice } = told;
    if (!choice?.leaving) {
      return; // the citizen has thought better of it
    }
    if (choice.notice) {
      await device.use((line) => tell(line, "profile", {}));
      await sweep(OWED);
    } else {
      await device.rest().catch(() => undefined); // what it keeps goes, too
      await sweep([]);
      show("left", "");
    }
  }

  /**
   * @param {Line} line
   * @param {string} type
   * @param {Record<string, any>} rest of a page's message
   */
  async function tell(line, type, rest) {
    const taken = told;
    // Pages hear that what the citizen decided was taken in before they hear what follows from it.
    await line.receive("sync", JSON.stringify({ told: taken }));
    if (taken.forgot) {
      await sent.forget(taken.forgot);
    }
    if (!allows("learn")) {
      await sent.silence(REPORTS); // pages that somebody looked at, whose yes is over
    }
    told = {
      ...told,
      another: told.another?.[1] === taken.another?.[1] ? null : told.another,
      dismissed: told.dismissed.filter((/** @type {string} */ item) => !taken.dismissed.includes(item)),
    };
    if (type !== "sync") {
      await line.receive(
        type,
        JSON.stringify({ ...rest, told: { ...told, forgot: 0, another: null, dismissed: [] } }),
      );
      told = {
        ...told,
        noticed: told.noticed.filter((/** @type {unknown} */ row) => !taken.noticed.includes(row)),
      };
    }
  }

  /**
   * One message after the other, in the order in which pages sent them; but what the citizen decided is heard at once.
   *
   * @param {Port} port
   * @param {Record<string, any>} message
   */
  function inTurn(port, message) {
    if (message.type === "close") {
      self.close();
    }
    if (message.told) {
      hear(message.told);
    }
    turn = turn.then(() => receive(port, message));
  }

  if ("onconnect" in self) {
    self.onconnect = (/** @type {MessageEvent} */ { ports: [port] }) => {
      port.onmessage = ({ data }) => inTurn(port, data);
    };
  } else {
    const scope = /** @type {any} */ (self);
    scope.onmessage = (/** @type {MessageEvent} */ { data }) => inTurn(scope, data);
  }
}
