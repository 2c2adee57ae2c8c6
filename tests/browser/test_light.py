"""Devices without room for Python and a model, or without WebAssembly: the agency's rules all the same."""

from __future__ import annotations

import json

import brotli  # type: ignore[import-untyped]  # it has no types
import pytest
from playwright.sync_api import expect

from edge_client.device import CONSENT_PATH
from nearside.local.messages import HttpRequest
from tests.support.browser import WORKER_OF_ITS_OWN, Citizen, NewCitizen
from tests.support.playing import PlayedCity

pytestmark = pytest.mark.browser

LIGHT_BUDGET_BYTES = 28 * 1024
TASKS = ["/parking/resident-permit", "/schools/apply-school-place", "/benefits/rent-help"]
BEGUN = "You began “{title}” and have not finished."
# Until the test says by a cookie that there is room.
SAVES_DATA = """
Object.defineProperty(Navigator.prototype, "connection", {
  get: () => ({ saveData: !document.cookie.includes("room=yes") }),
});
"""
LITTLE_MEMORY = 'Object.defineProperty(Navigator.prototype, "deviceMemory", { get: () => 1 });'
NO_WASM = "delete window.WebAssembly;"
SHIFTS = "() => window.nearsideSeen.shifts.filter(({ hadRecentInput }) => !hadRecentInput).length"
MENU = """
() => {
  const { x, y, width } = document.querySelector("header").getBoundingClientRect();
  return [x, y, width];
}
"""


def is_heavy(request: HttpRequest, city: PlayedCity) -> bool:
    """Whether it asks for Python, a part of it, or a model."""
    model = json.loads(city.stage.deployment.shelf.read(f"nearside/{city.catalogue.site}/bundle.json"))[
        "manifest"
    ]
    files = json.loads(model.split("\n")[1])["files"]
    names = (".wasm", ".whl", "/python/", "/pyodide/", "/ort/", "/worker.js", files["model.onnx"]["sha256"])
    return any(name in request.path for name in names)


def titles_of(city: PlayedCity) -> dict[str, str]:
    """The title of every page."""
    return {item.id: item.title for item in city.catalogue.items}


def begin_tasks(citizen: Citizen) -> None:
    """Open the forms of three tasks, and the page that suggests going on with them."""
    citizen.look_at(*(f"{task}/apply" for task in TASKS), "/")
    expect(citizen.cards).to_have_count(len(TASKS))


def shown(citizen: Citizen) -> list[tuple[str | None, str]]:
    """What each card suggests, and why."""
    return [
        (card.get_attribute("data-item"), card.locator(".nearside-reason").text_content() or "")
        for card in citizen.cards.all()
    ]


def test_a_device_that_saves_data_goes_on_where_python_does(
    city: PlayedCity, new_citizen: NewCitizen
) -> None:
    """Rules without model and Python: consent with its receipts, cards with their reasons, nothing moved; and
    with room again Python goes on with the same profile, and back."""
    start = len(city.front.seen)
    citizen = new_citizen(SAVES_DATA, WORKER_OF_ITS_OWN)
    citizen.open("/")
    citizen.accept()
    citizen.planned()
    citizen.open("/")
    expect(citizen.page.locator("h1")).to_be_visible()
    menu = citizen.page.evaluate(MENU)
    citizen.until(lambda: len(citizen.book()["receipts"]) == 2, "both receipts")
    assert [record.purpose.value for record in citizen.records()] == ["suggest", "learn"]
    begin_tasks(citizen)
    titles = titles_of(city)
    assert shown(citizen) == [(task, BEGUN.format(title=titles[task])) for task in TASKS]
    assert (citizen.page.evaluate(MENU), citizen.page.evaluate(SHIFTS)) == (menu, 0)
    citizen.planned()
    asked = city.front.since(start)
    assert [request.path for request in asked if is_heavy(request, city)] == []
    before = citizen.profile()
    assert {visit.item for visit in before.visits} >= {f"{task}/apply" for task in TASKS}

    citizen.context.add_cookies([{"name": "room", "value": "yes", "url": city.url}])
    citizen.look_at("/waste/collection-days")
    assert any(is_heavy(request, city) for request in city.front.since(start + len(asked)))
    heavy = citizen.profile()
    assert heavy.visits[: len(before.visits)] == before.visits
    assert heavy.visits[-1].item == "/waste/collection-days"

    citizen.context.clear_cookies()
    citizen.look_at(f"{TASKS[0]}/done", "/")
    assert citizen.profile().visits[: len(heavy.visits)] == heavy.visits
    # Two tasks do not fill three places: one of the server's own cards stays behind them.
    citizen.open("/")
    expect(citizen.cards).to_have_count(len(TASKS))
    decided = [card.get_attribute("data-item") for card in citizen.cards.all()]
    assert decided == [*TASKS[1:], None]
    assert len(citizen.book()["receipts"]) == 2
    assert citizen.said == []


def want_again(citizen: Citizen) -> None:
    """Take back in the panel that a task is not relevant; the next plan has it again."""
    citizen.open("/help/privacy")
    known = citizen.page.locator(".nearside-known")
    known.get_by_role("button", name="Show again").click()
    expect(known.get_by_role("status")).to_be_focused()
    citizen.until(lambda: citizen.profile().dismissed == frozenset(), "it is taken back")
    citizen.look_at("/")
    assert TASKS[0] in {item[0] for item in citizen.plan()["items"]}


def withdraw(citizen: Citizen) -> None:
    """Say no to everything."""
    citizen.withdraw()
    citizen.until(lambda: "profile" not in citizen.store(), "what was kept to be gone")
    citizen.until(lambda: len(citizen.book()["receipts"]) == 4, "receipts of both withdrawals")


def delete_everything(citizen: Citizen, start: int) -> None:
    """Have everything deleted: both withdrawals arrive at the ledger first; the page says what is left."""
    page, front = citizen.page, citizen.city.front
    expect(page.locator(".nearside-copies")).to_contain_text("This browser cannot ask for that")
    expect(page.get_by_role("button", name="Delete the agency’s copy of my records")).to_have_count(0)
    page.get_by_role("button", name="Delete everything on this device").click()
    page.get_by_role("button", name="Delete everything now").click()
    expect(page.locator(".nearside-everything")).to_contain_text("Nothing is left.")
    assert citizen.store() == {}
    assert [key for key in citizen.local() if key.startswith("nearside")] == []
    records = [each for each in front.since(start) if each.path == CONSENT_PATH]
    assert len({each.body for each in records}) == 4


@pytest.mark.parametrize("script", [LITTLE_MEMORY, NO_WASM], ids=["little memory", "no webassembly"])
def test_rules_need_neither_memory_nor_webassembly(
    city: PlayedCity, new_citizen: NewCitizen, script: str
) -> None:
    """The page is there, the menu stays, and the cards by rules come, in either language; what the device
    knows is shown, and what is not relevant taken back. A withdrawal erases it and is logged; so does having
    everything deleted, and nothing is left then."""
    start = len(city.front.seen)
    citizen = new_citizen(script, WORKER_OF_ITS_OWN)
    citizen.open("/")
    expect(citizen.page.locator("h1")).to_be_visible()
    citizen.accept()
    citizen.planned()
    begin_tasks(citizen)
    assert [item for item, _ in shown(citizen)] == TASKS
    citizen.cards.first.locator(".nearside-no").click()
    citizen.until(lambda: TASKS[0] in citizen.profile().dismissed, "a dismissal that is kept")
    want_again(citizen)
    citizen.open("/ar")
    expect(citizen.cards).to_have_count(0)  # decided in the language of the page before
    citizen.planned()
    citizen.open("/ar")
    expect(citizen.cards).to_have_count(len(TASKS))
    assert citizen.page.evaluate(SHIFTS) == 0
    citizen.planned()
    assert citizen.profile().visits
    citizen.open("/help/privacy")
    preferences = citizen.page.locator("nearside-preferences")
    expect(preferences).to_contain_text(titles_of(city)[TASKS[0]])
    if script == NO_WASM:
        delete_everything(citizen, start)
    else:
        withdraw(citizen)
    assert [request.path for request in city.front.since(start) if is_heavy(request, city)] == []
    assert citizen.said == []


def test_the_light_part_is_small(city: PlayedCity) -> None:
    """All that such a device fetches in the place of Python, model and WebAssembly."""
    light = (city.edge.folder / "runtime" / city.edge.runtime / "light.js").read_bytes()
    assert len(brotli.compress(light)) <= LIGHT_BUDGET_BYTES
