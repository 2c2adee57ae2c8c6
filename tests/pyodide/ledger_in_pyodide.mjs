// Runs the ledger's pure half in Pyodide and settles the claims with WebCrypto, as a browser does.
// argv: folder of the project. Prints one JSON object with the outcome of every receipt.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { webcrypto } from "node:crypto";

const root = process.argv[2];
const { loadPyodide } = await import(pathToFileURL(join(root, "node_modules/pyodide/pyodide.mjs")));
const pyodide = await loadPyodide({
  indexURL: join(root, "node_modules/pyodide/"),
});

pyodide.FS.mkdirTree("/home/pyodide/consent_ledger");
for (const name of readdirSync(join(root, "consent_ledger")).filter((name) => name.endsWith(".py"))) {
  pyodide.FS.writeFile(
    `/home/pyodide/consent_ledger/${name}`,
    readFileSync(join(root, "consent_ledger", name)),
  );
}

async function verifies(claim) {
  const [publicKey, message, signature] = claim.map((hex) => Buffer.from(hex, "hex"));
  const key = await webcrypto.subtle.importKey("raw", publicKey, "Ed25519", false, ["verify"]);
  return webcrypto.subtle.verify("Ed25519", key, signature, message);
}

const check = pyodide.runPython(`
from consent_ledger import canonical
from consent_ledger.checkpoint import LogKeys
from consent_ledger.errors import Malformed, Untrue
from consent_ledger.receipt import Receipt
import json

def check(text, log_key):
    data = canonical.encode(json.loads(text))
    try:
        receipt = Receipt.from_bytes(data)
        assert receipt.to_bytes() == data
        claims = receipt.check(LogKeys.parse(log_key))
    except (Malformed, Untrue) as error:
        return json.dumps([type(error).__name__, []])
    parts = [[part.hex() for part in (claim.public_key, claim.message, claim.signature)] for claim in claims]
    return json.dumps(["checked", parts])

check
`);

async function outcome(receipt, logKey) {
  const [kind, claims] = JSON.parse(check(JSON.stringify(receipt), logKey));
  if (kind !== "checked") return kind;
  const settled = await Promise.all(claims.map(verifies));
  return settled.every(Boolean) ? "holds" : "Untrue";
}

const vectors = (name) => JSON.parse(readFileSync(join(root, "tests/vectors/ledger", name), "utf8"));
const good = vectors("receipts.json");
const bad = vectors("bad_receipts.json");
const answer = {
  python: pyodide.runPython("import sys; sys.version.split()[0]"),
  good: [],
  bad: [],
};
for (const receipt of good.receipts) answer.good.push(await outcome(receipt, good.log_key));
for (const row of bad.receipts) answer.bad.push(await outcome(row.receipt, bad.log_key));
answer.modules = pyodide
  .runPython("import sys; ' '.join(sorted(n for n in sys.modules if n.startswith('consent_ledger.')))")
  .split(" ");
console.log(JSON.stringify(answer));
