"""The interface in Spanish and Welsh, on narrow screens: whole, and marked where the city speaks English."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from demo.alerts import put_alerts
from edge_client.reminders.days import later
from edge_client.wire.condition import Unit
from tests.support.alert_pages import now_alert, publish
from tests.support.browser import Citizen, NewCitizen
from tests.support.languages import LANGUAGES, NARROW, in_another, look, speaking, words
from tests.support.playing import PlayedCity

pytestmark = pytest.mark.browser

PANEL = "/help/privacy"
PERMIT = "/parking/resident-permit"
START = datetime.now(ZoneInfo("America/Chicago")).date() + timedelta(days=30)
ENDS = later(START, 1, Unit.YEARS)
DAYS = {"es": "{day} de {month} de {year}", "cy": "{day} {month} {year}"}
MONTHS = {
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "cy": "Ionawr Chwefror Mawrth Ebrill Mai Mehefin Gorffennaf Awst Medi Hydref Tachwedd Rhagfyr",
}


def day(value: date, lang: str) -> str:
    """A day as pages in a language spell it."""
    month = MONTHS[lang].split()[value.month - 1]
    return DAYS[lang].format(day=value.day, month=month, year=value.year)


@pytest.fixture(params=LANGUAGES)
def lang(request: pytest.FixtureRequest, city: PlayedCity) -> Iterator[str]:
    """A language that the city's pages are said to be in."""
    spoken: str = request.param
    with city.front.answering(speaking(spoken)):
        yield spoken


def given(citizen: Citizen, lang: str) -> None:
    """Say yes to a banner that the agency has in English alone, and says so."""
    page = citizen.open("/")
    expect(citizen.banner).to_have_attribute("lang", "en")
    assert page.locator("html").get_attribute("lang") == lang
    expect(page.locator("nearside-status")).to_have_text(words(lang)["page"]["state-off"])
    look(page, lang)
    citizen.accept()
    citizen.planned()
    expect(page.locator("nearside-status")).to_have_text(words(lang)["page"]["state-on"])
    look(page, lang)


def test_the_panel_with_all_that_it_can_show(new_citizen: NewCitizen, lang: str) -> None:
    """Choices, what is known and may be noticed, receipts checked, what was sent, and an erasure. The words
    that the agency has in English alone are marked, and nothing else is."""
    citizen = new_citizen(**NARROW)
    given(citizen, lang)
    citizen.look_at(PERMIT, "/waste/collection-days")
    citizen.until(lambda: len(citizen.book()["receipts"]) == 2, "a receipt for each purpose")
    page = citizen.open(PANEL)
    said = words(lang)
    expect(page.locator("dl.nearside-receipt")).to_have_count(2)
    purpose = page.locator("dl.nearside-receipt dd").first
    expect(purpose).to_have_text(said["check"]["purpose-learn"])
    receipts = page.locator(".nearside-receipts")
    receipts.get_by_role("button", name=said["panel"]["receipt-check"]).first.click()
    expect(page.locator(".nearside-checked h4")).to_have_text(said["check"]["holds"])
    for more in page.locator("nearside-preferences details").all():
        more.evaluate("each => (each.open = true)")
    look(page, lang)
    today = datetime.now().astimezone().date()  # as this machine's calendar and so its browser's has it
    expect(page.locator("nearside-preferences")).to_contain_text(day(today, lang))
    marked = in_another(page, lang)
    assert marked.keys() == {"en"}
    asked = page.locator(".nearside-panel :is(fieldset, .nearside-unasked)")
    assert marked["en"] == {
        *asked.locator("legend, h3").all_inner_texts(),
        *asked.locator(".nearside-hint").all_inner_texts(),
    }
    expect(page.locator("nearside-visit")).to_have_text(said["visit"]["another"])
    page.get_by_role("button", name=said["panel"]["erase-ask"]).click()
    look(page, lang)
    page.get_by_role("button", name=said["panel"]["erase-now"]).click()
    expect(page.locator(".nearside-remains li")).to_have_count(6)
    look(page, lang)
    assert citizen.said == []


def test_a_receipt_is_checked(new_citizen: NewCitizen, lang: str) -> None:
    """Held, and not readable at all."""
    citizen = new_citizen(**NARROW)
    given(citizen, lang)
    citizen.until(lambda: len(citizen.book()["receipts"]) == 2, "a receipt for each purpose")
    receipt = citizen.book()["receipts"][0]
    page = citizen.open(f"{PANEL}/check")
    said = words(lang)["check"]
    look(page, lang)
    for text, verdict in ((receipt, "holds"), ("{}", "unreadable")):
        page.get_by_label(said["text"]).fill(text)
        page.get_by_role("button", name=said["check"]).click()
        expect(page.locator(".nearside-checked h2")).to_have_text(said[verdict])
        for more in page.locator("nearside-check details").all():
            more.evaluate("each => (each.open = true)")
        look(page, lang)


def test_what_the_device_is_asked_to_keep(new_citizen: NewCitizen, lang: str) -> None:
    """A form's answers offered and reviewed, a reminder asked for and due, and the list of both: our words in
    the language, the city's marked as English."""
    citizen = new_citizen(**NARROW)
    said = words(lang)
    page = citizen.open(f"{PERMIT}/apply")
    page.locator("#full-name").fill("Sam Carter")
    look(page, lang)
    page.get_by_role("button", name=said["vault"]["keep"]).click()
    expect(page.locator("nearside-keep .nearside-saved")).not_to_be_empty()
    look(page, lang)
    page = citizen.open(f"{PERMIT}/renew")
    expect(page.locator("nearside-prefill dl")).to_be_visible()
    look(page, lang)
    page.get_by_role("button", name=said["vault"]["again-use"]).click()
    expect(page.locator(".nearside-review-heading")).to_have_text(said["vault"]["review-title"])
    look(page, lang)
    page = citizen.open(PERMIT)
    look(page, lang)
    page.get_by_role("button", name=said["reminders"]["remind"]).click()
    expect(page.locator("nearside-reminder")).to_contain_text(said["reminders"]["bad-day"])
    look(page, lang)
    for place, number in enumerate((START.day, START.month, START.year)):
        page.locator("nearside-reminder input").nth(place).fill(str(number))
    page.get_by_role("button", name=said["reminders"]["remind"]).click()
    expect(page.locator("nearside-reminder .nearside-saved")).to_have_text(said["reminders"]["saved"])
    expect(page.locator("nearside-reminder")).to_contain_text(day(ENDS, lang))
    look(page, lang)
    page = citizen.open(f"{PANEL}/tasks")
    expect(page.locator(".nearside-task")).to_have_count(2)
    look(page, lang)
    page = citizen.open(PANEL)
    expect(page.locator(".nearside-kept-list li")).to_have_count(2)
    look(page, lang)
    due = ENDS - timedelta(days=30)
    page.clock.set_fixed_time(datetime(due.year, due.month, due.day, 18, tzinfo=UTC))
    page = citizen.open("/")
    strip = page.locator("nearside-reminders")
    distance = {"es": "dentro de 30 días", "cy": "ymhen 30 diwrnod"}[lang]
    expect(strip).to_contain_text(f"{day(ENDS, lang)} ({distance})")
    expect(strip.locator("a")).to_have_attribute("lang", "en")
    look(page, lang)
    assert citizen.said == []


@pytest.mark.usefixtures("quiet_city")
def test_alerts_are_counted_as_the_language_counts(
    city: PlayedCity, new_citizen: NewCitizen, lang: str
) -> None:
    """One, two and three more; an alert in English alone is marked so, with its labels in the language."""
    more = {
        "es": ("1 alerta más", "2 alertas más", "3 alertas más"),
        "cy": ("1 rhybudd arall", "2 rybudd arall", "3 rhybudd arall"),
    }[lang]
    for count, sentence in enumerate(more, start=1):
        publish(city, *(now_alert(number) for number in range(count + 1)))
        page = new_citizen(**NARROW).open("/")
        bar = page.locator("nearside-alert:not([full])")
        bar.get_by_role("button", name=words(lang)["alerts"]["read"]).click()
        expect(bar).to_contain_text(sentence)
        expect(bar.locator(".nearside-alert-line")).to_have_attribute("lang", "en")
        look(page, lang)


@pytest.mark.usefixtures("quiet_city")
def test_the_page_of_alerts(city: PlayedCity, new_citizen: NewCitizen, lang: str) -> None:
    """An area is chosen and shown; its name is marked as English."""
    put_alerts(city.stage.deployment, "heatwave")
    said = words(lang)["alerts"]
    page = new_citizen(**NARROW).open("/emergencies/alerts")
    look(page, lang)
    page.get_by_label(said["area"]).select_option("riverton:harbour")
    page.get_by_role("button", name=said["use-area"]).click()
    expect(page.get_by_role("heading", name=said["mine-title"])).to_be_visible()
    for more in page.locator("nearside-place details").all():
        more.evaluate("each => (each.open = true)")
    look(page, lang)
    assert "en" in in_another(page, lang)
