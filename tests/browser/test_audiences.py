"""Rules that a visitor can see: a first visit, a task that was begun, and its end; in both languages."""

from __future__ import annotations

from dataclasses import replace

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

IN_WORDS = {
    "": (
        "Who are you here for? A business",
        "/business/start",
        "You told us that this is for you.",
        "Take back",
    ),
    "/ar": (
        "من أجل من أنت هنا؟ نشاط تجاري",
        "/ar/business/which-licences",
        "أخبرتنا أن هذا يخصك.",
        "سحب الإجابة",
    ),
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


@pytest.mark.parametrize("lang", ["", "/ar"], ids=["en", "ar"])
def test_who_says_that_it_is_for_a_business_finds_where_one_begins(
    city: PlayedCity, chromium: Browser, lang: str
) -> None:
    """The home page is another one from then on, and says why; the settings have the answer in the words of
    the page where it was given, and without it the home page is as it was."""
    answered, where, told, take_back = IN_WORDS[lang]
    with citizen_of(city, chromium) as citizen:
        page = citizen.open(lang or "/")
        citizen.accept()
        citizen.planned()
        citizen.look_at(lang or "/")
        card = page.locator(f'nearside-recommend[slot="home"] [data-item="{where}"]')
        expect(citizen.cards).to_have_count(3)
        expect(page.get_by_text(told)).to_have_count(0)
        with page.expect_navigation():
            page.locator("nearside-question").locator("[data-option=business]").click()
        citizen.planned()
        expect(page.locator("h1")).to_be_visible()
        assert "role" not in page.url
        citizen.look_at(lang or "/")
        card.locator(".nearside-why").click()
        expect(card.locator(".nearside-reason")).to_have_text(told)
        citizen.open(f"{lang}/help/privacy")
        row = page.locator("nearside-preferences li").filter(has_text=answered)
        expect(row).not_to_contain_text("role")
        row.get_by_role("button", name=take_back).click()
        citizen.until(lambda: "'told'" not in str(citizen.plan()["pages"]), "a plan without it")
        citizen.open(lang or "/")
        expect(citizen.cards).to_have_count(3)
        expect(page.get_by_text(told)).to_have_count(0)


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


def test_a_visit_for_someone_else_is_forgotten_and_a_pin_let_go(city: PlayedCity, chromium: Browser) -> None:
    """The panel parts what was seen from what was told; each button says what it did, and keeps the focus:
    also where something is suggested again that was not relevant."""
    with citizen_of(city, chromium) as citizen:
        citizen.open("/")
        citizen.accept()
        citizen.planned()
        citizen.put("told", Told(pins={"home": (ItemId("/parking/zones"),)}).to_bytes().decode())
        unwanted = frozenset({ItemId("/parking/visitor-permit")})
        citizen.put("profile", replace(citizen.profile(), dismissed=unwanted).to_bytes().decode())
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
        known.get_by_role("button", name="Show again").click()
        expect(known.get_by_role("status")).to_be_focused()
        expect(known).not_to_contain_text("You said that these pages are not relevant")
        expect(known.get_by_role("status")).to_contain_text("may be suggested again")
        citizen.until(lambda: citizen.profile().dismissed == frozenset(), "it is taken back")
        about = page.locator(".nearside-about")
        about.get_by_role("button", name="Forget this visit").click()
        expect(about.locator(".nearside-saved")).to_contain_text("It says nothing about you")
        expect(known).not_to_contain_text("You looked at these pages.")
        expect(about.locator(".nearside-saved")).to_be_focused()
        citizen.until(lambda: citizen.profile().visits == (), "the visit is forgotten")
        assert citizen.said == []
