// Takes queries apart as a page does: reads {queries, known} from standard input, prints [words, known words] of each.

import { scrubQuery, wordsOf } from "../../edge_client/web/signals/words.js";

let text = "";
for await (const part of process.stdin) {
  text += part;
}
const { queries, known } = JSON.parse(text);
console.log(JSON.stringify(queries.map((query) => [wordsOf(query), scrubQuery(query, known)])));
