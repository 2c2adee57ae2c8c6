// Answers one case a line, as tests/support/light.py does in Python: what a device without Python decides, keeps and refuses.
import { createInterface } from "node:readline";

const web = new URL("../../edge_client/web/", import.meta.url);
const part = (/** @type {string} */ name) => import(new URL(name, web).href);
const { parseArchetypes } = await part("light/archetypes.js");
const { NO_BOOK, choose } = await part("light/book.js");
const { NO_PINS, askable, checkBundle, filesOf, openBundle, parsePins, printPins } =
  await part("light/bundle.js");
const { parseCatalogue } = await part("light/catalogue.js");
const { checkRules } = await part("light/compile.js");
const { parseManifest } = await part("light/manifest.js");
const { inputsOf } = await part("light/gathering.js");
const { SAID } = await part("light/line.js");
const { knownOf } = await part("light/known.js");
const { pageOf } = await part("light/paths.js");
const { fillAll, printPlan } = await part("light/pipeline.js");
const { parseProfile, printProfile } = await part("light/profile.js");
const { reasonOf } = await part("light/reasons.js");
const { parseRules } = await part("light/rules.js");
const sessions = await part("light/session.js");
const { parseSignals, printSignals } = await part("light/signals.js");
const { parseShown, parseTold, printShown, printTold } = await part("light/told.js");
const { parseLine } = await part("verifier/logkeys.js");
const { ED25519, parseVerifierKey } = await part("verifier/note.js");

const bytes = (/** @type {string} */ text) => new TextEncoder().encode(text);
const text = (/** @type {Uint8Array} */ raw) => new TextDecoder().decode(raw);
const base64 = (/** @type {string} */ raw) => new Uint8Array(Buffer.from(raw, "base64"));
const FIRST_SLOTS = 3;
const KINDS = [
  ["profile", parseProfile, printProfile],
  ["told", parseTold, printTold],
  ["signals", parseSignals, printSignals],
  ["shown", parseShown, printShown],
];

/** @param {any} world */
async function bundleOf({ catalogue, rules, archetypes, version, expires }) {
  const manifest = /** @type {any} */ ({ version, expires, hash: "" });
  const bundle = askable(manifest, parseCatalogue(bytes(catalogue)), parseRules(bytes(rules)));
  return { ...bundle, archetypes: archetypes ? await parseArchetypes(bytes(archetypes), bundle) : null };
}

/** @param {any} kept */
function known(kept) {
  return Object.fromEntries(
    KINDS.map(([name, parse]) => [
      name,
      kept[name] === null ? sessions.NOTHING_KNOWN[name] : parse(bytes(kept[name])),
    ]),
  );
}

/** @param {any} session */
function kept(session) {
  const printed = KINDS.map(([name, , print]) => [
    name,
    text(print(session[name])),
    text(print(sessions.NOTHING_KNOWN[name])),
  ]);
  return Object.fromEntries(printed.map(([name, now, nothing]) => [name, now === nothing ? null : now]));
}

const run = {
  /** @param {any} given */
  async decide({ world, kept, view }) {
    const bundle = await bundleOf(world);
    const inputs = inputsOf(view, known(kept), bundle);
    const filled = fillAll(inputs, bundle);
    return {
      plan: text(printPlan(inputs, filled, bundle)),
      offers: filled
        .slice(0, FIRST_SLOTS)
        .map(({ offers }) => offers.map(({ rule, index, out }) => [rule?.name ?? null, index, out])),
      reasons: filled.slice(0, FIRST_SLOTS).map(({ offers, moment }) =>
        offers
          .filter(({ out, index }) => out === null && index !== null)
          .map((offer) => reasonOf(offer, moment, bundle.rules))
          .map(({ kind, because, named }) => [kind, because, named]),
      ),
    };
  },

  /** @param {any} given */
  async walk({ world, steps }) {
    const terms = {
      subject: new Uint8Array(32),
      controller: "riverton",
      uuid: () => crypto.randomUUID(),
      salt: () => new Uint8Array(32),
    };
    /** @type {any} */
    let session = { ...sessions.NOTHING_KNOWN, book: NO_BOOK, bundle: null, view: null, toldPages: "" };
    const states = [];
    for (const [kind, what, at] of steps) {
      /** @type {any[]} */
      let shown = [];
      if (kind === "choice") {
        session = sessions.chosen({ ...session, book: await choose(session.book, { ...what, at }, terms) });
      } else if (kind === "bundle") {
        session = sessions.renewed(session, await bundleOf({ ...world, ...what }));
      } else if (kind === "cleared") {
        session = sessions.cleared(session, at);
      } else if (kind === "noticed") {
        [session] = sessions.noticed(session, what, { at, pageOf });
      } else {
        [session, shown] = {
          view: () => sessions.viewed(session, { ...what, at }),
          dismissed: () => sessions.dismissed(session, what, at),
          wanted: () => sessions.wanted(session, what, at),
          unseen: () => sessions.unseen(session, what, at),
          grouped: () => [sessions.grouped(session, what), []],
          said: () => sessions.said(session, what, at),
          switched: () => sessions.switchedTo(session, what, at),
          another: () => sessions.forAnother(session, at, what),
        }[kind]();
      }
      states.push({
        kept: kept(session),
        known: text(knownOf(session)),
        choices: session.book.choices,
        shown: shown.map(([name, raw]) => [name, text(raw)]),
      });
    }
    return states;
  },

  /** @param {any} world */
  async check(world) {
    checkRules(await bundleOf(world));
    return "sound";
  },

  async said() {
    return SAID;
  },

  /** @param {{text: string}} given */
  async manifest({ text: read }) {
    return parseManifest(read, "").version;
  },

  /** @param {any} given */
  async open({ raw, files, site, agency, ledger, pins, now }) {
    const trust = { site, agency: await parseVerifierKey(agency, ED25519), ledger: await parseLine(ledger) };
    const candidate = await checkBundle(base64(raw), trust, {
      pins: pins ? parsePins(bytes(pins)) : NO_PINS,
      now,
    });
    const fetched = filesOf(candidate).map((name) => [
      name,
      base64(files[candidate.manifest.files[name].sha256] ?? ""),
    ]);
    await openBundle(candidate, new Map(fetched));
    return text(printPins(candidate.pins));
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { do: act, ...given } = JSON.parse(line);
  const answer = await run[act](given).catch((/** @type {Error} */ error) => ({
    error: error.name,
    stack: String(error.stack),
  }));
  console.log(JSON.stringify(answer));
}
