"""Alerts in a real browser: for everybody without data, for a place without telling anybody, never forged."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Locator, expect

from consent_ledger import canonical
from demo.alerts import put_alerts
from edge_client.wire.alert_file import AlertFile, sign_alerts
from edge_client.wire.alerts import Alert, AlertArea, Alerts, Severity
from nearside.alert_publishing import gather, path_of, publish_alerts
from nearside.importing.area_lists import AreaColumns, PlaceColumns, areas_of, read_areas, read_places
from nearside.importing.geojson import read_features
from nearside.importing.nws import message_of
from nearside.local.messages import Answer, HttpRequest, HttpResponse
from tests.support.alerts import STRANGER, alert, filled, words
from tests.support.browser import ASKS_FOR_PRIVACY, STORAGE_BLOCKED, Citizen, NewCitizen, citizen_of
from tests.support.playing import PlayedCity

pytestmark = pytest.mark.browser

PAGE = "/emergencies/alerts"
FILE = path_of("riverton")
HARBOUR = {"longitude": -30.0, "latitude": 48.027, "accuracy": 30}
ACROSS = {"longitude": -29.99, "latitude": 48.012, "accuracy": 30}
NOWHERE = {"longitude": 10.0, "latitude": 10.0, "accuracy": 30}
SHIFT_BUDGET = 0.001


@pytest.fixture(autouse=True)
def quiet_city(city: PlayedCity) -> Iterator[None]:
    """Whatever a test published is over after it."""
    yield
    put_alerts(city.stage.deployment, "river")


def bar(citizen: Citizen) -> Locator:
    return citizen.page.locator("nearside-alert:not([full])")


def full(citizen: Citizen) -> Locator:
    return citizen.page.locator("nearside-alert[full]")


def publish(city: PlayedCity, *alerts: Alert, lifetime_s: int = 3600) -> AlertFile:
    """Publish alerts of our own, without areas."""
    deployment = city.stage.deployment
    listed = Alerts("riverton", tuple(sorted(alerts, key=lambda one: one.alert_id)))
    return publish_alerts(
        listed,
        areas=None,
        shelf=deployment.shelf,
        signer=deployment.agency_signer(),
        now=int(time.time()),
        lifetime_s=lifetime_s,
    )


def now_alert(number: int, *areas: AlertArea, seconds: int = 3600, **said: Any) -> Alert:
    now = int(time.time())
    return alert(number, *areas, effective=now - 60, expires=now + seconds, **said)


@contextmanager
def located(city: PlayedCity, chromium: Browser, at: dict[str, float], **options: Any) -> Iterator[Citizen]:
    """A citizen whose browser has a position, and may tell it to pages."""
    with citizen_of(city, chromium, geolocation=at, permissions=["geolocation"], **options) as citizen:
        yield citizen


def uncached(request: HttpRequest, answer: Answer) -> HttpResponse:
    """What a browser gets whose copy is older than half a minute."""
    response = answer(request)
    return HttpResponse(response.status, {**response.headers, "cache-control": "no-store"}, response.body)


def sent_since(city: PlayedCity, start: int) -> str:
    """Everything that reached the front door: addresses, headers and bodies, as one text."""
    return "\n".join(
        f"{request.method} {request.path} {sorted(request.headers.items())} {request.body!r}"
        for request in city.front.since(start)
    )


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
        publish(city, now_alert(1, severity=Severity.EXTREME, seconds=12, said=words("Dam failure")))
        citizen.open("/")
        expect(full(citizen).get_by_role("heading", name="Dam failure")).to_be_visible()
        expect(citizen.page.locator("nearside-recommend")).to_have_count(0)
        expect(bar(citizen)).to_contain_text("Dam failure")
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
@pytest.mark.parametrize("late_ms", [0, 1500])
def test_no_alert_moves_the_page(
    city: PlayedCity, chromium: Browser, home: str, width: int, late_ms: int
) -> None:
    """However late it comes: its room was there before. Axe finds nothing, and nothing is wider than the
    screen."""
    put_alerts(city.stage.deployment, "river", "heatwave")

    def slowly(request: HttpRequest, answer: Answer) -> HttpResponse:
        if request.path == f"/{FILE}":
            time.sleep(late_ms / 1000)
        return answer(request)

    viewport = {"width": width, "height": 800}
    with (
        city.front.answering(slowly),
        citizen_of(city, chromium, viewport=viewport, bypass_csp=True) as citizen,
    ):
        citizen.open(home)
        expect(bar(citizen).get_by_role("alert")).to_be_visible()
        expect(full(citizen).locator(".nearside-alert-full")).to_be_visible()
        citizen.page.wait_for_timeout(500)
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


def test_an_area_from_the_list_is_enough(city: PlayedCity, new_citizen: NewCitizen) -> None:
    """Without a position: what is for part of it is said to be, and the places there are listed.

    It is forgotten with the page.
    """
    start = len(city.front.seen)
    citizen = new_citizen(bypass_csp=True)
    page = citizen.open(PAGE)
    expect(page.get_by_label("Choose your area from a list")).to_be_visible()
    before = len(city.front.seen)
    page.get_by_label("Choose your area from a list").select_option("riverton:harbour")
    page.get_by_role("button", name="Show alerts for this area").click()
    expect(page.locator(".nearside-place-status")).to_have_text("Harbour. Alerts for you now: 1.")
    mine = page.locator(".nearside-alerts-mine li")
    expect(mine).to_contain_text("High river")
    expect(mine).to_contain_text("This is for part of your area.")
    expect(page.locator(".nearside-places-list li")).to_have_text(["Harbour Library08:00-21:00"])
    expect(bar(citizen)).to_contain_text("High river")
    expect(page.locator(".nearside-place-kept")).to_contain_text("forgotten when you leave this page")
    assert len(city.front.seen) == before
    assert "harbour" not in sent_since(city, start)
    assert citizen.violations() == []
    assert citizen.local() == {}
    citizen.open("/")
    page.wait_for_load_state("networkidle")
    expect(bar(citizen)).to_have_text("Alerts and your area")


ALLOWED = """
if (!localStorage["nearside.choice"]) {
  localStorage["nearside.choice"] =
    JSON.stringify({ given: ["place"], at: 1000, gpc: "absent", ever: true, notice: null });
}
"""


def test_an_area_is_kept_only_where_that_is_allowed(city: PlayedCity, new_citizen: NewCitizen) -> None:
    """With consent to `place` other pages know it too, by codes and a date alone; a no forgets it at once."""
    citizen = new_citizen(ALLOWED)
    page = citizen.open(PAGE)
    page.get_by_label("Choose your area from a list").select_option("riverton:harbour")
    page.get_by_role("button", name="Show alerts for this area").click()
    expect(page.locator(".nearside-place-kept")).to_contain_text("kept on this device for 90 days")
    kept = json.loads(citizen.local()["nearside.place"])
    assert kept["codes"] == ["riverton:harbour"]
    assert set(kept) == {"v", "codes", "since"}
    citizen.open("/parking/zones")
    expect(bar(citizen)).to_contain_text("High river")
    assert json.loads(citizen.local()["nearside.place"]) == kept
    citizen.open("/help/privacy")
    page.get_by_role("button", name="Save my choices").click()
    citizen.until(lambda: "nearside.place" not in citizen.local(), "the area is forgotten")


def asking_for_place(request: HttpRequest, answer: Answer) -> HttpResponse:
    """A site whose notice asks for `place` as well: the words are built into the loader."""
    if request.path != "/nearside/loader.js":
        return answer(request)
    plain = {name: value for name, value in request.headers.items() if name != "accept-encoding"}
    response = answer(replace(request, headers=plain))
    asked, count = re.subn(
        rb'\{purpose:"learn"', b'{purpose:"place",title:"My area",text:"Kept here."},\\g<0>', response.body
    )
    assert count == 2
    return HttpResponse(response.status, response.headers, asked)


def test_an_area_is_kept_when_somebody_asks_for_it(city: PlayedCity, new_citizen: NewCitizen) -> None:
    """Where the agency's notice has the purpose, a button beside the area is the yes to it, and to nothing
    else."""
    with city.front.answering(asking_for_place):
        citizen = new_citizen()
        page = citizen.open(PAGE)
        page.get_by_label("Choose your area from a list").select_option("riverton:harbour")
        page.get_by_role("button", name="Show alerts for this area").click()
        keep = page.get_by_role("button", name="Keep my area on this device")
        expect(keep).to_be_visible()
        assert citizen.local() == {}
        keep.click()
        expect(page.locator(".nearside-place-status")).to_have_text("Your area is kept on this device.")
        assert citizen.choice()["given"] == ["place"]
        assert json.loads(citizen.local()["nearside.place"])["codes"] == ["riverton:harbour"]
        page.get_by_role("button", name="Forget my area").click()
        expect(page.locator(".nearside-place-status")).to_have_text("Your area is forgotten.")
        assert "nearside.place" not in citizen.local()


@pytest.mark.parametrize(
    ("at", "said", "alerts"),
    [
        (HARBOUR, "Harbour. Alerts for you now: 1.", 1),
        (ACROSS, "Harbour. Alerts for you now: 0.", 0),
        (NOWHERE, "You are in none of the areas of this site. Alerts for you now: 0.", 0),
        ({**ACROSS, "accuracy": 5000}, "Harbour. Alerts for you now: 1.", 1),
    ],
    ids=["inside", "outside", "elsewhere", "not sure"],
)
def test_a_position_is_judged_and_forgotten(
    city: PlayedCity, chromium: Browser, at: dict[str, float], said: str, alerts: int
) -> None:
    """Asked for by a button, and not before; nothing is sent, no number of it is kept, and the nearest places
    come first."""
    with located(city, chromium, at) as citizen:
        asked = """
        window.asked = 0;
        const real = navigator.geolocation.getCurrentPosition.bind(navigator.geolocation);
        navigator.geolocation.getCurrentPosition = (...all) => { window.asked += 1; real(...all); };
        """
        citizen.context.add_init_script(asked)
        page = citizen.open(PAGE)
        use = page.get_by_role("button", name="Use my position once")
        expect(use).to_be_visible()
        assert page.evaluate("window.asked") == 0
        start = len(city.front.seen)
        use.click()
        expect(page.locator(".nearside-place-status")).to_have_text(said)
        expect(page.locator(".nearside-alerts-mine li")).to_have_count(alerts)
        assert page.evaluate("window.asked") == 1
        page.wait_for_timeout(1000)
        assert city.front.since(start) == []
        kept = json.dumps([citizen.local(), citizen.store(), page.evaluate("({ ...sessionStorage })")])
        for number in (at["longitude"], at["latitude"]):
            assert str(number) not in kept
            assert str(abs(int(number * 1_000_000))) not in kept
        distances = page.locator(".nearside-distance").all_inner_texts()
        assert len(distances) == 5
        assert citizen.said == []


def test_a_position_that_is_not_told_leaves_the_list(city: PlayedCity, new_citizen: NewCitizen) -> None:
    """Somebody who says no to the browser's question still has the other way."""
    citizen = new_citizen()
    page = citizen.open(PAGE)
    page.get_by_role("button", name="Use my position once").click()
    expect(page.locator(".nearside-place-status")).to_contain_text("You can choose your area from the list.")


@pytest.mark.parametrize(
    "forge",
    ["forged", "changed", "over", "oversized", "not an alert file"],
)
def test_what_is_not_the_agencys_is_not_shown(city: PlayedCity, new_citizen: NewCitizen, forge: str) -> None:
    """Whoever stands between, or writes to the shelf, can hold alerts back, and can make none."""
    honest = publish(city, now_alert(1, severity=Severity.EXTREME, said=words("Dam failure")))
    now = int(time.time())
    forged = {
        "forged": sign_alerts(
            Alerts("riverton", (now_alert(1, said=words("Leave the city")),)),
            STRANGER,
            sequence=99,
            issued=now,
            not_after=now + 600,
            areas=None,
        ).to_bytes(),
        "changed": honest.to_bytes().replace(b"Dam failure", b"Dam is fine"),
        "over": sign_alerts(
            Alerts("riverton", (now_alert(1, said=words("Old news")),)),
            city.stage.deployment.agency_signer(),
            sequence=99,
            issued=now - 7200,
            not_after=now - 3600,
            areas=None,
        ).to_bytes(),
        "oversized": honest.to_bytes() + b" " * 1_000_000,
        "not an alert file": b"<html>",
    }[forge]

    def instead(request: HttpRequest, answer: Answer) -> HttpResponse:
        if request.path != f"/{FILE}":
            return answer(request)
        return HttpResponse(200, {"content-type": "application/json"}, forged)

    with city.front.answering(instead):
        citizen = new_citizen()
        citizen.open("/")
        citizen.page.wait_for_load_state("networkidle")
        citizen.page.wait_for_timeout(500)
        expect(bar(citizen)).to_have_text("Alerts and your area")
        expect(citizen.page.locator("nearside-recommend li")).to_have_count(3)
    citizen.open("/parking/zones")
    expect(bar(citizen)).to_contain_text("Dam failure")


def test_a_replay_is_seen_where_something_may_be_kept(city: PlayedCity, new_citizen: NewCitizen) -> None:
    """Who said yes to anything keeps the newest file: an older one is not taken in its place, a later page
    shows the kept one without waiting, and a no deletes it."""
    old = publish(city, now_alert(1, said=words("All clear"))).to_bytes()
    publish(city, now_alert(2, severity=Severity.EXTREME, said=words("Dam failure")))
    citizen = new_citizen()
    citizen.open("/")
    citizen.accept()
    citizen.open("/parking/zones")
    expect(bar(citizen)).to_contain_text("Dam failure")
    assert "nearside.alerts" in citizen.local()

    def instead(request: HttpRequest, answer: Answer) -> HttpResponse:
        if request.path != f"/{FILE}":
            return answer(request)
        return HttpResponse(200, {"content-type": "application/json", "cache-control": "no-store"}, old)

    with city.front.answering(instead):
        citizen.open("/parking/visitor-permit")
        citizen.page.wait_for_load_state("networkidle")
        expect(bar(citizen)).to_contain_text("Dam failure")
    citizen.open("/help/privacy")
    for purpose in ("suggest", "learn"):
        citizen.page.locator(f"#nearside-{purpose}-off").check()
    citizen.page.get_by_role("button", name="Save my choices").click()
    citizen.until(lambda: "nearside.alerts" not in citizen.local(), "the kept file is deleted")


def test_markup_in_an_alert_is_text(city: PlayedCity, new_citizen: NewCitizen) -> None:
    """A feed that writes HTML has it shown, and not run."""
    evil = "<img src=x onerror=alert(1)><script>alert(2)</script>"
    publish(
        city,
        now_alert(
            1,
            severity=Severity.EXTREME,
            said=words(evil[:60], headline=evil, description=evil, instruction=evil),
        ),
    )
    citizen = new_citizen()
    page = citizen.open("/")
    expect(full(citizen)).to_contain_text("<script>alert(2)</script>")
    bar(citizen).get_by_role("button", name="What to do").click()
    expect(bar(citizen).locator(".nearside-alert-details")).to_contain_text("<img src=x onerror=alert(1)>")
    assert page.locator("nearside-alert img, nearside-alert script").count() == 0
    assert citizen.said == []


def test_without_script_the_header_leads_to_what_to_do(new_citizen: NewCitizen) -> None:
    """The server's own link, and on the page where to hear of alerts."""
    citizen = new_citizen(java_script_enabled=False)
    citizen.open("/")
    expect(bar(citizen).get_by_role("link")).to_have_text("Alerts and your area")
    citizen.follow(PAGE)
    expect(citizen.page.locator("nearside-place")).to_contain_text("listen to Radio Riverton")


@pytest.mark.data
@pytest.mark.parametrize(
    ("at", "inside"),
    [((-122.235, 47.45), True), ((-122.33, 47.61), False), ((-77.02, 38.9), False)],
    ids=["in the flood", "in the county", "in the capital"],
)
def test_the_flash_flood_in_king_county(
    city: PlayedCity, chromium: Browser, public_data: Path, at: tuple[float, float], inside: bool
) -> None:
    """The Weather Service's own polygon of a levee that broke, and the cooling centres of Washington: matched
    in the browser, nearest first, and no request has a coordinate."""
    now = datetime.now(UTC)
    states = read_areas(
        (public_data / "geo/united-states.geojson").read_bytes(),
        AreaColumns("us", "name", {"en": "name"}),
        tolerance_metres=2000,
    )
    places = (public_data / "geo/dc-cooling-centers.geojson").read_bytes()
    shelters = read_places(places, PlaceColumns({"en": "NAME"}, ("ADDRESS", "HOURS")), states)
    areas = areas_of("riverton", states, shelters=shelters)
    feed = filled((public_data / "nws-alerts/northwest_active.json").read_bytes(), now)
    floods = [
        message_of(one)
        for one in read_features(feed, noun="nws")
        if one["properties"]["event"] == "Flash Flood Warning"
    ]
    deployment = city.stage.deployment
    publish_alerts(
        gather(floods, site="riverton", now=int(now.timestamp()), areas=areas),
        areas=areas,
        shelf=deployment.shelf,
        signer=deployment.agency_signer(),
        now=int(now.timestamp()),
    )
    position = {"longitude": at[0], "latitude": at[1], "accuracy": 50}
    start = len(city.front.seen)
    with located(city, chromium, position) as citizen:
        page = citizen.open(PAGE)
        expect(bar(citizen)).to_have_text("Alerts and your area")
        page.get_by_role("button", name="Use my position once").click()
        state = "District of Columbia" if at[0] > -100 else "Washington"
        expect(page.locator(".nearside-place-status")).to_contain_text("Alerts for you now:")
        mine = page.locator(".nearside-alerts-mine li")
        expect(mine).to_have_count(1 if inside else 0)
        if inside:
            expect(mine).to_contain_text("Move to higher ground now.")
            expect(bar(citizen).get_by_role("alert")).to_contain_text("Flash Flood Warning")
        else:
            expect(bar(citizen)).to_have_text("Alerts and your area")
        rows = page.locator(".nearside-places-list li")
        expect(rows).to_have_count(5)
        if state == "District of Columbia":
            expect(rows.first).to_contain_text("Pat Handy")
        page.wait_for_timeout(1000)
        text = sent_since(city, start)
        for number in at:
            assert str(number)[:6] not in text
            assert str(int(abs(number) * 1_000_000))[:6] not in text
        assert citizen.said == []


def test_the_file_is_small_enough_to_sign_and_served_fresh(city: PlayedCity) -> None:
    """Half a minute in caches and no longer, so that an alert is everywhere within a minute."""
    put_alerts(city.stage.deployment, "river", "heatwave")
    answer = httpx.get(f"{city.url}/{FILE}")
    assert answer.headers["cache-control"] == "public, max-age=30"
    assert canonical.decode(answer.content) == canonical.decode(
        AlertFile.from_bytes(answer.content).to_bytes()
    )
