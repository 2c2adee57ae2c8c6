"""What a citizen asks a device to keep: answers to questions, a form's, a reminder."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import expect

from tests.support.browser import Citizen

START = datetime.now(ZoneInfo("America/Chicago")).date() + timedelta(days=3)


def with_questions(citizen: Citizen) -> None:
    """Answer questions, and save the answers."""
    page = citizen.open("/business/which-licences")
    page.get_by_role("button", name="Start now").click()
    for answer in ("Make, serve or sell food", "At a market stall"):
        page.get_by_label(answer).check()
        page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="I would rather not say").click()
    page.get_by_role("button", name="Save on this device").click()
    expect(page.locator(".nearside-saved")).to_contain_text("Saved")


def with_form(citizen: Citizen) -> None:
    """Keep what was written in a form."""
    page = citizen.open("/parking/resident-permit/apply")
    page.locator("#full-name").fill("Sam Carter")
    page.locator("#postcode").fill("90817")
    page.get_by_role("button", name="Keep these answers for next time").click()
    expect(page.locator("nearside-keep .nearside-saved")).to_contain_text("Kept")


def with_reminder(citizen: Citizen, *, start: date = START) -> None:
    """Ask to be reminded."""
    page = citizen.open("/parking/resident-permit")
    for place, number in enumerate((start.day, start.month, start.year)):
        page.locator("nearside-reminder input").nth(place).fill(str(number))
    page.get_by_role("button", name="Remind me on this website").click()
    expect(page.locator("nearside-reminder .nearside-saved")).to_contain_text("kept")
