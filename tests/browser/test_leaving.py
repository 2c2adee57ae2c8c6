"""Everything at once: downloaded as it is, then deleted; the browser itself says that it holds nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from consent_ledger.record import Status
from tests.support.browser import WORKER_OF_ITS_OWN, Citizen, NewCitizen
from tests.support.playing import PlayedCity, ledger_down

pytestmark = pytest.mark.browser

PANEL = "/help/privacy"
Held = set[tuple[str, str]]
# What a page, and no worker, keeps: as their own parts keep it.
KEPT = """
async (until) => {
  const reminder = { until };
  localStorage.setItem("nearside.flow.business-licences", JSON.stringify({ v: 1, until }));
  localStorage.setItem("nearside.reminder.x", JSON.stringify(reminder));
  localStorage.setItem("nearside.vault", JSON.stringify({ v: 1, until, iv: "", data: "" }));
  sessionStorage.setItem("nearside.alerts.hidden", "[]");
  localStorage.setItem("agency.own", "stays");
  const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt"]);
  const opening = indexedDB.open("nearside");
  const db = await new Promise((done) => { opening.onsuccess = () => done(opening.result); });
  const putting = db.transaction("values", "readwrite");
  putting.objectStore("values").put(key, "vault-key");
  await new Promise((done) => { putting.oncomplete = done; });
  db.close();
}
"""
IN_CACHES = "async () => (await caches.keys()).filter((name) => name.startsWith('nearside'))"


def held(citizen: Citizen, page: Page | None = None) -> Held:
    """Return where this browser holds what of ours, read without any code of ours."""
    page = page or citizen.page
    local, session = (
        page.evaluate(f"() => Object.keys({name}).filter((key) => key.startsWith('nearside'))")
        for name in ("localStorage", "sessionStorage")
    )
    found: Iterable[tuple[str, Iterable[str]]] = (
        ("local", local),
        ("session", session),
        ("database", citizen.store()),
        ("cache", page.evaluate(IN_CACHES)),
    )
    return {(where, key) for where, keys in found for key in keys}


def in_days(days: int) -> str:
    """Return a day to come, as this machine's calendar and so its browser's has it."""
    return (datetime.now().astimezone().date() + timedelta(days=days)).isoformat()


def listed(page: Page) -> Held:
    """Return what the panel says that the browser holds."""
    rows = page.locator(".nearside-stored-list li")
    found = rows.evaluate_all("all => all.map(({ dataset }) => [dataset.where, dataset.key])")
    return {(where, key) for where, key in found}


def filled(new_citizen: NewCitizen, *scripts: str) -> Citizen:
    """Somebody of whom this browser keeps whatever it can, on the panel's page, where a slot is theirs."""
    citizen = new_citizen(*scripts)
    citizen.open("/")
    citizen.accept()
    citizen.planned()
    citizen.look_at("/services?q=parking", "/parking/resident-permit", PANEL)
    citizen.until(lambda: len(citizen.book()["receipts"]) == 2, "a receipt for each purpose")
    citizen.page.evaluate(KEPT, in_days(20))
    citizen.open(PANEL)
    expect(citizen.cards).to_have_count(3)
    citizen.planned()
    return citizen


def downloaded(page: Page) -> dict[str, Any]:
    """Return what is in the file that the panel makes."""
    with page.expect_download() as download:
        page.get_by_role("button", name="Download everything as a file").click()
    file: dict[str, Any] = json.loads(download.value.path().read_bytes())
    return file


def leave(page: Page) -> None:
    """Have everything deleted, and mean it."""
    page.get_by_role("button", name="Delete everything on this device").click()
    page.get_by_role("button", name="Delete everything now").click()


def test_everything_is_in_the_file_and_then_nowhere(city: PlayedCity, new_citizen: NewCitizen) -> None:
    """The list is what the browser holds, the file is what is listed, and after the press neither is left: in
    no storage, in no tab, and on the page that is open, which is the server's own again."""
    stranger = new_citizen()
    default = stranger.open(PANEL).locator("nearside-recommend").inner_html()
    start = len(city.front.seen)
    citizen = filled(new_citizen)
    page = citizen.page
    page.evaluate("window.loadedOnce = true")
    other = citizen.tab()
    citizen.open("/")
    expect(citizen.cards).to_have_count(3)
    citizen.planned()
    citizen.page = page
    page.bring_to_front()
    # What is suggested may rest on a page that is forgotten: it goes from both at once.
    page.get_by_role("button", name="Forget this page: Apply for a resident parking permit").click()
    expect(page.locator(".nearside-known .nearside-noted")).to_be_focused()
    for each in (page, other):
        expect(each.locator("nearside-recommend")).not_to_have_attribute("data-personalised", "")
    citizen.until(
        lambda: "/parking/resident-permit" not in (citizen.store()["profile"] or ""), "it is forgotten"
    )
    citizen.until(lambda: "nearside.untold" not in citizen.local(), "nothing is left to be told")
    before = held(citizen)
    assert {where for where, _ in before} == {"local", "session", "database", "cache"}
    page.locator(".nearside-stored summary").click()
    citizen.until(lambda: listed(page) == held(citizen), "the list is what the browser holds")
    expect(page.locator(".nearside-stored-list")).not_to_contain_text("has no words for")
    file = downloaded(page)
    parts = {
        part: {(each["where"], each["key"]) for each in file[part]} for part in ("kept", "withheld", "alike")
    }
    assert set().union(*parts.values()) == held(citizen)
    assert parts["withheld"] == {
        ("local", "nearside.vault"),
        ("database", "consent-key"),
        ("database", "vault-key"),
    }
    kept = {each["key"]: each for each in file["kept"]}
    assert kept["book"]["json"] == citizen.book()
    assert kept["nearside.flow.business-licences"]["json"] == {"v": 1, "until": in_days(20)}
    assert {item for item, *_ in kept["profile"]["json"]["visits"]} == {"/", "/services", PANEL}
    leave(page)
    status = page.locator(".nearside-everything .nearside-saved")
    expect(status).to_contain_text("Nothing is left.")
    expect(status).to_be_focused()
    assert citizen.store() == {}
    # What another tab had and lets go now: a browser tells its other processes a moment later.
    citizen.until(lambda: held(citizen) == set(), "nothing is left")
    assert citizen.local() == {"agency.own": "stays"}
    assert listed(page) == set()
    assert page.locator("nearside-recommend").inner_html() == default
    assert page.evaluate("window.loadedOnce") is True
    expect(page.locator(".nearside-known")).to_contain_text("keeps no list of pages")
    expect(page.locator("dl.nearside-receipt")).to_have_count(0)
    assert city.recorded(start) == [Status.GIVEN, Status.GIVEN, Status.WITHDRAWN, Status.WITHDRAWN]
    citizen.until(lambda: held(citizen, other) == set(), "nothing is left in the other tab")
    # The other tab goes on, and is somebody whom nobody knows.
    other.locator("a[href='/parking/zones'], a[href^='/parking']").first.click()
    citizen.page = other
    expect(citizen.banner).to_be_visible()
    assert held(citizen) == set()
    assert downloaded(page)["kept"] == []
    assert citizen.said == []


def test_what_is_owed_to_a_ledger_that_is_down_goes_once_it_is_taken(
    city: PlayedCity, new_citizen: NewCitizen
) -> None:
    """Two withdrawals wait, named with the reason; nothing about the citizen is left with them, and after the
    next page nothing at all. Nobody is recorded to have refused anything."""
    start = len(city.front.seen)
    citizen = filled(new_citizen, WORKER_OF_ITS_OWN)
    page = citizen.page

    owed = {("local", "nearside.choice"), ("database", "book"), ("database", "consent-key")}
    more = {("database", "sent"), ("database", "pins"), ("cache", "nearside-python")}
    with city.front.answering(ledger_down):
        leave(page)
        place = page.locator(".nearside-everything")
        expect(place).to_contain_text("except for what is still owed")
        citizen.until(lambda: held(citizen) - more == owed, "what is owed, and what sends it")
        expect(
            place.locator(".nearside-left li").filter(has_text="The records of your choices")
        ).to_have_count(1)
        expect(place).to_contain_text("They go by themselves")
        expect(place).not_to_contain_text("Nothing is left")
        expect(page.locator("nearside-recommend")).not_to_have_attribute("data-personalised", "")
        assert len(citizen.book()["pending"]) == 2
    citizen.open("/parking/visitor-permit")
    expect(citizen.banner).to_have_count(0)
    citizen.until(lambda: held(citizen) == set(), "nothing is left")
    assert city.recorded(start) == [Status.GIVEN, Status.GIVEN, Status.WITHDRAWN, Status.WITHDRAWN]
    citizen.open("/parking/visitor-permit")
    expect(citizen.banner).to_be_visible()
    assert held(citizen) == set()


def test_whoever_never_said_yes_leaves_without_a_worker(city: PlayedCity, new_citizen: NewCitizen) -> None:
    """Nobody has to be told: what was kept by a button goes on this page alone; nothing is sent for it."""
    citizen = new_citizen()
    page = citizen.open(PANEL)
    citizen.reject()
    page.evaluate("until => localStorage.setItem('nearside.flow.x', JSON.stringify({ until }))", in_days(3))
    start = len(city.front.seen)
    leave(page)
    expect(page.locator(".nearside-everything .nearside-saved")).to_contain_text("Nothing is left.")
    assert held(citizen) == set()
    asked = [request.path for request in city.front.since(start)]
    assert not any("worker" in path or path.startswith("/consent") for path in asked)
