"""Reminders in a real browser: asked for, said on their day and not before, answered, stopped, never sent."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar
from playwright.sync_api import Page, expect

from edge_client.reminders.days import later
from edge_client.reminders.due import Kept
from edge_client.reminders.keeping import print_kept
from edge_client.wire.condition import Unit
from edge_client.wire.reminders import Deadline, When
from tests.support.browser import STORAGE_BLOCKED, Citizen, NewCitizen
from tests.support.playing import PlayedCity
from tests.support.reminders import reminder_of, yearly_after

pytestmark = pytest.mark.browser

PERMIT = "/parking/resident-permit"
ARABIC = "/ar/parking/resident-permit"
KEY = "nearside.reminder.resident-permit"
DAY = timedelta(days=1)
START = datetime.now(ZoneInfo("America/Chicago")).date() + 30 * DAY
ENDS = later(START, 1, Unit.YEARS)
AGAIN = later(START, 2, Unit.YEARS)


def words(day: date) -> str:
    """A day as English pages say it."""
    return f"{day.day} {day:%B} {day.year}"


def at(page: Page, day: date) -> None:
    """Have the page's clock say noon of a day in the city, from the next page on."""
    page.clock.set_fixed_time(datetime(day.year, day.month, day.day, 18, tzinfo=UTC))


def asked(citizen: Citizen, start: date, path: str = PERMIT) -> Page:
    """A citizen who asks to be reminded of a permit that starts on a day."""
    page = citizen.open(path)
    fill(page, start)
    page.locator("nearside-reminder button").first.click()
    expect(page.locator("nearside-reminder .nearside-saved")).to_be_focused()
    return page


def fill(page: Page, day: date) -> None:
    """Type a day into its three fields."""
    for place, number in enumerate((day.day, day.month, day.year)):
        page.locator("nearside-reminder input").nth(place).fill(str(number))


def strip(page: Page) -> Any:
    """The place on the home page where reminders are said."""
    return page.locator("nearside-reminders")


def test_it_is_said_thirty_days_before_and_not_thirty_one(new_citizen: NewCitizen) -> None:
    """A permit is renewed a year after it starts: the home page is as ever 31 days before, and 30 days before
    it says so, with the day, where to go and that the citizen asked for it."""
    citizen = new_citizen()
    page = asked(citizen, START)
    expect(page.locator("nearside-reminder .nearside-saved")).to_have_text(
        "The reminder is kept on this device."
    )
    expect(page.locator("nearside-reminder .nearside-saved")).to_be_focused()
    expect(page.locator("nearside-reminder")).to_contain_text(f"from {words(ENDS - 30 * DAY)}")
    at(page, ENDS - 31 * DAY)
    citizen.open("/")
    page.wait_for_function("() => customElements.get('nearside-reminders') !== undefined")
    expect(strip(page)).to_contain_text("kept on your own device")
    assert strip(page).get_attribute("data-due") is None
    at(page, ENDS - 30 * DAY)
    citizen.open("/")
    expect(strip(page).get_by_role("heading")).to_have_text("Reminder: Renew your resident parking permit")
    expect(strip(page)).to_contain_text(f"It is for {words(ENDS)} (in 30 days). You asked this device")
    expect(strip(page).get_by_role("link")).to_have_attribute("href", f"{PERMIT}/renew")


def test_later_done_and_stop(new_citizen: NewCitizen) -> None:
    """Later is until the next lead, done until the next year, stop for good; each says so."""
    citizen = new_citizen()
    page = asked(citizen, START)
    at(page, ENDS - 30 * DAY)
    citizen.open("/")
    strip(page).get_by_role("button", name="Remind me later").click()
    expect(strip(page).get_by_role("status")).to_have_text(f"You see this again on {words(ENDS - 7 * DAY)}.")
    expect(strip(page).get_by_role("status")).to_be_focused()
    at(page, ENDS - 8 * DAY)
    citizen.open("/")
    expect(strip(page)).to_contain_text("kept on your own device")
    at(page, ENDS - 7 * DAY)
    citizen.open("/")
    strip(page).get_by_role("button", name="I have done it").click()
    expect(strip(page).get_by_role("status")).to_contain_text("when it is next due")
    at(page, ENDS)
    citizen.open("/")
    expect(strip(page)).to_contain_text("kept on your own device")
    at(page, AGAIN - 30 * DAY)
    citizen.open("/")
    strip(page).get_by_role("button", name="Stop reminding me").click()
    expect(strip(page).get_by_role("status")).to_have_text("The reminder is deleted.")
    assert KEY not in citizen.local()


def test_no_request_tells_of_a_reminder(city: PlayedCity, new_citizen: NewCitizen) -> None:
    """Asked for and said, after a no to everything: each page asks for the same files as a stranger's."""

    def heard(*, asks: bool) -> list[tuple[str, str]]:
        citizen = new_citizen()
        start = len(city.front.seen)
        page = citizen.open(PERMIT)
        expect(page.locator("nearside-reminder button").first).to_be_visible()
        page.wait_for_load_state("networkidle")
        citizen.reject()
        if asks:
            fill(page, START)
            page.locator("nearside-reminder button").first.click()
            expect(page.locator("nearside-reminder .nearside-saved")).to_contain_text("kept")
        at(page, ENDS - 20 * DAY)
        citizen.open("/")
        page.wait_for_function("() => customElements.get('nearside-reminders') !== undefined")
        page.wait_for_load_state("networkidle")
        if asks:
            expect(strip(page)).to_have_attribute("data-due", "")
        else:
            expect(strip(page)).not_to_have_attribute("data-due", "")
        return sorted((request.method, request.path) for request in city.front.since(start))

    assert heard(asks=True) == heard(asks=False)


def test_nothing_is_kept_before_somebody_asks(new_citizen: NewCitizen) -> None:
    """The page, and a day typed into it, leave no trace; the button keeps the agency's words and the day."""
    citizen = new_citizen()
    page = citizen.open(PERMIT)
    expect(page.locator("nearside-reminder button").first).to_be_visible()
    citizen.reject()
    before = citizen.local()
    fill(page, START)
    assert citizen.local() == before
    page.locator("nearside-reminder button").first.click()
    expect(page.locator("nearside-reminder .nearside-saved")).to_be_focused()
    kept = json.loads(citizen.local()[KEY])
    assert (kept["anchor"], kept["until"]) == (START.isoformat(), (AGAIN + 14 * DAY).isoformat())
    page.get_by_role("button", name="Stop reminding me").click()
    expect(page.locator("nearside-reminder .nearside-saved")).to_have_text("The reminder is deleted.")
    assert citizen.local() == before


def test_a_calendar_file_is_made_here_without_keeping_anything(new_citizen: NewCitizen) -> None:
    """An equal choice, for a shared computer: another program reads the day, the rule and the alarms."""
    citizen = new_citizen()
    page = citizen.open(PERMIT)
    fill(page, date(2024, 2, 29))
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save it for my calendar").click()
    assert saved.value.suggested_filename == "resident-permit.ics"
    (event,) = Calendar.from_ical(Path(saved.value.path()).read_bytes()).walk("VEVENT")
    assert event.decoded("DTSTART").month == 2
    assert event["RRULE"]["BYMONTHDAY"] == [28, 29]
    assert [alarm.decoded("TRIGGER") for alarm in event.walk("VALARM")][2] == timedelta(hours=9)
    assert event["URL"] == f"{citizen.city.url}{PERMIT}/renew"
    assert KEY not in citizen.local()


def test_a_day_that_is_none_is_said_where_it_is(new_citizen: NewCitizen) -> None:
    """29 February of a common year: a summary has the focus and leads to the field, and nothing is kept."""
    citizen = new_citizen()
    page = asked(citizen, date(2026, 2, 28))
    page.get_by_role("button", name="Stop reminding me").click()
    fill(page, date(2026, 2, 28))
    page.locator("nearside-reminder input").first.fill("29")
    page.get_by_role("button", name="Remind me on this website").click()
    summary = page.locator("nearside-reminder .nearside-flow-errors")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("Enter a real date")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("nearside-reminder input").first).to_be_focused()
    assert KEY not in citizen.local()


def test_where_storage_is_blocked_the_calendar_is_offered_alone(new_citizen: NewCitizen) -> None:
    """Nothing that cannot be kept is promised."""
    page = new_citizen(STORAGE_BLOCKED).open(PERMIT)
    expect(page.get_by_role("button", name="Save it for my calendar")).to_be_visible()
    assert page.get_by_role("button", name="Remind me on this website").count() == 0


def test_what_cannot_be_read_or_is_over_goes(new_citizen: NewCitizen) -> None:
    """Damaged bytes and an old reminder are gone from any page, and the page is the server's own."""
    citizen = new_citizen()
    page = asked(citizen, START)
    text = citizen.local()[KEY]
    for damaged in (text.replace('"period":0', '"period":-1'), text[:-2], "null", "{}"):
        page.evaluate("([key, text]) => localStorage.setItem(key, text)", [KEY, damaged])
        citizen.open("/")
        citizen.until(lambda: KEY not in citizen.local(), "what cannot be read is gone")
    page.evaluate("([key, text]) => localStorage.setItem(key, text)", [KEY, text])
    at(page, AGAIN + 16 * DAY)
    citizen.open("/elections/register")
    citizen.until(lambda: KEY not in citizen.local(), "what is over is gone")
    assert KEY not in citizen.local()


def as_declared_before(citizen: Citizen, when: When, period: int) -> str:
    """Have this browser keep the permit's reminder as the city declared it once; return what is stored."""
    reminder = replace(reminder_of(when), name="resident-permit")
    text = print_kept(Kept(reminder, "America/Chicago", START, period)).decode()
    citizen.page.evaluate("([key, text]) => localStorage.setItem(key, text)", [KEY, text])
    return text


def test_days_that_the_city_changed_begin_anew(new_citizen: NewCitizen) -> None:
    """Asked for when a permit held for two years, and done once: of one year the first day is next, and not
    the second."""
    citizen = new_citizen()
    citizen.open("/elections/register")
    as_declared_before(citizen, yearly_after(2), period=1)
    page = citizen.open(PERMIT)
    expect(page.locator("nearside-reminder .nearside-saved")).to_contain_text("The city has changed")
    expect(page.locator("nearside-reminder .nearside-inset")).to_contain_text(f"It is for {words(ENDS)}.")
    kept = json.loads(citizen.local()[KEY])
    assert (kept["anchor"], kept["period"]) == (START.isoformat(), 0)
    assert kept["until"] == (AGAIN + 14 * DAY).isoformat()


def test_what_the_days_are_counted_from_is_asked_again(new_citizen: NewCitizen) -> None:
    """A deadline that became a span after a day: the page asks for the day, and changes nothing before it is
    told; the old one can be stopped there."""
    citizen = new_citizen()
    citizen.open("/elections/register")
    before = as_declared_before(citizen, Deadline(ENDS), period=0)
    page = citizen.open(PERMIT)
    expect(page.locator("nearside-reminder .nearside-saved")).to_contain_text("Ask for it again")
    assert citizen.local()[KEY] == before
    expect(page.get_by_role("button", name="Stop reminding me")).to_have_count(1)
    fill(page, START)
    page.get_by_role("button", name="Remind me on this website").click()
    expect(page.locator("nearside-reminder .nearside-saved")).to_be_focused()
    expect(page.locator("nearside-reminder .nearside-inset")).to_contain_text(f"It is for {words(ENDS)}.")
    assert json.loads(citizen.local()[KEY])["anchor"] == START.isoformat()


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Asia/Tokyo", "Pacific/Pago_Pago"])
def test_it_is_said_until_its_last_day_ends_in_the_city(zone: str, new_citizen: NewCitizen) -> None:
    """Wherever the citizen is: also where it is the next day already when the last one begins in the city."""
    citizen = new_citizen(timezone_id=zone)
    page = asked(citizen, START)
    last, over, city = AGAIN + 14 * DAY, AGAIN + 15 * DAY, ZoneInfo("America/Chicago")
    page.clock.set_fixed_time(datetime(last.year, last.month, last.day, 23, 59, tzinfo=city))
    citizen.open("/")
    expect(strip(page).get_by_role("heading")).to_be_visible()
    assert KEY in citizen.local()
    page.clock.set_fixed_time(datetime(over.year, over.month, over.day, 0, 1, tzinfo=city))
    citizen.open("/")
    page.wait_for_function("() => customElements.get('nearside-reminders') !== undefined")
    expect(strip(page)).to_contain_text("kept on your own device")
    citizen.until(lambda: KEY not in citizen.local(), "what is over is gone")
    assert KEY not in citizen.local()


@pytest.mark.parametrize("path", [PERMIT, ARABIC])
@pytest.mark.parametrize("width", [320, 1280])
def test_pages_with_reminders_are_accessible_and_fit(path: str, width: int, new_citizen: NewCitizen) -> None:
    """axe finds nothing while it is asked for, kept and due; nothing is too wide, and nothing shifts."""
    citizen = new_citizen(viewport={"width": width, "height": 900}, bypass_csp=True)
    page = citizen.open(path)
    expect(page.locator("nearside-reminder button").first).to_be_visible()
    assert citizen.violations() == []
    asked(citizen, START, path)
    expect(page.locator("nearside-reminder .nearside-inset")).to_be_visible()
    assert citizen.violations() == []
    at(page, ENDS - 20 * DAY)
    citizen.open("/" if path == PERMIT else "/ar")
    expect(strip(page).get_by_role("heading")).to_be_visible()
    assert citizen.violations() == []
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    shifts = page.evaluate("() => window.nearsideSeen.shifts.filter((shift) => !shift.hadRecentInput)")
    assert sum(shift["value"] for shift in shifts) <= 0.001


def test_the_keyboard_alone_is_enough(new_citizen: NewCitizen) -> None:
    """From the first field to the button, and from what is due to its answer."""
    citizen = new_citizen()
    page = citizen.open(PERMIT)
    page.locator("nearside-reminder input").first.focus()
    for number in (START.day, START.month, START.year):
        page.keyboard.type(str(number))
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("nearside-reminder .nearside-saved")).to_be_focused()
    at(page, ENDS)
    citizen.open("/")
    strip(page).get_by_role("link").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(strip(page).get_by_role("status")).to_be_focused()
