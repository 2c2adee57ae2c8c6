"""One story over several channels: a list, a form begun, a reminder, a calendar file; one chain of them."""

from __future__ import annotations

import re

import pytest
from icalendar import Calendar
from playwright.sync_api import Page, expect

from edge_client.decided import Decided
from tests.support.browser import PATIENCE_MS, NewCitizen
from tests.support.playing import PlayedCity
from tests.support.tasks import with_questions, with_reminder

pytestmark = pytest.mark.browser

TASKS = "/help/privacy/tasks"
PANEL = "/help/privacy"
NAME = re.compile("[0-9a-f]{12}")


def names(page: Page, within: str) -> list[str]:
    """What the decisions shown in a place are called, in its order."""
    expect(page.locator(f"{within} .nearside-decision-id").first).to_have_text(NAME, timeout=PATIENCE_MS)
    found = page.locator(f"{within} .nearside-decision-id").all_text_contents()
    return [name for text in found for name in NAME.findall(text)]


def test_the_same_names_from_the_page_to_the_calendar_and_in_the_log(
    city: PlayedCity, new_citizen: NewCitizen
) -> None:
    """The reminder's page, the list of tasks, the calendar file and the panel call a decision the same; the
    panel lists all of them with the lists before them, newest first; and no request ever carries a name."""
    start = len(city.front.seen)
    citizen = new_citizen(bypass_csp=True)
    citizen.open("/")
    citizen.accept()
    citizen.planned()
    with_questions(citizen)
    with_reminder(citizen)
    page = citizen.page
    (reminder,) = names(page, "nearside-reminder")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save it for my calendar").click()
    (event,) = Calendar.from_ical(saved.value.path().read_bytes()).walk("VEVENT")
    assert f"Nearside decision {reminder}; look it up in your settings" in event["DESCRIPTION"]
    assert event["UID"].startswith(reminder)
    page = citizen.open(TASKS)
    tasks = names(page, "nearside-tasks")
    assert reminder in tasks
    page = citizen.open(PANEL)
    expect(page.locator(".nearside-decisions-list button").first).to_be_visible(timeout=PATIENCE_MS)
    listed = names(page, ".nearside-decisions")
    lists = [line.name[:12] for line in Decided.from_bytes((citizen.store()["decided"] or "").encode()).lines]
    assert {*tasks, *lists[:1]} <= set(listed)
    # Not said yet: it is the newest. What was begun today comes after the lists of today, which have an hour.
    assert listed[0] == reminder
    assert [name for name in listed if name in lists] == [name for name in reversed(lists) if name in listed]
    assert page.locator(f'.nearside-decisions [data-decision="{reminder}"]').inner_text().startswith("Renew")
    assert citizen.violations() == []
    sent = [f"{request.path} {request.query} {request.body!r}" for request in city.front.since(start)]
    assert not [name for name in (*tasks, *listed) for each in sent if name in each]
