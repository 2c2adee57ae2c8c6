"""The panel says why: the last decisions, where each was shown, and whether it comes out the same again."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from edge_client.decided import Decided
from tests.support.browser import PATIENCE_MS, Citizen, citizen_of
from tests.support.playing import PlayedCity

pytestmark = pytest.mark.browser


def seen_of(citizen: Citizen) -> list[list[str]]:
    """The pages that each decision that is kept was seen to suggest."""
    decided = Decided.from_bytes((citizen.store()["decided"] or "").encode())
    items = citizen.city.catalogue.items
    return [[items[at].id for seen in line.seen for at in seen.items] for line in decided.lines]


@pytest.mark.parametrize("lang", ["", "/ar"], ids=["en", "ar"])
def test_a_decision_is_made_again_in_front_of_the_citizen(
    city: PlayedCity, chromium: Browser, lang: str
) -> None:
    """Listed with the page that showed it; the same to the letter, with reasons and steps; and where what it
    rests on was changed, that is said."""
    home, panel = lang or "/", f"{lang}/help/privacy"
    with citizen_of(city, chromium, bypass_csp=True, viewport={"width": 320, "height": 900}) as citizen:
        citizen.open(home)
        citizen.accept()
        citizen.planned()
        citizen.look_at(home, f"{lang}/parking/resident-permit")
        page = citizen.open(panel)
        decisions = page.locator(".nearside-decisions-list > li")
        expect(decisions.first).to_be_visible(timeout=PATIENCE_MS)
        shown = decisions.filter(has=page.locator(f'a[href^="{lang}/"]')).first
        seen = shown.locator("li a").evaluate_all("(all) => all.map((one) => one.getAttribute('href'))")
        assert len(seen) >= 3
        assert seen in seen_of(citizen)
        shown.get_by_role("button").click()
        _, files, *_ = (citizen.store()["decided"] or "").split("\n")[-1].split(" ")
        expect(shown.get_by_role("status")).to_contain_text(files[:12], timeout=PATIENCE_MS)
        if not lang:
            expect(shown.get_by_role("status")).to_contain_text("to the letter. It was made again")
        made = shown.locator(".nearside-made")
        assert made.locator("h3").count() == 1
        assert made.locator("b").count() >= 3
        made.locator("summary").first.click()
        assert made.locator("details ol").first.locator("> li").count() == 5
        assert citizen.violations() == []
        assert page.evaluate("document.documentElement.scrollWidth") == 320
        if lang:
            return
        citizen.planned()  # what this page itself decided is kept
        # Of every decision that is kept one thing that it rests on is another now: when it was.
        citizen.put("decided", (citizen.store()["decided"] or "").replace('"at_ms":1', '"at_ms":2'))
        citizen.open(panel)
        changed = page.locator(".nearside-decisions-list").first.locator("> li").last
        changed.get_by_role("button").click()
        expect(changed.get_by_role("status")).to_contain_text(
            "does not come out the same", timeout=PATIENCE_MS
        )
        assert changed.locator(".nearside-made > *").count() == 0
        assert citizen.said == []
