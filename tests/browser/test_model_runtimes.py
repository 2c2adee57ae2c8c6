"""Which runtime scores: our own kernel of a few kilobytes, and ONNX Runtime Web for any graph but ours."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from demo.stage import AGENCY
from lambdas.shared.publishing.bundle_files import BundleFiles, read_files
from lambdas.shared.publishing.live_bundle import live_bundle
from lambdas.shared.publishing.publication import publish
from tests.support.browser import WORKER_OF_ITS_OWN, NewCitizen
from tests.support.other_graphs import by_another_graph
from tests.support.playing import PlayedCity

# The city is set up, two bundles are published, and Python starts anew on every page.
pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

LOOKED_AT = ("/parking/resident-permit", "/parking/visitor-permit")
SURE = 2
"""Of each list so many come by their score; chance may put another page in the last place."""
DRAWN = {
    slot["slot"] for slot in json.loads((AGENCY / "rules.json").read_bytes())["slots"] if "sway_milli" in slot
}
"""Slots whose order is drawn from what was made of suggestions before: no two devices need agree on it."""


def live_files(city: PlayedCity) -> BundleFiles:
    deployment = city.stage.deployment
    bundle = live_bundle(deployment.shelf, "riverton", log=deployment.log, keys=deployment.keys())
    assert bundle is not None
    return read_files(deployment.shelf, bundle.manifest)


def put(city: PlayedCity, files: BundleFiles) -> None:
    deployment = city.stage.deployment
    publish(
        files,
        shelf=deployment.shelf,
        signer=deployment.agency_signer(),
        log=deployment.log,
        keys=deployment.keys(),
        now=int(time.time()),
    )


@pytest.fixture
def another_graph(city: PlayedCity) -> Iterator[None]:
    """The city's model says the same by a graph that is not ours; its own file is live again afterwards."""
    before = live_files(city)
    model = by_another_graph(before.by_name["model.onnx"])
    card = json.loads(before.by_name["model.json"])
    card["file"] = {"bytes": len(model), "sha256": hashlib.sha256(model).hexdigest()}
    printed = json.dumps(card, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    put(city, replace(before, by_name={**before.by_name, "model.onnx": model, "model.json": printed}))
    yield
    put(city, before)


def visit(city: PlayedCity, new_citizen: NewCitizen) -> tuple[dict[str, Any], list[str]]:
    """Say yes and look at two pages; return the sure part of the plan, and the runtime files asked for."""
    start = len(city.front.seen)
    citizen = new_citizen(WORKER_OF_ITS_OWN)
    citizen.open("/")
    citizen.accept()
    citizen.planned()
    citizen.look_at(*LOOKED_AT)
    plan = citizen.plan()
    sure = {
        page: {
            slot: [[plan["items"][at][0], why] for at, why, _ in shown[:SURE]]
            for slot, shown in slots.items()
            if slot not in DRAWN
        }
        for page, slots in plan["pages"].items()
    }
    return sure, [request.path for request in city.front.since(start) if "/runtime/" in request.path]


def test_our_own_model_needs_no_large_runtime(city: PlayedCity, new_citizen: NewCitizen) -> None:
    """From the first yes to a plan, nothing of ONNX Runtime Web is asked for."""
    plan, asked = visit(city, new_citizen)
    assert len(plan) > 1
    assert any(path.endswith("/worker.js") for path in asked)
    assert not [path for path in asked if "/ort/" in path]


def test_a_graph_of_another_kind_runs_too_and_says_the_same(
    city: PlayedCity, new_citizen: NewCitizen, request: pytest.FixtureRequest
) -> None:
    """The same model as a graph that our kernel does not know: ONNX Runtime Web is fetched, the same pages
    are suggested for the same reasons."""
    ours, _ = visit(city, new_citizen)
    request.getfixturevalue("another_graph")
    plan, asked = visit(city, new_citizen)
    assert {path.rpartition("/")[2] for path in asked if "/ort/" in path} == {
        "ort.wasm.min.mjs",
        "ort-wasm-simd-threaded.mjs",
        "ort-wasm-simd-threaded.wasm",
    }
    # A plan holds as many pages as its bytes allow: what was drawn may leave room for another.
    both = plan.keys() & ours.keys()
    assert len(both) > 10
    assert {page: plan[page] for page in both} == {page: ours[page] for page in both}
