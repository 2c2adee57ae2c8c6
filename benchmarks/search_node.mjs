// Reads {index, asked: [{query, near}], sways} and prints, for each that is asked, what the device's own search finds, best
// first, with scores, and the order of it for each sway (edge_client/web/search/).
import { readFileSync } from "node:fs";
import { openIndex } from "../edge_client/web/search/index.js";
import { inOrder } from "../edge_client/web/search/order.js";

const { index, asked, sways } = JSON.parse(readFileSync(0, "utf-8"));
const find = openIndex(index);
const answers = asked.map(
  (/** @type {{query: string, near: [string, number, string][]}} */ { query, near }) => {
    const found = find(query);
    const orders = sways.map((/** @type {number} */ sway) =>
      inOrder(found, { near, still: [] }, sway).map(({ id }) => id),
    );
    return { found: found.map(({ id, score }) => [id, score]), orders };
  },
);
process.stdout.write(JSON.stringify(answers));
