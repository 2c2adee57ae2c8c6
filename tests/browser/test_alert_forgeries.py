"""What is not the agency's, or not the newest, in a real browser: not shown, and never run."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import expect

from edge_client.wire.alert_file import sign_alerts
from edge_client.wire.alerts import Alerts, Severity
from nearside.local.messages import Answer, HttpRequest, HttpResponse
from tests.support.alert_pages import (
    FILE,
    bar,
    full,
    now_alert,
    publish,
)
from tests.support.alerts import STRANGER, words
from tests.support.browser import NewCitizen
from tests.support.playing import PlayedCity

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("quiet_city")]


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
    citizen.until(lambda: "nearside.alerts" in citizen.local(), "the newest file is kept")

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
