// Answers each line of JSON with another: {index, queries} with what is found for each query, as web/search/index.js has it;
// {found, order} with the order of web/search/order.js.
import { createInterface } from "node:readline";

const web = (/** @type {string} */ path) =>
  import(new URL(`../../edge_client/web/${path}`, import.meta.url).href);
const [{ openIndex }, { inOrder }] = await Promise.all([web("search/index.js"), web("search/order.js")]);

for await (const line of createInterface({ input: process.stdin })) {
  const { index, queries, found, order } = JSON.parse(line);
  if (index) {
    const find = openIndex(index);
    const said = queries.map((/** @type {string} */ query) =>
      find(query).map(({ id, score, exact }) => ({ id, score, exact })),
    );
    console.log(JSON.stringify(said));
  } else {
    const placed = inOrder(found, order);
    console.log(JSON.stringify(placed.map(({ id, because }) => [id, because])));
  }
}
