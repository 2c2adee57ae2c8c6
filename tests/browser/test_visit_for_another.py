"""The button that says that a visit was for someone else: on every page, for those who have said yes."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from edge_client.signals.kept import KeptSignals
from tests.support.browser import PATIENCE_MS, WORKER_OF_ITS_OWN, Citizen, citizen_of
from tests.support.playing import PlayedCity

pytestmark = pytest.mark.browser

# In a tab that says so no worker ever answers, as where it is closed before Python runs.
DEAF = "if (sessionStorage.getItem('deaf')) window.Worker = class { postMessage() {} };"
LATER = "({ by }) => { const now = performance.now.bind(performance); performance.now = () => now() + by; }"
WORDS = {
    "": ("This visit was for someone else", "It says nothing about you."),
    "/ar": ("كانت هذه الزيارة لشخص آخر", "وهو لا يقول عنك شيئا."),
}


def signals(citizen: Citizen) -> list[str]:
    """The kinds of what this device keeps of what it noticed."""
    kept = citizen.store().get("signals")
    return [row.kind.value for row in KeptSignals.from_bytes(kept.encode()).rows] if kept else []


@pytest.mark.parametrize("lang", ["", "/ar"], ids=["en", "ar"])
def test_a_visit_for_someone_else_is_forgotten_from_any_page(
    city: PlayedCity, chromium: Browser, lang: str
) -> None:
    """Not offered before a yes; at a press everything of the visit is gone; the focus is on what says so."""
    words, done = WORDS[lang]
    with citizen_of(city, chromium, bypass_csp=True, viewport={"width": 320, "height": 800}) as citizen:
        page = citizen.open(lang or "/")
        page.wait_for_load_state("networkidle")
        button = page.get_by_role("button", name=words)
        expect(button).to_have_count(0)
        citizen.accept()
        citizen.planned()
        citizen.until(lambda: "nearside.collect" in citizen.local(), "what pages may notice")
        citizen.searched("parking")
        citizen.look_at(f"{lang}/waste/collection-days", f"{lang}/parking/resident-permit")
        citizen.until(lambda: len(signals(citizen)) == 1, "the search is kept")
        assert len(citizen.profile().visits) >= 3
        assert citizen.page.evaluate("document.documentElement.scrollWidth") == 320
        expect(button).to_be_visible()
        assert citizen.violations() == []
        button.focus()
        page.keyboard.press("Enter")
        expect(page.locator("nearside-visit").get_by_role("status")).to_contain_text(
            done, timeout=PATIENCE_MS
        )
        expect(page.locator("nearside-visit").get_by_role("status")).to_be_focused()
        citizen.until(lambda: citizen.profile().visits == (), "the visit is forgotten")
        citizen.until(lambda: "signals" not in citizen.store(), "and what was noticed of it")
        assert citizen.violations() == []
        assert citizen.said == []


def test_a_tab_that_is_closed_at_once_has_it_forgotten_all_the_same(
    city: PlayedCity, chromium: Browser
) -> None:
    """No worker hears of the press. The plan is gone by then; the visit goes with the next page, in another
    tab, and that page alone is left."""
    with citizen_of(city, chromium, WORKER_OF_ITS_OWN, DEAF) as citizen:
        citizen.open("/")
        citizen.accept()
        citizen.planned()
        citizen.look_at("/waste/collection-days", "/parking/resident-permit")
        before = citizen.profile().visits
        assert len(before) >= 3
        page = citizen.page
        page.evaluate("sessionStorage.setItem('deaf', 'yes')")
        citizen.open("/parking/zones")
        assert "nearside.plan" in citizen.local()
        page.get_by_role("button", name=WORDS[""][0]).click()
        expect(page.locator("nearside-visit").get_by_role("status")).to_be_visible()
        assert "nearside.plan" not in citizen.local()
        assert citizen.profile().visits == before
        citizen.tab()
        page.close()
        citizen.look_at("/help/about")
        assert [visit.item for visit in citizen.profile().visits] == ["/help/about"]
        citizen.until(lambda: "nearside.untold" not in citizen.local(), "a worker that has taken it in")


def test_leaving_the_page_afterwards_tells_nothing_of_the_time_before(
    city: PlayedCity, chromium: Browser
) -> None:
    """A page was read for a minute, which a rule asks about: noted without the button, and not after it."""
    with citizen_of(city, chromium) as citizen:
        citizen.open("/")
        citizen.accept()
        citizen.planned()
        citizen.until(lambda: "nearside.collect" in citizen.local(), "what pages may notice")
        for path, forgets in (("/schools/free-meals", False), ("/schools/free-meals", True)):
            citizen.look_at(path)
            citizen.noticing()
            citizen.page.evaluate(LATER, {"by": 90_000})
            if forgets:
                citizen.page.get_by_role("button", name=WORDS[""][0]).click()
                citizen.until(lambda: citizen.profile().visits == (), "the visit is forgotten")
            citizen.look_at("/help/about", "/help/about")
            citizen.until(lambda: "nearside.untold" not in citizen.local(), "all is taken in")
            assert signals(citizen) == ([] if forgets else ["read"])
