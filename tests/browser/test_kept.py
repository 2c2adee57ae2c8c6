"""What a citizen asked a browser to keep is listed, ends, and goes: also on a computer that others use."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from edge_client.wire.paths import ItemId
from nearside.local.messages import Answer, HttpRequest, HttpResponse
from tests.support.browser import DEAF_WORKER, Citizen, NewCitizen
from tests.support.chosen import kept_choice
from tests.support.playing import PlayedCity

pytestmark = pytest.mark.browser

PANEL = "/help/privacy"
FLOW = "nearside.flow.business-licences"
PLACE = "nearside.place"
DAY_MS = 24 * 60 * 60 * 1000


def today() -> date:
    """The day as this machine's calendar, and so its browser's, has it."""
    return datetime.now().astimezone().date()


def saved(until: date) -> str:
    """Answers as `<nearside-flow>` saves them, until a day."""
    return json.dumps(
        {
            "answers": [["trade", "0123456789abcdef", "food"]],
            "flow": "business-licences",
            "hash": "0" * 64,
            "skipped": [],
            "until": until.isoformat(),
            "v": 1,
        },
        separators=(",", ":"),
    )


def area(days_ago: int) -> str:
    """An area as `<nearside-place>` keeps it, since some days ago."""
    since = int(datetime.now(UTC).timestamp() * 1000) - days_ago * DAY_MS
    return json.dumps({"codes": ["riverton:harbour"], "since": since, "v": 1}, separators=(",", ":"))


def keeping(citizen: Citizen, **kept: str) -> None:
    """Have something lie in this browser's storage; `_` stands for a full stop and `__` for a hyphen."""
    citizen.open("/robots.txt")
    for key, text in kept.items():
        name = key.replace("__", "-").replace("_", ".")
        citizen.page.evaluate("([name, text]) => localStorage.setItem(name, text)", [name, text])


def rows(page: Page) -> list[str]:
    """What the panel lists of it."""
    found: list[str] = page.locator(".nearside-kept-list li").all_inner_texts()
    return found


def test_what_is_over_goes_on_whichever_page_is_opened(new_citizen: NewCitizen) -> None:
    """Answers after their last day, an area after 90 days and what cannot be read; the last day counts."""
    last = today()
    citizen = new_citizen(DEAF_WORKER)
    keeping(
        citizen,
        nearside_choice=kept_choice("place"),
        nearside_flow_business__licences=saved(last),
        nearside_flow_moving__home=saved(last - timedelta(days=1)),
        nearside_flow_broken="{",
        nearside_place=area(90),
    )
    citizen.open("/parking/zones")
    assert {FLOW} == {key for key in citizen.local() if key.startswith(("nearside.flow", PLACE))}
    keeping(citizen, nearside_place=area(89))
    citizen.open("/parking/zones")
    assert PLACE in citizen.local()


@pytest.mark.parametrize("home", ["", "/ar"])
def test_the_panel_lists_what_is_kept_and_until_when(new_citizen: NewCitizen, home: str) -> None:
    """For somebody who said yes to nothing too; each can be deleted by itself, and no worker starts."""
    until = today() + timedelta(days=5)
    citizen = new_citizen(bypass_csp=True)
    keeping(citizen, nearside_flow_business__licences=saved(until))
    start = len(citizen.city.front.seen)
    page = citizen.open(home + PANEL)
    expect(page.locator(".nearside-kept-list li")).to_have_count(1)
    # By the title that the agency's page gives it, in the page's language.
    item = citizen.city.catalogue.get(ItemId(f"{home}/business/which-licences"))
    assert item is not None
    way = page.locator(f".nearside-kept-list a[href='{item.id}']")
    expect(way).to_have_text(item.title)
    (row,) = rows(page)
    if not home:
        assert f"Kept until {until.day} {until:%B} {until.year}" in row  # as the page's own region spells it
    assert str(until.year) in row.translate(str.maketrans("٠١٢٣٤٥٦٧٨٩", "0123456789"))
    assert citizen.violations() == []
    page.locator(".nearside-kept-list button").click()
    expect(page.locator(".nearside-kept-list .nearside-noted")).to_be_focused()
    assert FLOW not in citizen.local()
    page.wait_for_timeout(500)
    assert not any("worker" in request.path for request in citizen.city.front.since(start))


def test_deleting_the_list_deletes_what_was_kept_too(new_citizen: NewCitizen) -> None:
    """Answers and area go with it, for those who never said yes without a worker, and no later page begins
    one."""
    citizen = new_citizen()
    keeping(citizen, nearside_flow_business__licences=saved(today()))
    start = len(citizen.city.front.seen)
    page = citizen.open(PANEL)
    page.get_by_role("button", name="Delete this list").click()
    expect(page.get_by_text("The list is deleted.")).to_be_focused()
    assert citizen.local() == {}
    citizen.open("/parking/zones")
    page.wait_for_timeout(500)
    assert not any("worker" in request.path for request in citizen.city.front.since(start))


def test_deleting_the_list_forgets_the_area_on_that_page(city: PlayedCity, new_citizen: NewCitizen) -> None:
    """The line of alerts in the header too is for nobody's area from then on."""
    citizen = new_citizen(DEAF_WORKER)
    keeping(citizen, nearside_choice=kept_choice("place"), nearside_place=area(1))
    page = citizen.open(PANEL)
    alert = page.locator("nearside-alert:not([full])")
    expect(alert).to_contain_text("High river")
    assert "riverton:harbour" in rows(page)[0]
    page.get_by_role("button", name="Delete this list").click()
    expect(alert).to_have_text("Alerts and your area")
    assert PLACE not in citizen.local()
    assert citizen.choice()["given"] == ["place"]


def test_a_withdrawal_forgets_the_area_where_no_alerts_are(city: PlayedCity, new_citizen: NewCitizen) -> None:
    """A page without room for alerts has no part that would know of them."""

    def without_alerts(request: HttpRequest, answer: Answer) -> HttpResponse:
        response = answer(replace(request, headers={**request.headers, "accept-encoding": "identity"}))
        if "html" not in response.headers.get("content-type", ""):
            return response
        return replace(response, body=response.body.replace(b"nearside-alert", b"plain-alert"))

    with city.front.answering(without_alerts):
        citizen = new_citizen(DEAF_WORKER)
        keeping(citizen, nearside_choice=kept_choice("place"), nearside_place=area(1), nearside_alerts="{}")
        page = citizen.open(PANEL)
        expect(page.get_by_role("button", name="Save my choices")).to_be_visible()
        assert page.locator("nearside-alert").count() == 0
        assert PLACE in citizen.local()
        page.locator("#nearside-place-off").check()
        page.get_by_role("button", name="Save my choices").click()
        citizen.until(lambda: PLACE not in citizen.local(), "the area is forgotten")
        assert "nearside.alerts" not in citizen.local()


def test_what_is_spoilt_can_be_deleted_too(new_citizen: NewCitizen) -> None:
    """A record of an end and nothing else has its row and its button, and hides none of the others; where
    reminders are looked through, one that cannot be read goes."""
    citizen = new_citizen()
    until = (today() + timedelta(days=3)).isoformat()
    keeping(citizen, **{FLOW.replace("-", "__").replace(".", "_"): saved(today() + timedelta(days=3))})
    for key in ("nearside.flow.x", "nearside.reminder.x"):
        citizen.page.evaluate(
            "([key, text]) => localStorage.setItem(key, text)", [key, json.dumps({"until": until})]
        )
    page = citizen.open(PANEL)
    expect(page.locator(".nearside-kept-list li")).to_have_count(2)
    citizen.until(lambda: "nearside.reminder.x" not in citizen.local(), "a spoilt reminder is gone")
    spoilt = page.locator(".nearside-kept-list li").filter(has_not_text="licences")
    spoilt.get_by_role("button").click()
    assert "nearside.flow.x" not in citizen.local()
    page.locator(".nearside-forget").click()
    assert FLOW not in citizen.local()
