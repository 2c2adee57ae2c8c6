"""Alerts for a place, in a real browser: an area or a position, and nobody is told."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from nearside.alert_publishing import gather, publish_alerts
from nearside.importing.area_lists import AreaColumns, PlaceColumns, areas_of, read_areas, read_places
from nearside.importing.geojson import read_features
from nearside.importing.nws import message_of
from tests.support.alert_pages import (
    PAGE,
    bar,
    located,
    sent_since,
)
from tests.support.alerts import filled
from tests.support.browser import DEAF_WORKER, NewCitizen
from tests.support.chosen import kept_choice
from tests.support.playing import PlayedCity

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("quiet_city")]

HARBOUR = {"longitude": -30.0, "latitude": 48.027, "accuracy": 30}
ACROSS = {"longitude": -29.99, "latitude": 48.012, "accuracy": 30}
NOWHERE = {"longitude": 10.0, "latitude": 10.0, "accuracy": 30}
UNSURE = "Your position is not exact. You may be in one of these areas: Eastgate, Harbour."
ALLOWED = f"""
localStorage["nearside.choice"] ||= {json.dumps(kept_choice("place"))};
"""


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


def test_an_area_is_kept_only_where_that_is_allowed(city: PlayedCity, new_citizen: NewCitizen) -> None:
    """With consent to `place` other pages know it too, by codes and a date alone; a no forgets it at once."""
    citizen = new_citizen(ALLOWED, DEAF_WORKER)
    page = citizen.open(PAGE)
    page.get_by_label("Choose your area from a list").select_option("riverton:harbour")
    page.get_by_role("button", name="Show alerts for this area").click()
    expect(page.locator(".nearside-place-kept")).to_contain_text("kept on this device for 90 days")
    citizen.until(lambda: "nearside.place" in citizen.local(), "the area is kept")
    kept = json.loads(citizen.local()["nearside.place"])
    assert kept["codes"] == ["riverton:harbour"]
    assert set(kept) == {"v", "codes", "since"}
    citizen.open("/parking/zones")
    expect(bar(citizen)).to_contain_text("High river")
    assert json.loads(citizen.local()["nearside.place"]) == kept
    citizen.open("/help/privacy")
    page.locator("#nearside-place-off").check()
    page.get_by_role("button", name="Save my choices").click()
    citizen.until(lambda: "nearside.place" not in citizen.local(), "the area is forgotten")


def test_an_area_is_kept_when_somebody_asks_for_it(new_citizen: NewCitizen) -> None:
    """Asked in the agency's words beside the area, and nowhere else: a no keeps nothing, a yes is one to that
    alone, with its receipt; the banner still asks its own; a withdrawal in the panel forgets the area."""
    citizen = new_citizen(bypass_csp=True)
    page = citizen.open("/help/privacy")
    unasked = page.locator(".nearside-unasked")
    expect(unasked).to_have_count(2)
    expect(unasked.last).to_contain_text("You have not been asked yet")
    citizen.open(PAGE)
    page.get_by_label("Choose your area from a list").select_option("riverton:harbour")
    page.get_by_role("button", name="Show alerts for this area").click()
    asking = page.locator(".nearside-asking")
    expect(asking).to_contain_text("it stays on this device for 90 days")
    assert citizen.local() == {}
    assert citizen.violations() == []
    asking.get_by_role("button", name="Do not keep my area").click()
    assert (citizen.choice()["given"], citizen.choice()["asked"]) == ([], ["place"])
    assert "nearside.place" not in citizen.local()
    expect(asking.get_by_role("button")).to_have_count(1)
    asking.get_by_role("button", name="Keep my area on this device").click()
    expect(page.locator(".nearside-place-status")).to_have_text("Your area is kept on this device.")
    assert citizen.choice()["given"] == ["place"]
    assert json.loads(citizen.local()["nearside.place"])["codes"] == ["riverton:harbour"]
    expect(citizen.banner).to_be_visible()
    citizen.until(lambda: bool(citizen.store().get("book")), "the worker heard of it")
    assert citizen.book()["choices"] == {"place": "given"}
    citizen.open("/help/privacy")
    expect(page.locator("#nearside-place-on")).to_be_checked()
    expect(unasked).to_have_count(1)
    expect(page.locator("dl.nearside-receipt")).to_contain_text("Keep my area", timeout=60_000)
    page.locator("#nearside-place-off").check()
    page.get_by_role("button", name="Save my choices").click()
    citizen.until(lambda: "nearside.place" not in citizen.local(), "the area is forgotten")


@pytest.mark.parametrize(
    ("at", "said", "alerts"),
    [
        (HARBOUR, "Harbour. Alerts for you now: 1.", 1),
        (ACROSS, "Harbour. Alerts for you now: 0.", 0),
        (NOWHERE, "You are in none of the areas of this site. Alerts for you now: 0.", 0),
        ({**ACROSS, "accuracy": 1400}, f"{UNSURE} Alerts for you now: 1.", 1),
        ({**ACROSS, "accuracy": 1200}, f"{UNSURE} Alerts for you now: 0.", 0),
    ],
    ids=["inside", "outside", "elsewhere", "not sure", "not sure and too far"],
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
        expect(page.locator(".nearside-distance")).to_have_count(5)
        assert citizen.said == []


def test_a_position_that_is_not_told_leaves_the_list(city: PlayedCity, new_citizen: NewCitizen) -> None:
    """Somebody who says no to the browser's question still has the other way."""
    citizen = new_citizen()
    page = citizen.open(PAGE)
    page.get_by_role("button", name="Use my position once").click()
    expect(page.locator(".nearside-place-status")).to_contain_text("You can choose your area from the list.")


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
