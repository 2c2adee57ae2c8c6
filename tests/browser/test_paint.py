"""Nothing moves and nothing blocks: what the loader costs a page, counted and not clocked."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import brotli  # type: ignore[import-untyped]  # it has no types
import pytest
from playwright.sync_api import Browser, expect

from tests.support.browser import Citizen, citizen_of
from tests.support.playing import PlayedCity

pytestmark = pytest.mark.browser

# With the words of four languages, notices for four purposes, and what keeps to a storage that fails.
LOADER_BUDGET_BYTES = 10 * 1024
SHIFT_BUDGET = 0.001
LONG_TASK_US = 50_000
CATEGORIES = ["toplevel", "devtools.timeline", "v8.execute"]
PAINTS = """
() => Object.fromEntries(performance.getEntries()
  .filter(({ name }) => ["nearside:applied", "first-paint", "first-contentful-paint"].includes(name))
  .map(({ name, startTime }) => [name, startTime]))
"""


@pytest.fixture(scope="module")
def trace(city: PlayedCity, chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """What the browser's threads did while a citizen said yes and went on to a personalised page."""
    path = tmp_path_factory.mktemp("trace") / "trace.json"
    with citizen_of(city, chromium) as citizen:
        chromium.start_tracing(page=citizen.page, path=path, categories=CATEGORIES)
        citizen.open("/")
        citizen.accept()
        citizen.planned()
        citizen.open("/")
        expect(citizen.cards).to_have_count(3)
        citizen.planned()
        chromium.stop_tracing()
        yield path


def settled_shifts(citizen: Citizen) -> list[dict[str, Any]]:
    """Return the layout shifts of the page that is open, once fonts and images have come."""
    citizen.page.wait_for_load_state("networkidle")
    citizen.page.wait_for_timeout(500)
    shifts: list[dict[str, Any]] = citizen.page.evaluate("window.nearsideSeen.shifts")
    return shifts


def test_the_loader_keeps_to_its_budget(city: PlayedCity) -> None:
    """The one script that a page waits for: at most ten kibibytes, compressed."""
    loader = (city.edge.folder / "loader.js").read_bytes()
    assert len(brotli.compress(loader)) <= LOADER_BUDGET_BYTES


@pytest.mark.parametrize(("home", "width"), [("/", 1280), ("/", 360), ("/ar", 1280), ("/ar", 360)])
def test_neither_banner_nor_suggestions_move_the_page(
    city: PlayedCity, chromium: Browser, home: str, width: int
) -> None:
    """Nothing that was painted moves: not where the banner asks, not where suggestions stand in for the
    server's list."""
    with citizen_of(city, chromium, viewport={"width": width, "height": 800}) as citizen:
        citizen.open(home)
        expect(citizen.banner).to_be_visible()
        assert sum(shift["value"] for shift in settled_shifts(citizen)) <= SHIFT_BUDGET
        citizen.accept()
        citizen.planned()
        citizen.open(home)
        expect(citizen.cards).to_have_count(3)
        assert sum(shift["value"] for shift in settled_shifts(citizen)) <= SHIFT_BUDGET


def test_suggestions_are_there_before_the_first_paint(city: PlayedCity, chromium: Browser) -> None:
    """The plan is applied before anything is painted, so that there is no first version to see."""
    with citizen_of(city, chromium) as citizen:
        citizen.open("/")
        assert "nearside:applied" not in citizen.page.evaluate(PAINTS)
        citizen.accept()
        citizen.planned()
        for _ in range(3):
            citizen.open("/")
            citizen.planned()
            paints = citizen.page.evaluate(PAINTS)
            assert paints["nearside:applied"] <= paints["first-paint"]


def test_no_task_of_ours_blocks_the_page(trace: Path) -> None:
    """No task in which our script runs on the page's thread takes 50 ms of processor time, worker start and
    all."""
    tasks = list(tasks_with_our_script(json.loads(trace.read_text())["traceEvents"]))
    assert len(tasks) >= 4
    assert max(tasks) <= LONG_TASK_US


def tasks_with_our_script(events: Iterable[dict[str, Any]]) -> Iterator[int]:
    """Yield the processor time, in microseconds, of each task on a page's main thread that runs our code.

    Processor time and not the clock's: other work on the machine is none of our doing.
    """
    events = [event for event in events if "ts" in event]
    mains = {
        (event["pid"], event["tid"])
        for event in events
        if event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain"
    }
    on_page = [event for event in events if event["ph"] == "X" and (event["pid"], event["tid"]) in mains]
    ours = [event for event in on_page if "/nearside/" in json.dumps(event["args"])]
    for task in on_page:
        if task["name"] == "ThreadControllerImpl::RunTask" and any(
            event["pid"] == task["pid"] and task["ts"] <= event["ts"] < task["ts"] + task["dur"]
            for event in ours
        ):
            yield task["tdur"]
