"""One decision in the worker of the city, part by part. Part of `benchmarks.first_visit`."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Playwright

from lambdas.shared.publishing.live_bundle import live_bundle
from nearside.edge_build import ROOT
from tests.support.browser import CHROMIUM, QUIET
from tests.support.playing import PlayedCity

RUNS = 30
VISITED = ("/", "/parking/resident-permit", "/parking/zones", "/waste/new-bin", "/local-tax/pay")

# Runs in Pyodide, beside the model, after the text of `benchmarks/deciding.py`.
PROGRAM = f"""
import json
from edge_client.pyodide_host import BrowserHost
found = await measure(
    bundle_of(bytes(files["catalogue.json"]), bytes(files["rules.json"])), BrowserHost(host),
    visited={VISITED!r}, links=30, runs=runs,
)
json.dumps(found)
"""
MEASURE = """
([address, order]) => new Promise((resolve, reject) => {
  const policy = trustedTypes.createPolicy("nearside", { createScriptURL: (url) => url });
  const worker = new Worker(policy.createScriptURL(address), { type: "module" });
  worker.onmessage = ({ data }) => resolve(data);
  worker.onerror = ({ message }) => reject(new Error(message));
  worker.postMessage(order);
})
"""


def measure_inference(city: PlayedCity, playwright: Playwright) -> dict[str, list[float]]:
    """Return milliseconds a decision: each part of it in the worker's Python."""
    deployment = city.stage.deployment
    shelf, base = deployment.shelf, f"nearside/runtime/{city.edge.runtime}"
    web = ROOT / "edge_client/web"
    for file in (web / "model.js", web / "onnx.js", *(web / "kernel").iterdir()):
        shelf.write(f"{base}/{file.relative_to(web).as_posix()}", file.read_bytes(), immutable=False)
    worker = (ROOT / "benchmarks/inference_worker.js").read_bytes()
    shelf.write(f"{base}/bench/worker.js", worker, immutable=False)
    live = live_bundle(shelf, "riverton", log=deployment.log, keys=deployment.keys())
    if live is None:
        raise RuntimeError("inference: no bundle is published")
    order = {
        "runs": RUNS,
        "deciding": (ROOT / "benchmarks/deciding.py").read_text(encoding="utf-8"),
        "program": PROGRAM,
        "files": {
            name: f"/nearside/riverton/files/{entry.sha256}" for name, entry in live.manifest.files.items()
        },
    }
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
    page = browser.new_page()
    page.goto(city.url)
    page.set_default_timeout(120_000)
    found: dict[str, Any] = page.evaluate(MEASURE, [f"/{base}/bench/worker.js", order])
    browser.close()
    (slots,) = found.pop("slots")
    whole = [sum(parts) for parts in zip(*found.values(), strict=True)]
    return {
        f"Python, whole ({slots:.0f} slots)": whole,
        "  prepare": found["prepare"],
        "  score, by our own kernel": found["score"],
        "  rank, explain, plan": found["decide"],
    }
