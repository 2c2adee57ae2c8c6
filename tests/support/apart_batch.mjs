// Answers each line, [tab, local, now], with what web/apart/tab.js opens of it, and what is left in both storages.
import { createInterface } from "node:readline";

const { openApart } = await import(new URL("../../edge_client/web/apart/tab.js", import.meta.url).href);

/** Stands where a browser's storage does; what is kept are its own properties, as there. */
class Kept {
  /** @param {Record<string, string>} values */
  constructor(values) {
    Object.assign(this, values);
  }

  /** @param {string} key */
  getItem(key) {
    return Object.hasOwn(this, key) ? /** @type {any} */ (this)[key] : null;
  }

  /** @param {string} key; @param {string} value */
  setItem(key, value) {
    /** @type {any} */ (this)[key] = String(value);
  }

  /** @param {string} key */
  removeItem(key) {
    delete (/** @type {any} */ (this)[key]);
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const [kept, own, now] = JSON.parse(line);
  const [tab, local] = [kept && new Kept(kept), new Kept(own)];
  const opened = openApart(tab, local, now);
  console.log(JSON.stringify({ kind: opened?.kind ?? null, tab, local }));
}
