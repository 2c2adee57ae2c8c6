"""One decision in the worker: what Python costs over the model alone. Part of `benchmarks.first_visit`."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Playwright

from nearside.edge_build import ROOT
from nearside.publishing import live_bundle
from tests.support.browser import CHROMIUM, QUIET
from tests.support.playing import PlayedCity

RUNS = 30
VISITED = ("/", "/parking/resident-permit", "/parking/zones", "/waste/new-bin", "/local-tax/pay")

# Runs in Pyodide, beside the model: the device's own code, part by part.
PROGRAM = f"""
import json, random, time
from edge_client.bundle import Candidate, Pins, open_bundle
from edge_client.crossing import Crossing
from edge_client.decision import decide, prepare
from edge_client.dice import Dice
from edge_client.events import PageViewed
from edge_client.profile import Profile
from edge_client.pyodide_host import BrowserHost
from edge_client.shown import Shown
from edge_client.told import Told
from edge_client.wire.bundle import PublishedBundle
from edge_client.wire.paths import ItemId

candidate = Candidate(PublishedBundle.from_bytes(bundle_text.encode()).manifest, Pins(), ())
bundle = open_bundle(candidate, {{name: bytes(raw) for name, raw in files.items()}})
profile = Profile()
for at, item in enumerate({VISITED!r}):
    profile = profile.visited(ItemId(item), at_ms=1_795_000_000_000 + at * 60_000, keep_days=90)
page = ItemId({VISITED[-1]!r})
links = [item.id for item in bundle.catalogue.items if item.lang == "en"][:30]
view = PageViewed(page, "en", tuple(links), 1_795_000_300_000)
scorer = BrowserHost(host)
parts = {{"prepare": [], "score": [], "decide": []}}
for run in range(runs + 3):
    begun = time.perf_counter()
    question = prepare(view, profile=profile, told=Told(), shown=Shown(), bundle=bundle)
    asked = time.perf_counter()
    answers = await scorer.candidates(question.questions)
    answered = time.perf_counter()
    decide(question, answers, bundle=bundle, hidden=Dice(random.Random(run).randbytes))
    ended = time.perf_counter()
    if run >= 3:
        for name, spent in (("prepare", asked - begun), ("score", answered - asked), ("decide", ended -
        answered)): parts[name].append(spent * 1000)
crossing = Crossing.of(question.questions)
asked = [list(crossing.numbers), list(crossing.weights), list(crossing.masks), crossing.pages]
json.dumps({{"parts": parts, "asked": asked, "questions": len(question.questions)}})
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
    """Return milliseconds a decision: each part in Python, and the same scores and orders in JavaScript
    alone."""
    shelf, base = city.stage.deployment.shelf, f"nearside/runtime/{city.edge.runtime}"
    web = ROOT / "edge_client/web"
    for file in (web / "model.js", web / "onnx.js", *(web / "kernel").iterdir()):
        shelf.write(f"{base}/{file.relative_to(web).as_posix()}", file.read_bytes(), immutable=False)
    worker = (ROOT / "benchmarks/inference_worker.js").read_bytes()
    shelf.write(f"{base}/bench/worker.js", worker, immutable=False)
    live = live_bundle(shelf, "riverton")
    if live is None:
        raise RuntimeError("inference: no bundle is published")
    order = {
        "runs": RUNS,
        "program": PROGRAM,
        "bundle": "/nearside/riverton/bundle.json",
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
    whole = [sum(parts) for parts in zip(found["prepare"], found["score"], found["decide"], strict=True)]
    return {
        f"Python, whole ({found['questions']} slots)": whole,
        "  prepare": found["prepare"],
        "  score, by our own kernel": found["score"],
        "  rank, explain, plan": found["decide"],
        "JavaScript alone: the same answers": found["alone"],
    }
