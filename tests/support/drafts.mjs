// Plays [act, argument] after one another on one page, against web/flows/drafts.js, sealing.js and web/kept.js; prints, after each,
// the keys that are kept with what lies under them, whether there is a key to open them by, and what answers and how many days
// from today the page would go on with.
import { readFileSync } from "node:fs";

const web = (/** @type {string} */ path) =>
  import(new URL(`../../edge_client/web/${path}`, import.meta.url).href);
/** @type {Map<string, string>} */
const values = new Map();
const methods = {
  getItem: (/** @type {string} */ key) => values.get(key) ?? null,
  setItem: (/** @type {string} */ key, /** @type {string} */ value) => void values.set(key, value),
  removeItem: (/** @type {string} */ key) => void values.delete(key),
};
// As a browser's own: what is kept are its own names.
const storage = new Proxy(/** @type {any} */ (methods), {
  ownKeys: () => [...values.keys()],
  getOwnPropertyDescriptor: (_, key) =>
    values.has(String(key)) ? { value: "", enumerable: true, configurable: true } : undefined,
});
Object.defineProperty(globalThis, "navigator", { value: { locks: { request: inTurn } }, configurable: true });
let turn = Promise.resolve();
/** As a browser's own lock: one after the other. */
function inTurn(/** @type {string} */ _, /** @type {() => any} */ act) {
  const mine = turn.then(act);
  turn = mine.catch(() => {});
  return mine;
}
const [{ Drafts }, { forgetUncovered }, { openAnswers }, { save }, { compileFlow }, { give }] =
  await Promise.all(
    [
      "flows/drafts.js",
      "kept.js",
      "flows/sealing.js",
      "flows/saving.js",
      "flows/tables.js",
      "flows/answers.js",
    ].map(web),
  );
const TODAY = 739_000;
const text = (/** @type {string} */ en) => ({ en });
const tables = compileFlow(
  {
    name: "business",
    languages: ["en"],
    title: text("Business"),
    summary: text("What you need."),
    order: "author",
    tells: "may-need",
    life_event: null,
    sections: [],
    groups: [],
    questions: [
      {
        id: "food",
        kind: "single",
        title: text("Do you sell food?"),
        hint: null,
        section: null,
        optional: false,
        when: null,
        options: ["yes", "no"].map((id) => ({ id, text: text(id), pages: [], when: null })),
      },
    ],
    outcomes: [
      {
        id: "licence",
        title: text("A licence"),
        summary: null,
        href: null,
        by: null,
        groups: [],
        needs: [{ text: text("You sell food"), test: { q: "food", in: ["yes"] } }],
      },
    ],
  },
  TODAY,
);
/** @type {string[]} */
let given = [];
const page = { storage, allows: (/** @type {string} */ purpose) => given.includes(purpose) };
/** @type {Map<string, any>} */
const keys = new Map();
let isBlocked = false;
const reach = () => {
  if (isBlocked) {
    throw new DOMException("blocked", "SecurityError");
  }
  return keys;
};
const store = {
  load: async (/** @type {string} */ name) => reach().get(name),
  save: async (/** @type {string} */ name, /** @type {unknown} */ key) => void reach().set(name, key),
  erase: async (/** @type {string} */ name) => void reach().delete(name),
};
let sealed = openAnswers(page, store);
const drafts = new Drafts(page, sealed, tables, {});
const answered = (/** @type {string} */ answer) => give(tables, { given: {}, skipped: [] }, "food", answer);
const choose = (/** @type {string[]} */ purposes) => {
  given = purposes;
  forgetUncovered(storage, given);
};
/** @type {Record<string, (argument: any) => unknown>} */
const acts = {
  given: choose,
  put: (key) => values.set(key, "{}"),
  answer: (answer) => drafts.keep(answered(answer)),
  answers: (each) => Promise.all(each.map((/** @type {string} */ answer) => drafts.keep(answered(answer)))),
  "answer, then given": ([answer, purposes]) => {
    const done = drafts.keep(answered(answer));
    choose(purposes);
    return done;
  },
  save: async (answer) => sealed.keep("business", await save(tables.flow, answered(answer), TODAY + 30)),
  "save for another": async (answer) =>
    sealed.keep("other", await save(tables.flow, answered(answer), TODAY + 30)),
  plain: async ([key, answer, days]) =>
    values.set(key, new TextDecoder().decode(await save(tables.flow, answered(answer), TODAY + days))),
  text: ([key, text]) => values.set(key, text),
  unheard: (purposes) => (given = purposes),
  tidy: () => sealed.tidy(),
  "no storage": () => (sealed = openAnswers({ storage: null }, store)),
  "drop over": async (days) => {
    sealed.dropOver(TODAY + days);
    await new Promise((done) => setTimeout(done, 100)); // the key goes a moment later
  },
  blocked: (now) => (isBlocked = now),
  apart: () => (sealed = openAnswers({ storage, apart: "other" })),
  key: (name) => keys.delete(name),
  change: ([key, from, to]) => {
    const text = values.get(key) ?? "";
    const sealedPart = /"data":"([^"]+)"/.exec(text)?.[1] ?? "";
    const turned = sealedPart.startsWith("A") ? "B" : "A";
    values.set(
      key,
      from === "data" ? text.replace(sealedPart, turned + sealedPart.slice(1)) : text.replace(from, to),
    );
  },
  move: ([from, to]) => values.set(to, values.get(from) ?? "").delete(from),
  texts: () => {},
  drop: async () => {
    sealed.drop("business");
    await new Promise((done) => setTimeout(done, 100)); // the key goes a moment later
  },
};
const after = [];
for (const [act, argument] of JSON.parse(readFileSync(0, "utf8"))) {
  const done = await acts[act](argument);
  // What lies there before it is read: reading deletes what nobody can read.
  const kept = Object.fromEntries([...values].sort());
  const texts = act === "texts" ? Object.fromEntries(await sealed.texts()) : {};
  const { saved, isDraft, isLost } = await sealed.read("business", TODAY);
  const until = saved ? Date.parse(saved.until) / 86_400_000 + 719_163 - TODAY : null;
  const answers = saved?.answers.map((/** @type {unknown[]} */ row) => row[2]) ?? null;
  const last = [...values.keys()].sort();
  after.push({ keys: last, kept, answers, until, isDraft, isLost, done, texts, key: [...keys.keys()] });
}
process.stdout.write(JSON.stringify(after));
