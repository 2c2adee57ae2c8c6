"""The preferences page says which pages the recent ones are like and why, until it is switched off."""

from __future__ import annotations

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
PANEL = "/help/privacy"


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
    known = citizen.page.locator(".nearside-known")
    expect(known.locator(".nearside-grouping")).to_be_visible()
    return known


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
    known = panel(citizen, lang)
    name = MARK[lang] + name_in(citizen, lang)
    expect(known).to_contain_text(name)
    because = known.locator("ul.nearside-known-list a")
    assert set(because.all_text_contents()) <= {title(citizen, path) for path in others}
    assert because.count() > 0
    assert citizen.violations() == []
    assert citizen.page.evaluate("document.documentElement.scrollWidth") == 320
    known.locator(".nearside-grouping").click()
    expect(because).to_have_count(0)
    expect(known).not_to_contain_text(name)
    expect(known.locator(".nearside-grouping")).to_be_focused()
    known = panel(citizen, lang)
    expect(known.locator(".nearside-known-list").first).to_be_visible()
    expect(known.locator("ul.nearside-known-list")).to_have_count(0)
    expect(known).not_to_contain_text(name)
    assert not citizen.profile().grouped
