"""Suggestions pause, and reminders and notices keep still, on a page of an agency's own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from edge_client.reminders.due import Kept
from edge_client.reminders.keeping import print_kept
from edge_client.wire.reminders import Deadline
from tests.support.agency_site import AgencySite, agency_site, plan_text, stored, visitor
from tests.support.reminders import reminder_of

pytestmark = pytest.mark.browser

PERMIT = "/parking/permit"
BODY = """<main><nearside-recommend slot="home"><ul class="nearside-list">
<li><a href="/a">A</a></li></ul></nearside-recommend>
<nearside-status></nearside-status><nearside-preferences></nearside-preferences></main>"""
COLLECT = {"v": 1, "until_ms": 4_000_000_000_000, "clicked": [PERMIT]}
WATCHED = """
window.nearsideTold = [];
const post = Worker.prototype.postMessage;
Worker.prototype.postMessage = function (message) {
  nearsideTold.push(message.type);
  return post.call(this, message);
};
delete window.SharedWorker;
"""


@pytest.fixture(scope="module")
def site() -> Iterator[AgencySite]:
    """The agency's pages, with the scripts that they ask for."""
    with agency_site() as served:
        yield served


def test_suggestions_pause_and_nothing_is_lost_by_it(site: AgencySite, chromium: Browser) -> None:
    """At once, and after a reload: the list is the server's, the worker hears of no view, and what is known
    stays; switched on again, the next page has its suggestions."""
    address = site.put("/", BODY)
    keeps = f"localStorage['nearside.collect'] ??= {json.dumps(json.dumps(COLLECT))};"
    with visitor(chromium, WATCHED, stored(plan_text({"home": [PERMIT]})), keeps) as page:
        page.goto(address)
        cards = page.locator("[data-personalised]")
        expect(cards).to_have_count(1)
        kept = plans(page)
        page.get_by_role("button", name="for a week").click()
        expect(page.locator(".nearside-pause-state")).to_be_focused()
        expect(page.locator(".nearside-pause-state")).to_contain_text("Suggestions pause until")
        expect(cards).to_have_count(0)
        page.reload()
        expect(page.locator("nearside-status")).to_contain_text("Suggestions pause until")
        expect(cards).to_have_count(0)
        page.wait_for_function("() => nearsideTold.includes('sync')")
        assert "view" not in page.evaluate("nearsideTold")
        assert plans(page) == kept
        page.locator("nearside-status").get_by_role("button").click()
        expect(page.locator("nearside-status .nearside-noted")).to_be_focused()
        page.reload()
        expect(cards).to_have_count(1)
        assert page.evaluate("localStorage['nearside.pause']") is None


def test_a_page_that_was_open_before_the_pause_notes_no_more(site: AgencySite, chromium: Browser) -> None:
    """It shows what it shows; what is done on it is told to nobody."""
    address = site.put("/", BODY)
    keeps = f"localStorage['nearside.collect'] ??= {json.dumps(json.dumps(COLLECT))};"
    still = "addEventListener('click', (event) => event.target.closest('a') && event.preventDefault());"
    noted = "JSON.parse(localStorage['nearside.untold'] ?? '{}').noticed?.length ?? 0"
    with visitor(chromium, WATCHED, stored(plan_text({"home": [PERMIT]})), keeps, still) as page:
        page.goto(address)
        other = page.context.new_page()
        other.goto(address)
        link = other.locator("[data-personalised] a").first
        link.click()
        other.wait_for_function(f"() => ({noted}) === 1")
        page.get_by_role("button", name="for a week").click()
        # A browser tells its other processes a moment later.
        other.wait_for_function("() => localStorage['nearside.pause'] !== undefined")
        link.click()
        expect(link).to_be_visible()
        assert other.evaluate(noted) == 1


def test_a_no_takes_the_pause_and_the_greeting_on_a_page_without_settings(
    site: AgencySite, chromium: Browser
) -> None:
    """As said by the browser at load; a week that is over goes from any page; what was allowed stays."""
    address = site.put("/", "<main><nearside-status></nearside-status></main>")
    kept = "[localStorage['nearside.pause'], localStorage['nearside.greet']]"
    with visitor(chromium, WATCHED, stored(plan_text({}))) as page:
        page.goto(address)
        page.evaluate("Object.assign(localStorage, { 'nearside.pause': '1', 'nearside.greet': 'on' })")
        page.reload()
        page.wait_for_function("() => localStorage['nearside.pause'] === undefined")
        page.evaluate("localStorage['nearside.pause'] = 'Infinity'")
        page.reload()
        expect(page.locator("nearside-status")).to_contain_text("pause")
        assert page.evaluate(kept) == ["Infinity", "on"]
        page.add_init_script("Object.defineProperty(navigator, 'globalPrivacyControl', { value: true })")
        page.reload()
        expect(page.locator("nearside-status")).to_contain_text("privacy setting")
        page.wait_for_function(f"() => {kept}.every((each) => each === undefined)")


def plans(page: Page) -> Any:
    """What is kept for the next pages: what they show, and what they may notice."""
    return page.evaluate("[localStorage['nearside.plan'], localStorage['nearside.collect']]")


def test_a_reminder_keeps_still_in_quiet_mode(site: AgencySite, chromium: Browser) -> None:
    """What is due is in place of the server's words, until the citizen wants quiet; it is not lost by it."""
    strip = "<nearside-reminders><p>Nothing due</p></nearside-reminders>"
    address = site.put("/", f"<main>{strip}<nearside-preferences></nearside-preferences></main>")
    keeps = f"localStorage['nearside.reminder.permit'] ??= {json.dumps(due_today())};"
    with visitor(chromium, keeps) as page:
        page.goto(address)
        said = page.locator("nearside-reminders")
        expect(said).to_have_attribute("data-due", "")
        page.get_by_label("Keep still until").check()
        expect(page.locator(".nearside-quiet [role=status]")).to_contain_text("next page")
        page.reload()
        expect(page.get_by_label("Keep still until")).to_be_checked()
        expect(said).to_have_text("Nothing due")
        page.get_by_label("Keep still until").uncheck()
        page.reload()
        expect(said).to_have_attribute("data-due", "")
        assert page.evaluate("localStorage['nearside.quiet']") is None


def due_today() -> str:
    """The text of a reminder whose day is tomorrow, as a browser keeps it."""
    today = datetime.now(UTC).date()
    kept = Kept(reminder_of(Deadline(today + timedelta(days=1))), "UTC", today, 0)
    return print_kept(kept).decode()
