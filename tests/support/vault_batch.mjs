// Answers one case a line, as tests/contract/test_vault_twin.py does in Python.
import { createInterface } from "node:readline";

const web = new URL("../../edge_client/web/", import.meta.url);
const { dayNumber } = await import(new URL("flows/day.js", web).href);
const { fieldKey, keyOf, mayBeCard, ownKey } = await import(new URL("vault/tokens.js", web).href);
const { current, keep, offers, printVault, readVault, without } = await import(
  new URL("vault/vault.js", web).href
);

const text = (/** @type {any} */ entries) => new TextDecoder().decode(printVault(entries));

/** @param {any} given */
function moves({ steps }) {
  /** @type {any[]} */
  let vault = [];
  return steps.map((/** @type {any} */ { act, form, title, answers, keys, day }) => {
    const today = dayNumber(day);
    if (act === "offers") {
      return text(offers(vault, form, keys, today));
    }
    const acts = {
      keep: () => keep(vault, { name: form, title }, answers, today),
      without: () => without(vault, form),
      current: () => current(vault, today),
    };
    vault = /** @type {any} */ (acts)[act]();
    return text(vault);
  });
}

/** @param {any} given */
function reads({ raw }) {
  try {
    return text(readVault(new TextEncoder().encode(raw)));
  } catch {
    return null;
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const given = JSON.parse(line);
  const ways = {
    moves,
    reads,
    token: () => [keyOf(given.text), ownKey(given.text), mayBeCard(given.text)],
    field: () => fieldKey(given.text, given.own),
  };
  process.stdout.write(`${JSON.stringify(/** @type {any} */ (ways)[given.what](given))}\n`);
}
