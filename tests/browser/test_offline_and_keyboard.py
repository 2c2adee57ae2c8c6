"""Without a network, and without a mouse."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import PATIENCE_MS, NewCitizen
from tests.support.playing import PlayedCity

pytestmark = pytest.mark.browser

TABS = 80  # more than any page of the city has places to stop at


def tab_to(page: Page, selector: str) -> int:
    """Press Tab until the focus is on an element that matches; return how many times."""
    for count in range(1, TABS):
        page.keyboard.press("Tab")
        if page.evaluate("(selector) => document.activeElement?.matches(selector)", selector):
            return count
    raise AssertionError(f"no way to {selector} by keyboard")


def test_a_page_seen_before_is_personalised_without_a_network(
    city: PlayedCity, new_citizen: NewCitizen
) -> None:
    """What was planned is on the device: a page from the browser's cache is personalised all the same."""
    citizen = new_citizen()
    citizen.open("/")
    citizen.accept()
    citizen.planned()
    citizen.look_at("/parking/resident-permit", "/parking/resident-permit")
    with citizen.page.expect_navigation():
        citizen.cards.first.locator("a").click()
    citizen.planned()
    citizen.until(lambda: len(citizen.receipts()) == 2, "a receipt for each purpose, and no question for one")
    start = len(city.front.seen)
    citizen.context.set_offline(True)
    citizen.page.go_back()
    citizen.page.wait_for_url(f"{city.url}/parking/resident-permit")
    expect(citizen.page.locator("h1")).to_have_text("Apply for a resident parking permit")
    expect(citizen.cards).to_have_count(3)
    citizen.follow("/")
    expect(citizen.cards).to_have_count(3)
    assert city.front.since(start) == []


def test_everything_works_by_keyboard_and_the_focus_is_never_lost(new_citizen: NewCitizen) -> None:
    """Tab and Enter reach yes, hide, why and not relevant; after each the focus is on something that says
    what happened."""
    citizen = new_citizen()
    page = citizen.open("/")
    assert tab_to(page, ".nearside-banner button") == 1
    page.keyboard.press("Enter")
    expect(page.locator(".nearside-banner-inner")).to_be_focused()
    assert tab_to(page, ".nearside-banner button") == 1
    page.keyboard.press("Enter")
    expect(citizen.banner).to_have_count(0)
    citizen.planned()
    page = citizen.open("/")
    expect(citizen.cards).to_have_count(3)
    tab_to(page, "[data-personalised] li:first-child a")
    assert tab_to(page, "[data-personalised] li:first-child .nearside-why") == 1
    page.keyboard.press("Space")
    expect(citizen.cards.first.locator(".nearside-reason")).to_be_visible()
    expect(citizen.cards.first.locator(".nearside-why")).to_be_focused()
    assert tab_to(page, "[data-personalised] li:first-child .nearside-no") == 1
    page.keyboard.press("Enter")
    expect(citizen.cards.first.get_by_role("status")).to_be_focused()
    citizen.planned()
    expect(citizen.cards.first.get_by_role("status")).to_be_focused()
    assert tab_to(page, "[data-personalised] li:nth-child(2) a") == 1


def test_hiding_the_message_does_not_throw_the_reader_out(new_citizen: NewCitizen) -> None:
    """When the banner goes the focus goes on to the page, not to nowhere."""
    citizen = new_citizen()
    page = citizen.open("/")
    citizen.reject()
    citizen.banner.get_by_role("button").press("Enter")
    expect(citizen.banner).to_have_count(0)
    assert tab_to(page, "a") == 1
    assert page.evaluate("document.activeElement.matches('.govuk-skip-link')")


def test_targets_are_large_enough(new_citizen: NewCitizen) -> None:
    """Every button of ours is at least 24 CSS pixels high and wide (WCAG 2.2, 2.5.8)."""
    citizen = new_citizen(viewport={"width": 360, "height": 800})
    page = citizen.open("/")
    sizes = [button.bounding_box() for button in citizen.banner.locator("button, a").all()]
    citizen.accept()
    citizen.planned()
    citizen.open("/")
    sizes += [button.bounding_box() for button in citizen.cards.locator("button:visible").all()]
    citizen.open("/help/privacy")
    expect(page.locator(".nearside-known-list a").first).to_be_visible(timeout=PATIENCE_MS)
    sizes += [button.bounding_box() for button in page.locator("nearside-preferences button:visible").all()]
    assert len(sizes) >= 10
    assert all(size is not None and size["height"] >= 24 and size["width"] >= 24 for size in sizes)
