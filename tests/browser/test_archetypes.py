"""The preferences page says which pages the recent ones are like and why, until it is switched off."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from edge_client.wire.archetypes import Archetypes
from edge_client.wire.paths import ItemId
from tests.support.browser import Citizen, NewCitizen

pytestmark = pytest.mark.browser

# The home page, and three pages of one group; for readers of Arabic, one that is not translated.
LOOKED_AT = {
    "en": ("/", "/waste/collection-days", "/waste/what-goes-where", "/waste"),
    "ar": ("/ar", "/ar/moving/new-to-riverton", "/ar/transport/buses-trams", "/schools/term-dates"),
}
# A name is said between quotation marks, so that it can be told from a page's title.
MARK = {"en": "“", "ar": "«"}
TYPICAL = {"en": "/waste/collection-days", "ar": "/moving/new-to-riverton"}
# Who comes back is told so; topics are called what their own pages are, in whichever language these are.
BACK = {"en": "You have been here before", "ar": "زرت هذا الموقع من قبل"}
TOPIC = {"en": "Rubbish and recycling", "ar": "Schools and childcare"}
PAGES = {"en": 3, "ar": 1}
PANEL = "/help/privacy"
HOUR_MS = 3_600_000


def an_hour_passes(citizen: Citizen) -> None:
    """What was looked at was looked at an hour earlier: the next page begins another session.

    The worker may be about to write down this page, and would bring the old times back; nor is the panel
    itself to be an interest, which it would be where it was looked at in both sessions.
    """
    citizen.planned()
    kept = citizen.profile().without(lambda item: item.endswith(PANEL)).to_bytes().decode()
    citizen.put("profile", re.sub(r"\d{13}", lambda at: str(int(at[0]) - HOUR_MS), kept))


def name_in(citizen: Citizen, lang: str) -> str:
    """What a reader of a language is told the archetype of its typical page is called."""
    catalogue = citizen.city.catalogue
    groups = Archetypes.parse((citizen.city.stage.work / "archetypes.json").read_bytes())
    typical = catalogue.index_of(ItemId(TYPICAL[lang]))
    (found,) = [group for group in groups.archetypes if typical in group.typical[:2]]
    if lang == "en":
        return found.name
    first = catalogue.items[found.typical[0]]
    return title(citizen, first.translations[lang])


def title(citizen: Citizen, path: str) -> str:
    item = citizen.city.catalogue.get(ItemId(path))
    assert item is not None
    return item.title


def panel(citizen: Citizen, lang: str) -> Locator:
    """The panel, once it shows what this device knows."""
    citizen.open(PANEL if lang == "en" else f"/{lang}{PANEL}")
    known = citizen.page.locator("section:has(.nearside-known)")
    expect(known.locator(".nearside-grouping")).to_be_visible()
    return known


def own_level_says(citizen: Citizen, known: Locator, lang: str) -> None:
    """The same visitor on the level of rules and on their own: each rule with its reason, each interest with
    the pages that it comes from; one forgotten, it is gone from it."""
    rules = known.locator(".nearside-level-segments .nearside-levels-list > li")
    expect(rules.filter(has_text=BACK[lang])).to_have_count(1)
    interest = known.locator(".nearside-level-interests .nearside-levels-list > li")
    found = interest.filter(has=citizen.page.get_by_text(TOPIC[lang], exact=True))
    pages = found.locator("ul > li")
    expect(pages).to_have_count(PAGES[lang])
    pages.first.get_by_role("button").click()
    expect(known.locator(".nearside-level-interests [role=status]")).to_be_focused()
    expect(pages).to_have_count(PAGES[lang] - 1)


@pytest.mark.parametrize("lang", ["en", "ar"])
def test_the_panel_says_what_pages_are_like_and_why_until_it_is_switched_off(
    new_citizen: NewCitizen, lang: str
) -> None:
    """Named in the reader's language, with the pages that say so; off at a press, and off after a reload."""
    home, *others = LOOKED_AT[lang]
    citizen = new_citizen(bypass_csp=True, viewport={"width": 320, "height": 900})
    citizen.open(home)
    citizen.accept()
    citizen.planned()
    citizen.look_at(*others)
    # Pages of one visit may have been for someone else: they say nothing until the citizen comes back.
    known = panel(citizen, lang)
    expect(known.locator("ul.nearside-known-list")).to_have_count(0)
    an_hour_passes(citizen)
    citizen.look_at(*others)
    known = panel(citizen, lang)
    name = MARK[lang] + name_in(citizen, lang)
    like = known.locator(".nearside-level-archetype")
    expect(like).to_contain_text(name)
    because = known.locator("ul.nearside-known-list a")
    expect(because).not_to_have_count(0)
    assert set(because.all_text_contents()) <= {title(citizen, path) for path in others}
    own_level_says(citizen, known, lang)
    assert citizen.violations() == []
    assert citizen.page.evaluate("document.documentElement.scrollWidth") == 320
    known.locator(".nearside-grouping").click()
    expect(because).to_have_count(0)
    expect(like).not_to_contain_text(name)
    expect(known.locator(".nearside-grouping")).to_be_focused()
    known = panel(citizen, lang)
    expect(known.locator(".nearside-known-list").first).to_be_visible()
    expect(known.locator("ul.nearside-known-list")).to_have_count(0)
    expect(known.locator(".nearside-level-archetype")).not_to_contain_text(name)
    assert not citizen.profile().grouped
