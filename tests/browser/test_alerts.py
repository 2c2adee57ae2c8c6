"""Alerts in a real browser: for everybody without data, in room that was there before."""

from __future__ import annotations

import time
from threading import Event

import pytest
from playwright.sync_api import Browser, expect

from consent_ledger import canonical
from demo.alerts import put_alerts
from edge_client.wire.alert_file import AlertFile
from edge_client.wire.alerts import Severity
from nearside.local.messages import Answer, HttpRequest, HttpResponse
from tests.support import patient
from tests.support.alert_pages import (
    FILE,
    PAGE,
    bar,
    full,
    now_alert,
    publish,
    uncached,
)
from tests.support.alerts import alert, words
from tests.support.browser import (
    ASKS_FOR_PRIVACY,
    PATIENCE_MS,
    STORAGE_BLOCKED,
    NewCitizen,
    citizen_of,
    painted,
)
from tests.support.playing import PlayedCity

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("quiet_city")]

SHIFT_BUDGET = 0.001


def test_an_alert_for_everyone_shows_without_data(city: PlayedCity, new_citizen: NewCitizen) -> None:
    """Also to those who said no, whose browser asks for privacy, or blocks storage: by the same request, and
    nothing is kept."""
    put_alerts(city.stage.deployment, "heatwave")
    refused = new_citizen()
    refused.open("/")
    refused.reject()
    start = len(city.front.seen)
    for citizen in (refused, new_citizen(ASKS_FOR_PRIVACY), new_citizen(STORAGE_BLOCKED), new_citizen()):
        for path in ("/parking/resident-permit", "/ar/emergencies/flood"):
            citizen.open(path)
            expect(bar(citizen).get_by_role("alert")).to_be_visible()
            assert bar(citizen).get_attribute("data-severity") == "severe"
        assert citizen.said == []
        assert citizen.context.cookies() == []
    assert set(refused.local()) == {"nearside.choice"}
    asked = [request for request in city.front.since(start) if request.path == f"/{FILE}"]
    assert len(asked) >= 3  # a browser that asked within half a minute has it in its cache
    for request in asked:
        assert not {"cookie", "referer", "authorization"} & set(request.headers)
        assert "?" not in request.path


def test_an_emergency_displaces_suggestions_and_clears_when_it_expires(
    city: PlayedCity, new_citizen: NewCitizen
) -> None:
    """First the alert and then, with nobody doing anything, what was there before, this device's suggestions
    too."""
    with city.front.answering(uncached):
        citizen = new_citizen()
        citizen.open("/")
        citizen.accept()
        citizen.planned()
        publish(city, now_alert(1, severity=Severity.EXTREME, seconds=600, said=words("Dam failure")))
        citizen.page.clock.install()
        citizen.open("/")
        expect(full(citizen).get_by_role("heading", name="Dam failure")).to_be_visible()
        expect(citizen.page.locator("nearside-recommend")).to_have_count(0)
        expect(bar(citizen)).to_contain_text("Dam failure")
        citizen.page.clock.fast_forward("11:00")
        expect(citizen.page.locator("nearside-recommend li")).to_have_count(3)
        expect(citizen.cards).to_have_count(3)
        expect(bar(citizen)).to_have_text("Alerts and your area")
        assert bar(citizen).get_attribute("data-severity") is None
        assert citizen.said == []


def test_what_is_less_serious_leaves_suggestions_where_they_are(
    city: PlayedCity, new_citizen: NewCitizen
) -> None:
    """A moderate alert for everyone is a line in the header."""
    publish(city, now_alert(1, severity=Severity.MODERATE, said=words("Roadworks")))
    citizen = new_citizen()
    citizen.open("/")
    expect(bar(citizen).get_by_role("status")).to_contain_text("Roadworks")
    expect(citizen.page.locator("nearside-recommend li")).to_have_count(3)


@pytest.mark.parametrize(("home", "width"), [("/", 1280), ("/", 320), ("/ar", 1280), ("/ar", 320)])
@pytest.mark.parametrize("late", [False, True], ids=["at once", "late"])
def test_no_alert_moves_the_page(
    city: PlayedCity, chromium: Browser, home: str, width: int, *, late: bool
) -> None:
    """However late it comes: its room was there before. Axe finds nothing, and nothing is wider than the
    screen."""
    put_alerts(city.stage.deployment, "river", "heatwave")

    released = Event()

    def held(request: HttpRequest, answer: Answer) -> HttpResponse:
        assert request.path != f"/{FILE}" or released.wait(PATIENCE_MS / 1000)
        return answer(request)

    viewport = {"width": width, "height": 800}
    with (
        city.front.answering(held),
        citizen_of(city, chromium, viewport=viewport, bypass_csp=True) as citizen,
    ):
        if not late:
            released.set()
        citizen.open(home)
        painted(citizen.page)
        released.set()
        expect(bar(citizen).get_by_role("alert")).to_be_visible()
        expect(full(citizen).locator(".nearside-alert-full")).to_be_visible()
        painted(citizen.page)
        shifts = citizen.page.evaluate("window.nearsideSeen.shifts")
        assert sum(shift["value"] for shift in shifts) <= SHIFT_BUDGET
        assert citizen.violations() == []
        root = "document.documentElement"
        assert citizen.page.evaluate(f"{root}.scrollWidth <= {root}.clientWidth")


def test_an_alert_is_read_and_hidden_by_keyboard_until_it_changes(
    city: PlayedCity, new_citizen: NewCitizen
) -> None:
    """Its words open under a button; hiding it moves the focus to what stands there then, lasts over pages,
    and ends when a word of it changes."""
    with city.front.answering(uncached):
        publish(city, now_alert(1, said=words("High river", instruction="Keep away.\n\nMove boats.")))
        citizen = new_citizen()
        page = citizen.open("/")
        more = bar(citizen).get_by_role("button", name="What to do")
        expect(more).to_have_attribute("aria-expanded", "false")
        more.focus()
        page.keyboard.press("Enter")
        expect(more).to_have_attribute("aria-expanded", "true")
        expect(bar(citizen).get_by_text("Move boats.")).to_be_visible()
        page.keyboard.press("Tab")
        expect(bar(citizen).get_by_role("button", name="Hide")).to_be_focused()
        page.keyboard.press("Enter")
        expect(bar(citizen).get_by_role("link")).to_be_focused()
        page.goto(f"{city.url}/parking/zones")
        page.wait_for_load_state("networkidle")
        expect(bar(citizen)).to_have_text("Alerts and your area")
        assert citizen.local() == {}
        publish(city, now_alert(1, said=words("High river", instruction="Leave now.")))
        page.goto(f"{city.url}/")
        expect(bar(citizen)).to_contain_text("High river")


def test_a_swap_leaves_the_focus_where_it_is(city: PlayedCity, new_citizen: NewCitizen) -> None:
    """An alert that comes while somebody is on the link in its place waits until they are elsewhere."""
    with city.front.answering(uncached):
        publish(city)
        citizen = new_citizen()
        page = citizen.open("/")
        page.wait_for_load_state("networkidle")
        link = bar(citizen).get_by_role("link")
        link.focus()
        now = int(time.time())
        publish(city, alert(1, effective=now - 60, expires=now + 600, said=words("Gas leak")))
        page.evaluate("Date.now = ((now) => () => now() + 400000)(Date.now)")
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        page.wait_for_timeout(1500)
        expect(link).to_be_focused()
        page.keyboard.press("Tab")
        expect(bar(citizen)).to_contain_text("Gas leak")


def test_without_script_the_header_leads_to_what_to_do(new_citizen: NewCitizen) -> None:
    """The server's own link, and on the page where to hear of alerts."""
    citizen = new_citizen(java_script_enabled=False)
    citizen.open("/")
    expect(bar(citizen).get_by_role("link")).to_have_text("Alerts and your area")
    citizen.follow(PAGE)
    expect(citizen.page.locator("nearside-place")).to_contain_text("listen to Radio Riverton")


def test_the_file_is_small_enough_to_sign_and_served_fresh(city: PlayedCity) -> None:
    """Half a minute in caches and no longer, so that an alert is everywhere within a minute."""
    put_alerts(city.stage.deployment, "river", "heatwave")
    answer = patient.get(f"{city.url}/{FILE}")
    assert answer.headers["cache-control"] == "public, max-age=30"
    assert canonical.decode(answer.content) == canonical.decode(
        AlertFile.from_bytes(answer.content).to_bytes()
    )
