"""Whoever says no, or never says anything, has the server's own page, and nothing else."""

from __future__ import annotations

import hashlib
import json

import pytest
from playwright.sync_api import expect

from consent_ledger import canonical
from consent_ledger.record import Gpc
from demo.stage import AGENCY
from tests.support.browser import (
    ASKS_FOR_PRIVACY,
    LONG_ENOUGH_MS,
    NEVER_BUSY,
    STORAGE_BLOCKED,
    Citizen,
    NewCitizen,
)
from tests.support.playing import PlayedCity

pytestmark = pytest.mark.browser

PAGES = ("/", "/parking/resident-permit", "/help/privacy")


def kept(citizen: Citizen) -> tuple[set[str], set[str], list[object]]:
    """What the browser keeps for this origin: local storage, databases, cookies."""
    databases = citizen.page.evaluate("async () => (await indexedDB.databases()).map(({ name }) => name)")
    return set(citizen.local()), set(databases), [*citizen.context.cookies()]


def asked_for(city: PlayedCity, start: int) -> list[str]:
    """Return the requests since `start` that only someone who said yes has a reason for."""
    parts = ("alerts", "apart", "components", "panel", "question", "reminders", "visit")
    scripts = {f"/nearside/runtime/{city.edge.runtime}/{name}.js" for name in parts}
    # What a page that offers a reminder fetches for everybody: the bundle, and of its files this one.
    dates = hashlib.sha256(canonical.encode(json.loads((AGENCY / "reminders.json").read_bytes()))).hexdigest()
    public = {f"/nearside/riverton/{name}" for name in ("alerts.json", "bundle.json", f"files/{dates}")}
    plain = {"/nearside/loader.js", *public, *scripts}
    ours = ("/nearside/", "/consent", "/contributions")
    return [
        request.path
        for request in city.front.since(start)
        if request.method != "GET" or (request.path.startswith(ours) and request.path not in plain)
    ]


def test_no_leaves_nothing_but_the_choice(city: PlayedCity, new_citizen: NewCitizen) -> None:
    """After a refusal no worker starts, nothing is sent, and all that is kept is that the answer was no."""
    start = len(city.front.seen)
    citizen = new_citizen(NEVER_BUSY)
    citizen.open("/")
    citizen.reject()
    expect(citizen.banner.get_by_role("alert")).to_contain_text("You have rejected suggestions.")
    for path in PAGES:
        citizen.open(path)
        expect(citizen.banner).to_have_count(0)
        expect(citizen.page.locator("nearside-status")).to_have_text("Suggestions are off.")
    citizen.page.wait_for_timeout(LONG_ENOUGH_MS)
    assert kept(citizen) == ({"nearside.choice"}, set(), [])
    assert asked_for(city, start) == []
    assert citizen.page.locator("html").get_attribute("data-nearside") is None
    expect(citizen.page.get_by_role("radio", name="No").first).to_be_checked()


def test_no_answer_is_no(city: PlayedCity, new_citizen: NewCitizen) -> None:
    """Who leaves the banner alone is asked again on each page, and nothing at all is kept or sent."""
    start = len(city.front.seen)
    citizen = new_citizen(NEVER_BUSY)
    for path in PAGES:
        citizen.open(path)
        expect(citizen.banner.get_by_role("button")).to_have_count(2)
        expect(citizen.cards).to_have_count(0)
    assert citizen.page.get_by_role("radio", checked=True).count() == 0
    citizen.page.wait_for_timeout(LONG_ENOUGH_MS)
    assert kept(citizen) == (set(), set(), [])
    assert asked_for(city, start) == []


def test_a_browser_that_asks_for_privacy_is_not_asked(city: PlayedCity, new_citizen: NewCitizen) -> None:
    """Under Global Privacy Control there is no banner and no storage, and the footer says why."""
    start = len(city.front.seen)
    citizen = new_citizen(ASKS_FOR_PRIVACY, NEVER_BUSY)
    for path in PAGES:
        citizen.open(path)
        expect(citizen.page.locator("nearside-status")).to_have_text(
            "Suggestions are off because of your browser’s privacy setting."
        )
        expect(citizen.banner).to_have_count(0)
    citizen.page.wait_for_timeout(LONG_ENOUGH_MS)
    assert kept(citizen) == (set(), set(), [])
    assert asked_for(city, start) == []


def test_an_explicit_yes_wins_over_the_browsers_signal(new_citizen: NewCitizen) -> None:
    """The preferences page says that suggestions are off, and turns them on all the same; the records say
    that the signal was there."""
    citizen = new_citizen(ASKS_FOR_PRIVACY)
    page = citizen.open("/help/privacy")
    expect(page.locator("nearside-preferences")).to_contain_text("You can still turn them on")
    page.locator("#nearside-suggest-on").check()
    page.locator("#nearside-learn-off").check()
    page.get_by_role("button", name="Save my choices").click()
    citizen.planned()
    expect(page.locator("nearside-status")).to_have_text("Suggestions are on.")
    citizen.until(lambda: len(citizen.book()["receipts"]) == 2, "a receipt for each purpose")
    assert citizen.book()["choices"] == {"suggest": "given", "learn": "refused"}
    assert all(record.gpc is Gpc.PRESENT for record in citizen.records())
    citizen.look_at("/parking/resident-permit")
    citizen.open("/")
    expect(citizen.cards).to_have_count(3)


def test_without_script_the_page_is_whole(new_citizen: NewCitizen) -> None:
    """No script: every list is the server's, there is no banner, and the preferences page explains itself."""
    plain = new_citizen(java_script_enabled=False)
    other = new_citizen(STORAGE_BLOCKED)
    for path in PAGES:
        plain.open(path)
        other.open(path)
        lists = plain.page.locator("nearside-recommend")
        expect(lists.locator("li")).to_have_count(3)
        expect(plain.banner).to_have_count(0)
        assert lists.inner_html() == other.page.locator("nearside-recommend").inner_html()
    expect(plain.page.locator("nearside-preferences")).to_contain_text("Suggestions need JavaScript.")


def test_where_storage_is_blocked_nobody_is_asked(city: PlayedCity, new_citizen: NewCitizen) -> None:
    """A choice that could not be kept is not asked for; the page is the server's, and nothing fails."""
    start = len(city.front.seen)
    citizen = new_citizen(STORAGE_BLOCKED)
    for path in PAGES:
        citizen.open(path)
        expect(citizen.banner).to_have_count(0)
        expect(citizen.page.locator("nearside-recommend li")).to_have_count(3)
    expect(citizen.page.get_by_role("radio")).to_have_count(0)
    assert asked_for(city, start) == []
    assert citizen.said == []
