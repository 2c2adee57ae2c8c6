"""Rules that a visitor can see: a first visit, a task that was begun, and its end; in both languages."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from edge_client.told import Told
from edge_client.wire.paths import ItemId
from tests.support.browser import PATIENCE_MS, Citizen, citizen_of
from tests.support.playing import PlayedCity

pytestmark = pytest.mark.browser

FIRST_STEPS = "/waste/collection-days"
PERMIT = "/parking/resident-permit"
WORDS = {
    "": ("This is your first visit on this device.", "You began “{title}” and have not finished."),
    "/ar": ("هذه زيارتك الأولى على هذا الجهاز.", "بدأت «{title}» ولم تنته منها بعد."),
}


def first_card(citizen: Citizen, home: str) -> tuple[str | None, str]:
    """Open the home page; return what its first card suggests, and why."""
    citizen.open(home)
    expect(citizen.cards).to_have_count(3)
    card = citizen.cards.first
    card.locator(".nearside-why").click()
    found = card.get_attribute("data-item"), card.locator(".nearside-reason").inner_text()
    citizen.planned()
    return found


@pytest.mark.parametrize("lang", ["", "/ar"], ids=["en", "ar"])
def test_a_task_that_was_begun_comes_first_until_it_is_done(
    city: PlayedCity, chromium: Browser, lang: str
) -> None:
    """On a first visit what most people come for; once a form was opened, the way back to it; and after it
    was sent, no more."""
    first_visit, begun = WORDS[lang]
    with citizen_of(city, chromium) as citizen:
        citizen.open(lang or "/")
        citizen.accept()
        citizen.planned()
        assert first_card(citizen, lang or "/") == (f"{lang}{FIRST_STEPS}", first_visit)
        citizen.look_at(f"{lang}{PERMIT}")
        title = citizen.page.locator("h1").inner_text()
        citizen.look_at(f"{lang}{PERMIT}/apply?full-name=canary")
        assert first_card(citizen, lang or "/") == (f"{lang}{PERMIT}", begun.format(title=title))
        citizen.look_at(f"{lang}{PERMIT}/done?full-name=canary")
        assert first_card(citizen, lang or "/") == (f"{lang}{FIRST_STEPS}", first_visit)
        assert "canary" not in str(citizen.store()) + str(citizen.local())
        assert citizen.said == []


def test_what_was_decided_for_this_visit_is_not_shown_on_the_next(
    city: PlayedCity, chromium: Browser
) -> None:
    """Half an hour later it is no first visit any more: the first page of the next visit knows that."""
    with citizen_of(city, chromium) as citizen:
        citizen.open("/")
        citizen.accept()
        citizen.planned()
        plan = citizen.plan()
        (today,), (later,) = (
            {items[0][1] for items in pages["/"].values() if items[0][1] in ("first", "returning")}
            for pages in (plan["pages"], plan["later"]["pages"])
        )
        assert (today, later) == ("first", "returning")
        citizen.page.evaluate(
            """() => {
              const plan = JSON.parse(localStorage.getItem("nearside.plan"));
              plan.later.from = Date.now() - 1;
              localStorage.setItem("nearside.plan", JSON.stringify(plan));
            }"""
        )
        assert first_card(citizen, "/")[1] == "You have been here before, on this device."


PINNED = """
(told) => new Promise((resolve, reject) => {
  const request = indexedDB.open("nearside", 1);
  request.onsuccess = () => {
    const transaction = request.result.transaction("values", "readwrite");
    transaction.objectStore("values").put(new TextEncoder().encode(told), "told");
    transaction.oncomplete = () => resolve(request.result.close());
  };
  request.onerror = () => reject(request.error);
})
"""


def test_a_visit_for_someone_else_is_forgotten_and_a_pin_let_go(city: PlayedCity, chromium: Browser) -> None:
    """The panel parts what was seen from what was told; each button says what it did, and keeps the focus."""
    with citizen_of(city, chromium) as citizen:
        citizen.open("/")
        citizen.accept()
        citizen.planned()
        citizen.page.evaluate(PINNED, Told(pins={"home": (ItemId("/parking/zones"),)}).to_bytes().decode())
        citizen.look_at(PERMIT)
        assert first_card(citizen, "/") == ("/parking/zones", "You pinned this.")
        page = citizen.open("/help/privacy")
        known = page.locator(".nearside-known")
        expect(known).to_contain_text("You pinned these pages.", timeout=PATIENCE_MS)
        expect(known).to_contain_text("You looked at these pages.")
        known.get_by_role("button", name="Unpin").click()
        expect(known.get_by_role("status")).to_be_focused()
        expect(known).not_to_contain_text("You pinned these pages.")
        expect(known.get_by_role("status")).to_be_focused()
        known.get_by_role("button", name="This visit was for someone else").click()
        expect(known.get_by_role("status")).to_contain_text("It says nothing about you.")
        expect(known).not_to_contain_text("You looked at these pages.")
        expect(known.get_by_role("status")).to_be_focused()
        assert citizen.profile().visits == ()
        assert citizen.said == []
