// Runs pytest inside Pyodide: node run.mjs PROJECT WHEEL SITE_PACKAGES OUT SUITE...
// The device's code comes from the wheel that devices load, the rest of the project and the test tools from
// their folders; Ed25519 is Node's own. Writes OUT/junit.xml; exits with pytest's status.
import { createPrivateKey, createPublicKey, sign, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [project, wheel, sitePackages, out, ...suites] = process.argv.slice(2);
const runtime = process.env.NEARSIDE_PYODIDE ?? join(project, "node_modules/pyodide/");
const { loadPyodide } = await import(pathToFileURL(join(runtime, "pyodide.mjs")));
const pyodide = await loadPyodide({ indexURL: runtime });

// DER in front of the 32 bytes of a key (RFC 8410, sections 4 and 7).
const PUBLIC = Buffer.from("302a300506032b6570032100", "hex");
const PRIVATE = Buffer.from("302e020100300506032b657004220420", "hex");
const bytes = (proxy) => Buffer.from(proxy.toJs ? proxy.toJs() : proxy);
const publicKey = (raw) =>
  createPublicKey({ key: Buffer.concat([PUBLIC, bytes(raw)]), format: "der", type: "spki" });
const privateKey = (seed) =>
  createPrivateKey({ key: Buffer.concat([PRIVATE, bytes(seed)]), format: "der", type: "pkcs8" });
pyodide.registerJsModule("node_ed25519", {
  publicOf: (seed) =>
    new Uint8Array(createPublicKey(privateKey(seed)).export({ format: "der", type: "spki" }).subarray(-32)),
  sign: (seed, message) => new Uint8Array(sign(null, bytes(message), privateKey(seed))),
  verify: (raw, message, signature) => verify(null, bytes(message), publicKey(raw), bytes(signature)),
});

const mount = (root, place) => {
  pyodide.FS.mkdirTree(place);
  pyodide.FS.mount(pyodide.FS.filesystems.NODEFS, { root }, place);
};
mount(project, "/project");
mount(sitePackages, "/installed");
mount(out, "/out");
try {
  pyodide.unpackArchive(new Uint8Array(readFileSync(wheel)), "wheel", { extractDir: "/site" });
  pyodide.globals.set("suites", pyodide.toPy(suites));
  pyodide.runPython(readFileSync(join(project, "tests/pyodide/in_pyodide.py"), "utf8"));
  process.exitCode = pyodide.runPython("run(suites)");
} catch (error) {
  console.error(error.message); // an uncaught one would print Pyodide's whole source with it
  process.exitCode = 70;
}
