"""A kill switch is a bundle: a worker that outlives many pages hears of it within minutes."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path

from consent_ledger import canonical
from edge_client.wire.rules import Level
from nearside.edge_build import ROOT
from tests.support.city import NOW_S, SITE, City
from tests.support.pair import Pair
from tests.support.ruled import rule, slot, value
from tests.support.worker import WorkerLine, worker_line

SOON_MS = 5 * 60 * 1000
BUNDLE = f"/nearside/{SITE}/bundle.json"


def rules_at(level: Level) -> bytes:
    """One offer to everyone, or the editors' own pages alone."""
    offers = [] if level is Level.EDITORIAL else [rule("tip", items=["/business/start"])]
    slots = [slot("home", ["/"], level=level.value, count=1), slot("related", [], level="editorial")]
    return canonical.encode(value(rules=offers, slots=slots))


async def planned(pair: Pair, line: WorkerLine) -> set[str]:
    """Look at a page; return the pages that something is planned for then."""
    pair.host.shown.clear()
    told = {"choice": None, "forgot": 0, "another": None, "dismissed": []}
    page = {"item": "/bins/new", "lang": "en", "links": []}
    await line.receive("view", json.dumps({"told": told, **page}))
    plans = [json.loads(raw) for kind, raw in pair.host.shown if kind == "plan"]
    return set(plans[-1]["pages"])


def test_a_worker_that_lives_on_looks_for_a_bundle_every_five_minutes(tmp_path: Path) -> None:
    """The editors' own pages come back with the first page after that; nothing was asked meanwhile."""

    async def story() -> None:
        city = City(tmp_path, rules=rules_at(Level.RULES))
        city.publish()
        pair = await Pair(city).open()
        await pair.choose("suggest")
        with worker_line(pair) as line:
            assert await planned(pair, line) == {"/"}
            city.rules = rules_at(Level.EDITORIAL)
            city.publish(now=NOW_S + 1)
            asked = [request.path for request in pair.host.wire].count(BUNDLE)
            pair.host.at_ms += SOON_MS - 1
            assert await planned(pair, line) == {"/"}
            assert [request.path for request in pair.host.wire].count(BUNDLE) == asked
            pair.host.at_ms += 1
            assert await planned(pair, line) == set()

    asyncio.run(story())


def test_a_device_without_python_looks_as_often() -> None:
    """Both have the number, and no server can tell them apart by it."""
    sources = [ROOT / "edge_client/pyodide_host.py", ROOT / "edge_client/web/light/line.js"]
    said = [re.findall(r"^(?:const )?REFRESH_MS = ([0-9* ]+)", file.read_text(), re.M) for file in sources]
    assert said == [["5 * 60 * 1000"], ["5 * 60 * 1000"]]
