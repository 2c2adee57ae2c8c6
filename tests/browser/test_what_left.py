"""The panel's list of what left this device is what the front door saw, to the byte."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from playwright.sync_api import Locator, expect

from nearside.local.messages import HttpRequest
from nearside.registers import registers
from tests.support.browser import Citizen, NewCitizen
from tests.support.playing import PlayedCity

pytestmark = pytest.mark.browser


def listed(citizen: Citizen) -> Counter[str]:
    """What the panel says was sent, word for word."""
    exact: Locator = citizen.page.locator(".nearside-sent-list pre")
    return Counter(exact.evaluate_all("all => all.map((each) => each.textContent)"))


def captured(requests: list[HttpRequest]) -> Counter[str]:
    """What the front door saw of what is not the same for everyone, in the panel's layout."""
    return Counter(
        f"{request.method} {request.path}" + (f"\n\n{request.body.decode()}" if request.body else "")
        for request in requests
        if request.path.startswith(("/consent/", "/contributions"))
    )


def logged(citizen: Citizen) -> None:
    """Wait until each purpose has its receipt."""
    citizen.planned()
    citizen.until(lambda: not citizen.book()["pending"], "a receipt for each purpose")


def at_most(citizen: Citizen) -> dict[str, int]:
    """How often, at most, the panel says that each public file was asked for."""
    rows = citizen.page.locator(".nearside-sent-files > li")
    texts = rows.evaluate_all("all => all.map((each) => each.textContent)")
    found = [re.fullmatch(r"(\S+) \((\d+) times? at most\)", text) for text in texts]
    return {row[1]: int(row[2]) for row in found if row}


def files(requests: list[HttpRequest]) -> Counter[str]:
    """The bundle and its files, as often as the front door was asked for them."""
    begin = ("/nearside/riverton/bundle.json", "/nearside/riverton/files/")
    return Counter(request.path for request in requests if request.path.startswith(begin))


def test_the_panel_lists_what_left_to_the_byte(city: PlayedCity, new_citizen: NewCitizen) -> None:
    """Choices, questions for receipts and a request for erasure; and public files, as often as asked for."""
    start = len(city.front.seen)
    citizen = new_citizen()
    citizen.open("/")
    citizen.accept()
    logged(citizen)
    page = citizen.open("/help/privacy")
    page.get_by_role("button", name="Delete the agency’s copy of my records").click()
    page.get_by_role("button", name="Delete it now").click()
    expect(page.locator(".nearside-sent-list")).to_contain_text("A request to delete the agency’s copy")
    expect(page.locator(".nearside-sent-list")).not_to_contain_text("No answer came")
    citizen.until(lambda: listed(citizen) == captured(city.front.since(start)), "the list is what was seen")
    seen = city.front.since(start)
    assert sum(captured(seen).values()) >= 4
    shown = at_most(citizen)
    assert set(shown) == set(files(seen))
    # What the browser still had in its cache was not asked for again.
    assert all(times >= files(seen)[path] for path, times in shown.items())
    link = page.get_by_role("link", name="Everything that can be sent or kept")
    assert page.request.get(city.url + str(link.get_attribute("href"))).body() == registers()
    assert citizen.said == []


def test_the_list_goes_with_everything_else(new_citizen: NewCitizen) -> None:
    """Deleting what this device knows deletes what it sent from the list, and says from when it is whole."""
    citizen = new_citizen()
    citizen.open("/")
    citizen.accept()
    logged(citizen)
    page = citizen.open("/help/privacy")
    expect(page.locator(".nearside-sent-list pre").first).to_be_attached()
    page.get_by_role("button", name="Delete this list").click()
    expect(page.locator(".nearside-sent-list")).to_have_count(0)
    expect(page.locator(".nearside-sent")).to_contain_text("Nothing was sent.")
