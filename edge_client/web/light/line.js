/**
 * The device without Python, driven: what pages say is taken in, kept, and answered. The twin of `edge_client/device.py` and
 * of the line in `pyodide_host.py`, of all that needs neither model nor report.
 */

import { encode } from "../verifier/canonical.js";
import { Malformed, Untrue } from "../verifier/errors.js";
import { parseLine } from "../verifier/logkeys.js";
import { ED25519, parseVerifierKey } from "../verifier/note.js";
import { choose } from "./book.js";
import { NO_PINS, checkBundle, filesOf, openBundle, parsePins, printPins } from "./bundle.js";
import { knownOf } from "./known.js";
import { forgetUncovered, forgetUnkept, loadKept, read, storeKept } from "./kept.js";
import { pageOf } from "./paths.js";
import { openRecorder } from "./recording.js";
import { Refused } from "./refused.js";
import * as sessions from "./session.js";

/** @typedef {ReturnType<typeof import("../host.js").createHost>} Host */
/** @typedef {import("./session.js").Session} Session */
/** @typedef {(session: Session, at: number) => sessions.Step | Promise<sessions.Step>} Act */

const REFRESH_MS = 5 * 60 * 1000;
const MOST_SAID = 50;
const MOST_SHOWN = 50;
const MOST_DAYS = 730;
const NEEDS_BUNDLE = ["view", "profile", "answer", "pin", "topic", "noticing", "retention"];
const UNSEE = "unsee";
/** What the citizen tells once, and pages tell again until it was taken in. */
export const SAID = ["answer", "pin", "unpin", "topic", "retention", UNSEE, "want"];

/**
 * @param {Host} host
 * @param {{site: string, controller: string, agencyKey: string, ledgerKey: string}} named by the agency's page
 */
export async function startLine(host, { site, controller, agencyKey, ledgerKey }) {
  const trust = {
    site,
    agency: await parseVerifierKey(agencyKey, ED25519),
    ledger: await parseLine(ledgerKey),
  };
  await host.subject(); // without a key of its own a device can prove nothing
  const recorder = openRecorder(host, trust.ledger, exclusively);
  /** @type {Pick<Session, "bundle" | "view" | "toldPages">} */
  let here = { bundle: null, view: null, toldPages: "" };
  /** @type {number | null} */
  let installed = null;

  return {
    /**
     * @param {string} type
     * @param {string} text JSON
     */
    async receive(type, text) {
      const message = JSON.parse(text);
      await takeIn(message.told, NEEDS_BUNDLE.includes(type));
      if (type === "view") {
        await feed((session, at) => sessions.viewed(session, viewOf(message, at)));
        await recorder.finish();
      } else if (type === "profile") {
        await showKnown();
        await recorder.show();
      } else if (type === "decisions") {
        show("decisions", { decisions: [], outcomes: null }); // none is kept without the model that could make it again
      } else if (SAID.includes(type) || type === "noticing" || type === "grouping") {
        await feed((session, at) => saidOf(session, { ...message, type }, at), { isSilent: type === UNSEE });
        await showKnown();
      } else if (type !== "sync") {
        throw new Malformed("page: unknown message");
      }
      await (type === "sync" ? null : compare(message.told.choice));
    },
  };

  /**
   * @param {any} told what the citizen last decided, and what no worker has heard yet
   * @param {boolean} needsBundle
   */
  async function takeIn(told, needsBundle) {
    const { choice, forgot, another, dismissed, said, noticed } = told;
    if (choice?.notice) {
      await decide(choice);
    }
    if (forgot) {
      await feed((session) => [sessions.cleared(session, Number(forgot)), []], { isCleared: true });
    }
    if (another) {
      const [since, at] = another.map(Number);
      await feed((session) => sessions.forAnother(session, at, since), { isSilent: true });
      show("taken", { another: at, dismissed: [], forgot: 0 });
    }
    const hasMore = [dismissed, said, noticed].some((rows) => rows?.length > 0);
    if (needsBundle || hasMore) {
      await install();
    }
    if (here.bundle) {
      await hear(told);
    }
    show("taken", { forgot, dismissed: here.bundle ? dismissed : [] });
  }

  /** @param {any} told */
  async function hear({ dismissed, said, noticed }) {
    for (const item of dismissed) {
      await feed((session, at) => sessions.dismissed(session, pageOf(item), at));
    }
    for (const row of rowsOf(said)) {
      const isSilent = row.type === UNSEE;
      await feed((session, at) => saidOf(session, row, Math.min(Number(row.at) || 0, at)), { isSilent });
    }
    if (noticed?.length > 0) {
      await feed((session, at) => sessions.noticed(session, noticed, { at, pageOf }));
    }
    if (rowsOf(said).length + rowsOf(noticed).length > 0) {
      show("taken", { forgot: 0, dismissed: [], said: said ?? [], noticed: noticed ?? [] });
    }
  }

  /**
   * Say that a choice is lost which pages believe to be taken in: this device's storage is, and with it the book.
   *
   * @param {any} choice
   */
  async function compare(choice) {
    if (!choice || choice.notice || choice.ever !== true) {
      return;
    }
    const { kept } = await exclusively(() => loadKept(host));
    if (kept.book.chosen_ms < choice.at) {
      host.show("state", `lost-${Math.trunc(choice.at)}`);
    }
  }

  function showKnown() {
    return feed((session) => [session, [["profile", knownOf(session)]]]);
  }

  /** @param {any} choice */
  async function decide(choice) {
    let isNew = false;
    await feed(
      async (session) => {
        const isGone = choice.leaving && Object.keys(session.book.choices).length === 0;
        isNew = choice.at > session.book.chosen_ms && !isGone;
        if (!isNew) {
          return [session, []];
        }
        const terms = { subject: await host.subject(), controller, uuid: () => crypto.randomUUID(), salt };
        return [sessions.chosen({ ...session, book: await choose(session.book, choice, terms) }), []];
      },
      { isWish: true },
    );
    // Of somebody who leaves nothing but this is told any more.
    await (isNew || choice.leaving ? recorder.finish() : recorder.show());
  }

  /** Make sure of a bundle, and look for a newer one every five minutes: a kill switch must reach this worker. */
  async function install() {
    const now = host.now();
    if (installed !== null && now >= installed && now - installed < REFRESH_MS) {
      return;
    }
    try {
      await fetchBundle(now);
      installed = now;
    } catch (error) {
      const isOurs = [Malformed, Untrue, Refused].some((kind) => error instanceof kind);
      host.show("state", `bundle-${isOurs ? /** @type {Error} */ (error).name : "Unreachable"}`);
    }
  }

  /** @param {number} now */
  async function fetchBundle(now) {
    const raw = await host.fetchPublic(`/nearside/${site}/bundle.json`);
    const pins = (await read("pins", parsePins, host))?.value ?? NO_PINS;
    const candidate = await checkBundle(raw, trust, { pins, now: Math.floor(now / 1000) });
    if (here.bundle?.manifest.hash === candidate.manifest.hash) {
      return;
    }
    const fetched = filesOf(candidate).map(
      async (name) =>
        /** @type {[string, Uint8Array]} */ ([
          name,
          await host.fetchPublic(`/nearside/${site}/files/${candidate.manifest.files[name].sha256}`),
        ]),
    );
    const bundle = await openBundle(candidate, new Map(await Promise.all(fetched)));
    await exclusively(async () => {
      const kept = (await read("pins", parsePins, host))?.value ?? NO_PINS;
      if (candidate.pins.version >= kept.version && candidate.pins.tree_size >= kept.tree_size) {
        await host.save("pins", printPins(candidate.pins));
      }
    });
    await feed((session) => [sessions.renewed(session, bundle), []]);
  }

  /**
   * Let the session receive one thing: what is kept counts, not what we remember, for another page's worker may have written.
   *
   * @param {Act} act
   * @param {{isCleared?: boolean, isSilent?: boolean, isWish?: boolean}} [what] whether it is the citizen's wish that something
   *   goes, from reports too, or all
   */
  async function feed(act, { isCleared = false, isSilent = isCleared, isWish = isSilent } = {}) {
    const shown = await exclusively(async () => {
      const { kept, raw } = await loadKept(host);
      const [{ bundle, view, toldPages, ...after }, shows] = await act({ ...kept, ...here }, host.now());
      here = { bundle, view, toldPages };
      try {
        await (isWish ? forgetUncovered(after, { isCleared, isSilent, store: host }) : null);
        await storeKept(after, { raw, store: host });
      } catch (error) {
        await (isWish ? forgetUnkept(host) : null);
        throw error;
      }
      return shows;
    });
    shown.forEach(([kind, text]) => host.show(kind, new TextDecoder().decode(text)));
  }

  /**
   * @template T
   * @param {() => Promise<T>} act
   * @returns {Promise<T>} with this origin's lock, which every worker takes
   */
  async function exclusively(act) {
    const release = await host.acquire();
    try {
      return await act();
    } finally {
      release();
    }
  }

  /**
   * @param {string} kind
   * @param {unknown} value
   */
  function show(kind, value) {
    host.show(kind, new TextDecoder().decode(encode(value)));
  }

  function salt() {
    return host.random(32);
  }
}

/**
 * @param {Session} session
 * @param {Record<string, any>} row
 * @param {number} at
 * @returns {sessions.Step}
 */
function saidOf(session, row, at) {
  if (row.type === "grouping") {
    return [sessions.grouped(session, row.on === true), []];
  }
  if (row.type === "retention" || row.type === "noticing") {
    const days = row.days === null ? null : Math.min(Math.max(Math.trunc(Number(row.days)), 1), MOST_DAYS);
    const wish = row.type === "noticing" ? { on: row.on === true } : { days };
    return sessions.switchedTo(session, { kind: String(row.kind), ...wish }, at);
  }
  const item = pageOf(row.item ?? "");
  const act = { [UNSEE]: sessions.unseen, want: sessions.wanted }[String(row.type)];
  return act ? act(session, item, at) : sessions.said(session, { ...row, item }, at);
}

/** @param {unknown} rows; @returns {any[]} */
function rowsOf(rows) {
  return Array.isArray(rows) ? rows.slice(0, MOST_SAID) : [];
}

/**
 * @param {any} message
 * @param {number} at
 * @returns {import("./gathering.js").View}
 */
function viewOf({ item, lang, links, shown = [], reminded = [], context = {} }, at) {
  const { hour, device, came_from } = context;
  const among = (/** @type {unknown} */ value, /** @type {string[]} */ known) =>
    typeof value === "string" && known.includes(value) ? value : null;
  return {
    item: pageOf(item),
    lang,
    links: links.map(pageOf),
    shown: shown.slice(0, MOST_SHOWN).map(pageOf),
    reminded: reminded.slice(0, MOST_SHOWN).map(pageOf),
    context: {
      hour: Number.isInteger(hour) && hour >= 0 && hour < 24 ? hour : null,
      device: among(device, ["phone", "tablet", "desktop"]),
      came_from: among(came_from, ["nowhere", "search", "elsewhere"]),
    },
    at,
  };
}
