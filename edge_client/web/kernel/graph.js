/** The graphs of our own model files, as `model_export/shipping/graph.py` writes them: what they compute is known. */

import { Malformed, readMessage, Strange } from "./protobuf.js";

/** @typedef {{dims: number[], type: number, name: string, raw: Uint8Array}} Tensor */
/** @typedef {{tensors: Map<string, Tensor>, pages: number, gaps: boolean, halves: boolean, rank: number}} Graph */

// Numbers of ONNX's own messages (onnx.proto); what our files never hold is left out, and so refused.
const ATTRIBUTE = /** @type {const} */ ({
  1: ["name", "text"],
  3: ["i", "whole"],
  4: ["s", "text"],
  20: ["type", "whole"],
});
const NODE = /** @type {const} */ ({
  1: ["inputs", ["text"]],
  2: ["outputs", ["text"]],
  3: ["name", "text"],
  4: ["kind", "text"],
  5: ["attributes", [ATTRIBUTE]],
  7: ["domain", "text"],
});
const TENSOR = /** @type {const} */ ({
  1: ["dims", ["whole"]],
  2: ["type", "whole"],
  8: ["name", "text"],
  9: ["raw", "bytes"],
});
const DIMENSION = /** @type {const} */ ({ 1: ["value", "whole"], 2: ["name", "text"] });
const VALUE = /** @type {const} */ ({
  1: ["name", "text"],
  2: ["type", { 1: ["tensor", { 1: ["type", "whole"], 2: ["shape", { 1: ["dims", [DIMENSION]] }] }] }],
});
const GRAPH = /** @type {const} */ ({
  1: ["nodes", [NODE]],
  2: ["name", "text"],
  5: ["tensors", [TENSOR]],
  10: ["doc", "text"],
  11: ["inputs", [VALUE]],
  12: ["outputs", [VALUE]],
});
const MODEL = /** @type {any} */ ({
  1: ["version", "whole"],
  2: ["producer", "text"],
  3: ["producerVersion", "text"],
  4: ["domain", "text"],
  5: ["modelVersion", "whole"],
  6: ["doc", "text"],
  7: ["graph", GRAPH],
  8: ["opsets", [{ 1: ["domain", "text"], 2: ["version", "whole"] }]],
});

const IR_VERSION = 8;
const OPSET = 18;
const TYPES = { float32: 1, int64: 7 };

const ROWS = [
  "length = Cast lengths to=7",
  "start = CumSum length axis exclusive=1",
  "start_of_recent = Gather start recent axis=0",
  "start_column = Reshape start_of_recent column",
  "length_of_recent = Gather length recent axis=0",
  "length_column = Reshape length_of_recent column",
  "there = Less places length_column",
  "place_or_beyond = Add start_column places",
  "place = Min place_or_beyond last",
  "there_factor = Cast there to=1",
  "value = Mul level there_factor",
  "scale_of_recent = Gather scale recent axis=0",
  "weight = Mul scale_of_recent weights",
  "weight_column = Reshape weight column",
  "added = Mul value weight_column",
  "added_flat = Reshape added flat",
  "near_flat = Reshape near flat",
];
const VALUES = ["level_short = Gather values place axis=0", "level = Cast level_short to=1"];
const HALVES = [
  "place_of_half = Div place two",
  "both_short = Gather halves place_of_half axis=0",
  "both = Cast both_short to=7",
  "high = Div both sixteen",
  "low = Mod both sixteen",
  "odd_number = Mod place two",
  "odd = Cast odd_number to=9",
  "root_whole = Where odd high low",
  "root = Cast root_whole to=1",
  "level = Mul root root",
];
const INDEXES = ["near_short = Gather neighbours place axis=0", "near = Cast near_short to=7"];
const GAPS = [
  "gap_short = Gather gaps place axis=0",
  "gap_or_beyond = Cast gap_short to=7",
  "there_whole = Cast there to=7",
  "gap = Mul gap_or_beyond there_whole",
  "beyond_first = CumSum gap across",
  "first_short = Gather first recent axis=0",
  "first_of_recent = Cast first_short to=7",
  "first_column = Reshape first_of_recent column",
  "near = Add beyond_first first_column",
];
const HIDDEN = [
  "plain_weight_column = Reshape weights column",
  "left_short = Gather left recent axis=0",
  "left_of_recent = Cast left_short to=1",
  "hidden_each = Mul left_of_recent plain_weight_column",
  "hidden_flat = Reshape hidden_each flat",
  "recent_nothing = Mul recent none",
  "recent_column = Reshape recent_nothing column",
  "hidden_place = Add recent_column hidden_places",
  "hidden_place_flat = Reshape hidden_place flat",
  "hidden = ScatterElements hidden_nothing hidden_place_flat hidden_flat axis=0 reduction=add",
  "hidden_scaled = Mul hidden factor",
];

/**
 * @param {Uint8Array} bytes
 * @returns {Graph} the constants of one of our own files, each once, and which of our graphs it is
 * @throws {Malformed} where the bytes are no file of this format
 * @throws {Strange} where the file computes something else than ours do, or does it otherwise
 */
export function readGraph(bytes) {
  const { version, opsets, graph } = readMessage(bytes, MODEL);
  if (version !== IR_VERSION || opsets.length !== 1 || opsets[0].domain || opsets[0].version !== OPSET) {
    throw new Strange("model: another version of the format");
  }
  if (!graph) {
    throw new Malformed("model: there is no graph in it");
  }
  /** @type {Map<string, Tensor>} */
  const tensors = new Map(graph.tensors.map((/** @type {Tensor} */ tensor) => [tensor.name, tensor]));
  const [gaps, halves] = [tensors.has("gaps"), tensors.has("halves")];
  const rank = tensors.get("factor")?.dims[0] ?? 0;
  if (tensors.size !== graph.tensors.length || rank > tensors.size) {
    throw new Strange("model: a constant is there twice, or one is missing");
  }
  const given = graph.inputs.map(describeValue).join(" and ");
  const pages = graph.outputs[0]?.type?.tensor?.shape?.dims[0]?.value ?? 0;
  if (
    given !== `recent ${TYPES.int64} n and weights ${TYPES.float32} n` ||
    graph.outputs.map(describeValue).join(" and ") !== `scores ${TYPES.float32} ${pages}` ||
    !isSame(graph.nodes.map(describeNode), nodesOf({ gaps, halves, rank }))
  ) {
    throw new Strange("model: another graph than ours");
  }
  return { tensors, pages, gaps, halves, rank };
}

/**
 * @param {{gaps: boolean, halves: boolean, rank: number}} layout
 * @returns {string[]} what a file of this layout computes, a line for each node
 */
function nodesOf({ gaps, halves, rank }) {
  const scatter = "= ScatterElements popularity near_flat added_flat axis=0 reduction=add";
  const rows = [...ROWS, ...(halves ? HALVES : VALUES), ...(gaps ? GAPS : INDEXES)];
  if (!rank) {
    return [...rows, `scores ${scatter}`];
  }
  const factors = Array.from({ length: rank }, (_, at) => [
    `right_short_${at} = Gather right factor_${at} axis=0`,
    `right_${at} = Cast right_short_${at} to=1`,
    `hidden_${at} = Gather hidden_scaled factor_${at} axis=0`,
    `rest_${at} = Mul right_${at} hidden_${at}`,
  ]).flat();
  const upTo = (/** @type {number} */ at) => (at ? `rest_up_to_${at}` : "rest_0");
  const sums = Array.from(
    { length: rank - 1 },
    (_, at) => `${upTo(at + 1)} = Add ${upTo(at)} rest_${at + 1}`,
  );
  const end = [`rest = Relu ${upTo(rank - 1)}`, "scores = Add sparse rest"];
  return [...rows, `sparse ${scatter}`, ...HIDDEN, ...factors, ...sums, ...end];
}

/**
 * @param {string[]} found in whatever order: each line says by name what it needs
 * @param {string[]} expected
 */
function isSame(found, expected) {
  return found.length === expected.length && found.sort().join("\n") === expected.sort().join("\n");
}

/** @param {any} node */
function describeNode({ inputs, outputs, kind, attributes, domain }) {
  const names = [kind, ...inputs, ...outputs];
  // Names are told apart by the spaces between them, so that no name may hold one.
  if (domain || outputs.length !== 1 || !names.every((name) => /^\w+$/.test(name))) {
    throw new Strange("model: a node that our own files do not have");
  }
  const told = attributes.map(
    (/** @type {any} */ { name, i, s, type }) => `${name}=${type === 2 ? i : type === 3 ? s : ""}`,
  );
  return [outputs[0], "=", kind, ...inputs, ...told.sort()].join(" ");
}

/** @param {any} value */
function describeValue({ name, type }) {
  const dims = type?.tensor?.shape?.dims ?? [];
  return [name, type?.tensor?.type, ...dims.map((/** @type {any} */ dim) => dim.value ?? dim.name)].join(" ");
}
