// Answers cases about what a browser holds: [{where, key, value}] to what the panel's registry and its file say of them.
import { createInterface } from "node:readline";

const web = new URL("../../edge_client/web/", import.meta.url);
const { REGISTRY, overAt, rowOf } = await import(new URL("panel/registry.js", web).href);
const { downloadOf } = await import(new URL("panel/download.js", web).href);

/** @param {{where: string, key: string, value: any}} holding; @returns {Promise<object>} */
async function held({ where, key, value }) {
  const made = value?.bytes ? Uint8Array.from(value.bytes) : value?.key ? await keyOf() : value;
  return { where, key, value: made, bytes: null };
}

function keyOf() {
  return crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt"]);
}

for await (const line of createInterface({ input: process.stdin })) {
  const holdings = await Promise.all(JSON.parse(line).map(held));
  const answer = {
    registry: REGISTRY,
    rows: holdings.map((each) => rowOf(each)?.words ?? null),
    over: holdings.map(overAt),
    file: downloadOf(holdings, { site: "riverton", now: 5 }),
  };
  console.log(JSON.stringify(answer));
}
