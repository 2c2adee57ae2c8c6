"""A tab apart: for someone else, or on a shared computer. Nothing of it is in the citizen's own, nor the
reverse."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from consent_ledger.record import Status
from edge_client.profile import Profile
from tests.support.browser import WORKER_OF_ITS_OWN, Citizen, citizen_of
from tests.support.playing import PlayedCity, ledger_down

pytestmark = pytest.mark.browser

OTHER, SHARED = "I am doing this for someone else", "This is a shared computer"
# As after a crash: the tab comes back with what it held, and was not left as pages are.
CRASH = """addEventListener("pagehide", () => {
  sessionStorage["nearside.apart"] = JSON.stringify({ kind: "shared", left: 0 });
})"""
# However busy this machine is, the agency has time to hear of it before the shared computer's tab begins.
PATIENT = """(() => {
  const later = setTimeout;
  window.setTimeout = (act, ms) => later(act, ms >= 20_000 ? ms * 3 : ms);
})()"""
IMPATIENT = "(() => { const later = setTimeout; window.setTimeout = (act, ms) => later(act, ms / 5); })()"
SAVES_DATA = "Object.defineProperty(Navigator.prototype, 'connection', { get: () => ({ saveData: true }) })"
HEAVY = (".wasm", ".whl", "/python/", "/pyodide/", "/ort/", "/worker.js")
LATER = "(by) => { const now = Date.now; Date.now = () => now() + by; }"


def tab(page: Page) -> dict[str, str]:
    """What the tab's own storage has of ours."""
    kept: dict[str, str] = page.evaluate("({ ...sessionStorage })")
    return {name: text for name, text in kept.items() if name.startswith("nearside.")}


def own(citizen: Citizen) -> dict[str, Any]:
    """Everything that this browser keeps of the citizen's own."""
    return {"local": citizen.local(), "store": citizen.store()}


def settled(citizen: Citizen) -> None:
    """Wait until nothing of a choice is on its way any more."""
    citizen.until(lambda: citizen.choice()["notice"] is None, "the receipts")
    citizen.until(lambda: "nearside.untold" not in citizen.local(), "all is taken in")


def begin(page: Page, words: str) -> None:
    """Begin a tab apart by its button, at the foot of every page."""
    page.get_by_role("button", name=words).click()
    expect(page.locator(".nearside-apart-strip")).to_be_visible()


def test_what_is_done_for_someone_else_is_kept_apart_both_ways(city: PlayedCity, chromium: Browser) -> None:
    """An attack from both sides: nothing looked at, decided or answered apart is in the own profile, which is
    the same to the byte afterwards; and nothing of the own is in what is suggested or kept apart."""
    with citizen_of(city, chromium, bypass_csp=True, viewport={"width": 375, "height": 800}) as citizen:
        page = citizen.open("/")
        citizen.accept()
        citizen.planned()
        citizen.look_at("/schools/term-dates", "/waste/collection-days")
        settled(citizen)
        before = own(citizen)
        begin(page, OTHER)
        assert "nearside.plan" not in tab(page)
        expect(page.locator("[data-personalised]")).to_have_count(0)
        for path in ("/parking/resident-permit", "/parking/zones"):
            citizen.look_at(path)
            expect(page.locator(".nearside-apart-strip")).to_contain_text("for someone else")
        day = datetime.now(UTC).date()
        citizen.look_at("/parking/resident-permit")
        for place, number in enumerate((day.day, day.month, day.year)):
            page.locator("nearside-reminder input").nth(place).fill(str(number))
        page.locator("nearside-reminder button").first.click()
        expect(page.locator("nearside-reminder .nearside-saved")).to_be_visible()
        assert "nearside.reminder.resident-permit" in tab(page)
        citizen.until(lambda: "nearside.device.profile" in tab(page), "the tab's profile")
        apart = Profile.from_bytes(tab(page)["nearside.device.profile"].encode())
        # The page on which it began may have been left before it was taken in.
        looked_at = {visit.item for visit in apart.visits} - {"/waste/collection-days"}
        assert looked_at == {"/parking/resident-permit", "/parking/zones"}
        assert own(citizen) == before
        assert citizen.violations() == []
        assert page.evaluate("document.documentElement.scrollWidth") == 375
        citizen.open("/help/privacy")
        expect(page.locator(".nearside-known")).to_have_count(0)
        other = page
        citizen.tab()
        citizen.look_at("/help/about")
        assert "/parking/zones" not in str(own(citizen))
        assert tab(citizen.page) == {}
        own_now = own(citizen)
        other.get_by_role("button", name="End, and delete it").click()
        expect(other.locator(".nearside-apart-strip")).to_have_count(0)
        expect(other.locator(".nearside-known")).to_have_count(1)
        assert tab(other) == {}
        assert own(citizen)["store"].keys() == own_now["store"].keys()
        assert "parking" not in str(own(citizen)["store"]["profile"])
        assert citizen.said == []


def test_a_shared_computer_keeps_nothing_beyond_fifteen_idle_minutes_or_a_crash(
    city: PlayedCity, chromium: Browser
) -> None:
    """What was there is deleted first; a yes counts for the tab alone and sends no record; it ends by itself,
    and after a crash the next page erases before it reads."""
    with citizen_of(city, chromium) as citizen:
        page = citizen.open("/")
        citizen.accept()
        citizen.planned()
        settled(citizen)
        page.evaluate(PATIENT)
        begin(page, SHARED)
        assert set(citizen.local()) == {"nearside.shared"}
        before = citizen.store()
        assert before == {}
        assert citizen.page.locator(".nearside-apart-strip p").count() == 1
        citizen.accept()
        citizen.planned()
        citizen.look_at("/parking/zones")
        citizen.until(lambda: "nearside.device.profile" in tab(page), "the tab's profile")
        citizen.open("/parking/resident-permit/renew")
        expect(page.locator("nearside-keep").get_by_role("button")).to_have_count(0)
        assert citizen.store() == before
        page.evaluate(CRASH)
        citizen.open("/")
        expect(page.locator(".nearside-apart-strip")).to_be_visible()
        assert set(tab(page)) == {"nearside.apart"}
        citizen.accept()
        citizen.planned()
        page.evaluate(LATER, 14 * 60_000)
        page.evaluate("dispatchEvent(new Event('visibilitychange'))")
        assert "nearside.choice" in tab(page)
        page.evaluate(LATER, 2 * 60_000)
        with page.expect_navigation():
            page.evaluate("dispatchEvent(new Event('visibilitychange'))")
        expect(page.locator(".nearside-apart-strip")).to_have_count(0)
        assert tab(page) == {}
        citizen.until(lambda: (citizen.local(), citizen.store()) == ({}, {}), "nothing is left")
        expect(citizen.banner).to_be_visible()
        assert citizen.said == []


def test_what_a_shared_computer_still_owes_of_before_is_no_yes_and_goes_with_the_next_page(
    city: PlayedCity, chromium: Browser
) -> None:
    """An attack on whoever comes next: while a ledger is down, a yes of before is taken back all the same,
    nothing but its records stays, the strip says so, and the first page after it sends and deletes them."""
    start = len(city.front.seen)

    with citizen_of(city, chromium, WORKER_OF_ITS_OWN) as citizen:
        page = citizen.open("/")
        citizen.accept()
        citizen.planned()
        settled(citizen)
        other = citizen.tab()  # of before, and open meanwhile: it ends nothing of this
        citizen.open("/help/about")
        citizen.page = page
        page.evaluate(IMPATIENT)
        with city.front.answering(ledger_down):
            begin(page, SHARED)
            strip = page.locator(".nearside-apart-strip")
            expect(strip).to_contain_text("are not deleted yet")
            assert set(citizen.local()) == {"nearside.shared", "nearside.choice"}
            assert (citizen.choice()["given"], citizen.choice()["leaving"]) == ([], True)
            assert citizen.store().keys() <= {"book", "consent-key", "pins", "sent"}
            expect(citizen.banner).to_be_visible()
            other.close()
        page.get_by_role("button", name="End, and delete everything").click()
        citizen.until(lambda: (citizen.local(), citizen.store()) == ({}, {}), "nothing is left")
    assert city.recorded(start) == [Status.GIVEN, Status.GIVEN, Status.WITHDRAWN, Status.WITHDRAWN]


def test_without_room_a_tab_apart_goes_on_by_rules_alone(city: PlayedCity, chromium: Browser) -> None:
    """No byte of Python is fetched and nothing sent; what the small script learns lies in the tab, from one
    page to the next, and in no database."""
    start = len(city.front.seen)
    with citizen_of(city, chromium, SAVES_DATA, WORKER_OF_ITS_OWN) as citizen:
        page = citizen.open("/")
        begin(page, SHARED)
        citizen.accept()
        citizen.planned()
        citizen.look_at("/parking/zones", "/parking/visitor-permit")
        expected = {"/parking/zones", "/parking/visitor-permit"}

        def visited() -> set[str]:
            kept = tab(page).get("nearside.device.profile")
            return {visit.item for visit in Profile.from_bytes(kept.encode()).visits} if kept else set()

        citizen.until(lambda: visited() >= expected, "both pages, in the tab's profile")
        assert set(citizen.local()) == {"nearside.shared"}
        assert page.evaluate("indexedDB.databases()") == []
        asked = city.front.since(start)
        assert [each.path for each in asked if any(name in each.path for name in HEAVY)] == []
        assert [each.path for each in asked if each.path.startswith(("/consent", "/contributions"))] == []
        assert citizen.said == []


def test_nothing_is_collected_or_asked_on_a_page_for_children(city: PlayedCity, chromium: Browser) -> None:
    """With a yes on the pages before: the worker hears nothing of it, and not even a choice is offered."""
    child = (
        "document.addEventListener('readystatechange',"
        " () => document.body?.setAttribute('data-audience', 'child'))"
    )
    with citizen_of(city, chromium) as citizen:
        citizen.open("/")
        citizen.accept()
        citizen.planned()
        settled(citizen)
        before = own(citizen)
        citizen.tab().add_init_script(child)
        page = citizen.open("/schools/term-dates")
        page.wait_for_load_state("networkidle")
        expect(page.locator("[data-personalised]")).to_have_count(0)
        expect(page.get_by_role("button", name=OTHER)).to_have_count(0)
        assert page.evaluate("document.documentElement.dataset.nearside") is None
        assert own(citizen) == before
