"""The preferences page shows what this device knows and can prove, and lets it be deleted."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from edge_client.wire.paths import ItemId
from tests.support.browser import WORKER_OF_ITS_OWN, Citizen, NewCitizen, citizen_of
from tests.support.heard import nameless, skipped_levels
from tests.support.playing import PlayedCity

pytestmark = pytest.mark.browser

LOOKED_AT = ("/", "/waste/collection-days", "/waste/new-bin")
SENSITIVE = ("/safety/domestic-abuse", "/registration/register-death")
OUT_OF_SIGHT = "/help/privacy"


@pytest.fixture(scope="module")
def regular(city: PlayedCity, chromium: Browser) -> Iterator[Citizen]:
    """Someone who said yes, looked at pages, two sensitive ones among them, and has receipts."""
    with citizen_of(city, chromium) as citizen:
        citizen.open(LOOKED_AT[0])
        citizen.accept()
        citizen.planned()
        citizen.look_at(LOOKED_AT[1])
        for path in SENSITIVE:
            citizen.open(path)
            citizen.page.wait_for_selector("html[data-nearside]", state="attached")  # the worker hears of it
        citizen.look_at(LOOKED_AT[2], OUT_OF_SIGHT)
        citizen.until(lambda: len(citizen.book()["receipts"]) == 2, "a receipt for each purpose")
        yield citizen


def titles(citizen: Citizen, *paths: str) -> list[str]:
    items = [citizen.city.catalogue.get(ItemId(path)) for path in paths]
    return [item.title for item in items if item is not None]


def test_the_list_is_what_was_looked_at_and_nothing_else(regular: Citizen) -> None:
    """Pages in the order of looking, the newest first; of a sensitive page there is no trace."""
    regular.open(OUT_OF_SIGHT)
    lines = regular.page.locator(".nearside-known-list a")
    expect(lines).to_have_text(titles(regular, *reversed((*LOOKED_AT, OUT_OF_SIGHT))))
    assert not any(path in str(regular.store()) + str(regular.local()) for path in SENSITIVE)


def test_each_choice_has_a_receipt_that_this_device_has_checked(regular: Citizen) -> None:
    """Two purposes, two receipts, with what was said and the place in the public log; each can be saved."""
    regular.open(OUT_OF_SIGHT)
    receipts = regular.page.locator("dl.nearside-receipt")
    expect(receipts).to_have_count(2)
    for receipt, shown in zip(reversed(regular.receipts()), receipts.all(), strict=True):
        expect(shown).to_contain_text(receipt.opening.entry().hex())
        expect(shown).to_contain_text(f"Place in the public log{receipt.proof.index}")
        expect(shown).to_contain_text("Checked on this device")
    with regular.page.expect_download() as download:
        regular.page.get_by_role("button", name="Save this receipt").first.click()
    assert download.value.path().read_bytes() == regular.receipts()[-1].to_bytes()


@pytest.mark.parametrize("width", [320, 1280])
def test_the_pages_as_a_citizen_has_them_are_accessible(
    city: PlayedCity, chromium: Browser, width: int
) -> None:
    """With a banner, with suggestions, and with everything that the preferences page can show: axe finds
    nothing, and nothing runs off a narrow screen. As it is read aloud, no level of headings is left out, and
    whatever is pressed has a name."""
    viewport = {"width": width, "height": 900}
    # The checker is put in from outside, which the page's policy would not let a page do.
    with citizen_of(city, chromium, bypass_csp=True, viewport=viewport) as citizen:
        citizen.open("/")
        expect(citizen.banner).to_be_visible()
        assert citizen.violations() == []
        citizen.accept()
        assert citizen.violations() == []
        citizen.planned()
        citizen.look_at("/parking/resident-permit")
        citizen.open("/")
        citizen.cards.first.locator(".nearside-why").click()
        citizen.cards.nth(1).locator(".nearside-no").click()
        assert citizen.violations() == []
        citizen.until(lambda: len(citizen.book()["receipts"]) == 2, "a receipt for each purpose")
        citizen.open(OUT_OF_SIGHT)
        expect(citizen.page.locator("dl.nearside-receipt")).to_have_count(2)
        expect(citizen.page.locator(".nearside-known .nearside-known-list")).to_have_count(2)
        assert citizen.violations() == []
        assert citizen.page.evaluate("document.documentElement.scrollWidth") == width
        heard = citizen.page.locator("main").aria_snapshot()
        assert "- radio" in heard
        assert (skipped_levels(heard), nameless(heard)) == ([], [])


@pytest.mark.parametrize("scripts", [(), (WORKER_OF_ITS_OWN,)], ids=["shared worker", "worker of its own"])
def test_deleting_the_list_deletes_it(new_citizen: NewCitizen, scripts: tuple[str, ...]) -> None:
    """The list is gone here, in storage and in the plan, even when the page is left at once; the choice
    stays."""
    citizen = new_citizen(*scripts)
    citizen.open("/")
    citizen.accept()
    citizen.planned()
    citizen.look_at("/waste/collection-days", OUT_OF_SIGHT)
    page = citizen.open(OUT_OF_SIGHT)
    citizen.planned()  # what this view decides is not on its way any more
    page.get_by_role("button", name="Delete this list").click(timeout=60_000)
    expect(page.get_by_text("The list is deleted.")).to_be_focused()
    expect(citizen.cards).to_have_count(0)
    assert "nearside.plan" not in citizen.local()
    citizen.open("/parking/zones")
    citizen.planned()
    citizen.until(
        lambda: [visit.item for visit in citizen.profile().visits] == ["/parking/zones"],
        "a profile that begins anew",
    )
    assert citizen.book()["choices"]["suggest"] == "given"
