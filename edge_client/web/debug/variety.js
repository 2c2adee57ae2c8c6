/** How varied a list is: what stands in it twice, and how few topics it is about. */

/**
 * How varied items are. Evened out, those that are nearly all about one topic have hardly more than one: e to the power of
 * the entropy of the topics' shares (a Hill number of order 1; Hill 1973, "Diversity and evenness").
 *
 * @param {{item: string, topic: string}[]} items
 * @returns {{again: number, topics: number, even: number}} how many are there again, how many topics, and that evened out
 */
export function variety(items) {
  const counts = new Map();
  for (const { topic } of items) {
    counts.set(topic, (counts.get(topic) ?? 0) + 1);
  }
  const entropy = [...counts.values()]
    .map((count) => count / items.length)
    .reduce((sum, part) => sum - part * Math.log(part), 0);
  const again = items.length - new Set(items.map(({ item }) => item)).size;
  return { again, topics: counts.size, even: counts.size && Math.exp(entropy) };
}
