// Starts the parts that devices start Python from, in Node: node small_python.mjs PROJECT ORDER PARTS
// PARTS is a folder, with a memory or without; ORDER is a JSON file of modules to import, encodings to look up, and
// Python to run. Prints what each start found: without the memory, with it, and with it again. In each, the worker's
// line to the device lives through some messages over a host that has hardly anything.
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

// Only what went wrong: Node would quote the line, which is all of Pyodide.
process.on("uncaughtException", ({ message }) => {
  console.error(message);
  process.exitCode = 1;
});
const [project, order, parts] = process.argv.slice(2);
const { modules, encodings, story } = JSON.parse(readFileSync(order, "utf8"));
const npm = join(project, "node_modules/pyodide");
const web = (script) => import(pathToFileURL(join(project, "edge_client/web/python", script)));
const [{ openMemory }, { lendRest }] = await Promise.all([web("memory.js"), web("rest.js")]);
const { loadPyodide } = await import(pathToFileURL(join(npm, "pyodide.mjs")));
const { info } = JSON.parse(readFileSync(join(npm, "pyodide-lock.json"), "utf8"));

const folder = mkdtempSync(join(tmpdir(), "python-"));
copyFileSync(join(parts, "program.mjs"), join(folder, "pyodide.asm.mjs"));
copyFileSync(join(parts, "program.wasm"), join(folder, "pyodide.asm.wasm"));

let remembered = null;
let rests = 0;
const { instantiate } = WebAssembly;
WebAssembly.instantiate = async (program, imports) => {
  const made = await instantiate.call(WebAssembly, program, imports);
  const first = made.instance?.exports;
  if (first?.memory) {
    remembered?.hold(new Uint8Array(first.memory.buffer));
    lendRest(first, imports, () => {
      rests += 1;
      return new WebAssembly.Module(readFileSync(join(parts, "rest.wasm")));
    });
  }
  return made;
};

const LOOK = `
import codecs, importlib, json, sys, traceback
had = "edge_client.pyodide_host" in sys.modules
failed = []
for name in modules:
    try:
        importlib.import_module(name)
    except ImportError as error:
        failed.append(f"{name}: {error}")
for name in encodings:
    try:
        codecs.lookup(name)
    except LookupError as error:
        failed.append(str(error))
try:
    raise ValueError("shown")
except ValueError as error:
    shown = "".join(traceback.format_exception(error))
import random
json.dumps({"had": had, "failed": failed, "traceback": shown, "chance": random.random()})
`;

// Whatever crosses between Python and JavaScript in a worker crosses here: bytes, numbers, functions, failures.
const CROSS = `
from array import array
from consent_ledger.claim import SignatureClaim
from edge_client.pyodide_host import BrowserHost
from edge_client.ports import Unreachable
from js import JSON
from pyodide.ffi import to_js
browser = BrowserHost(host)
outcomes = [await browser.verify((SignatureClaim(bytes(32), b"message", bytes(64), "note"),)), await browser.now_ms() > 0]
try:
    await browser.fetch_public("/nearside/missing")
except Unreachable as error:
    outcomes.append(str(error))
async with browser.exclusive():
    await browser.save("profile", b"{}")
outcomes.append(bytes(host.sum(to_js(array("i", [1, 2])), to_js(array("f", [0.5])), to_js(b"x"), 3).to_bytes())[0])
outcomes.append([(await browser.post("/consent/events", b"{}"))[0], await browser.fetch_proof("00")])
JSON.stringify(to_js(outcomes))
`;

async function live(pyodide) {
  const said = [];
  const kept = new Map();
  const host = {
    now: () => Date.now(),
    fetchPublic: async () => {
      throw new Error("nothing is here");
    },
    post: async () => ({ status: 503, body: new Uint8Array([1, 2]) }),
    fetchProof: async () => undefined,
    verify: async (claims) => claims.every(({ message }) => message.length > 0),
    subject: async () => new Uint8Array(32),
    sign: async () => new Uint8Array(64),
    acquire: async () => () => undefined,
    load: async (kind) => kept.get(kind),
    save: async (kind, raw) => void kept.set(kind, raw),
    erase: async (kind) => void kept.delete(kind),
    openModel: async () => undefined,
    show: (kind, text) => said.push([kind, text]),
    random: (count) => new Uint8Array(count).fill(7),
    sum: (numbers, weights, bytes, more) =>
      new Uint8Array(
        [...numbers, ...weights, ...bytes].length ? [numbers.length + weights.length + more] : [],
      ),
  };
  const key = JSON.parse(readFileSync(join(project, "tests/vectors/ledger/receipts.json"), "utf8")).log_key;
  const trust = { site: "riverton", controller: "city", agencyKey: key, ledgerKey: key };
  const line = await pyodide.pyimport("edge_client.pyodide_host").start(host, JSON.stringify(trust));
  const notice = JSON.parse(readFileSync(join(project, "demo/agency/notices/ar.json"), "utf8"));
  const untold = { choice: null, forgot: 0, dismissed: ["/parking/zones"] };
  const choice = { given: ["suggest", "learn"], at: Date.now(), gpc: "absent", ever: true, notice };
  const view = { item: "/parking/résident", lang: "ar", links: ["/", "/waste/12345?x=ü"] };
  for (const [kind, message] of [
    ["sync", { told: untold }],
    ["view", { ...view, told: { ...untold, choice } }],
    ["profile", { told: untold }],
    ["erase", { told: { ...untold, choice: { ...choice, given: [], at: Date.now() + 1 }, forgot: 5 } }],
    ["view", { told: untold }],
  ]) {
    await line.receive(kind, JSON.stringify(message)).catch((error) => said.push(["failed", error.type]));
  }
  pyodide.globals.set("host", host);
  return { said: said.map(([kind]) => kind), crossed: JSON.parse(await pyodide.runPythonAsync(CROSS)) };
}

const nothing = join(folder, "empty.zip");
writeFileSync(nothing, Uint8Array.of(0x50, 0x4b, 5, 6, ...new Uint8Array(18)));

async function start(name) {
  remembered = name && openMemory(Uint8Array.from(readFileSync(join(parts, name))).buffer);
  rests = 0;
  const pyodide = await loadPyodide({
    indexURL: `${folder}/`,
    // As `edge_client/web/python/start.js` has it: nothing of the library is read once there is a memory.
    stdLibURL: remembered ? nothing : join(parts, "library.zip"),
    lockFileContents: { info, packages: {} },
    ...(remembered && { _loadSnapshot: remembered.snapshot }),
  });
  if (remembered) {
    pyodide.pyimport("random").seed();
  }
  pyodide.globals.set("modules", pyodide.toPy(modules));
  pyodide.globals.set("encodings", pyodide.toPy(encodings));
  const found = JSON.parse(pyodide.runPython(LOOK));
  const lived = await live(pyodide);
  const started = rests;
  const told = story && pyodide.runPython(story);
  return { ...found, lived, told, rests: [started, rests] };
}

const found = { plain: await start(null) };
if (existsSync(join(parts, "memory.bin"))) {
  found.remembered = await start("memory.bin");
  found.again = await start("memory.bin");
}
rmSync(folder, { recursive: true });
console.log(JSON.stringify(found));
