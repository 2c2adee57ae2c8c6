"""Pages of the city with alerts: what tests publish, how they look at it, and what was sent meanwhile."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator

from demo.alerts import put_alerts
from edge_client.wire.alert_file import AlertFile
from edge_client.wire.alerts import Alert, AlertArea, Alerts
from nearside.alert_publishing import path_of, publish_alerts
from nearside.local.messages import Answer, HttpRequest, HttpResponse
from tests.support.alerts import alert
from tests.support.browser import Citizen, citizen_of
from tests.support.playing import PlayedCity

PAGE = "/emergencies/alerts"
FILE = path_of("riverton")


@pytest.fixture
def quiet_city(city: PlayedCity) -> Iterator[None]:
    """Whatever a test published is over after it."""
    yield
    put_alerts(city.stage.deployment, "river")


def bar(citizen: Citizen) -> Locator:
    """The line in the header."""
    return citizen.page.locator("nearside-alert:not([full])")


def full(citizen: Citizen) -> Locator:
    """The place of suggestions that an emergency takes."""
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
    """Alert `number`, in force for some seconds from now."""
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
