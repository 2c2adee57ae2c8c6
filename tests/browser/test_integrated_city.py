"""The city's own pages, with other slots and with scripts that take part: the real worker decides."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from edge_client.signals.kept import KeptSignals
from nearside.local.messages import Answer, HttpRequest, HttpResponse
from tests.support.browser import Citizen, NewCitizen
from tests.support.playing import PlayedCity

pytestmark = pytest.mark.browser

SETTINGS = {"events": {"site-search": "searched", "went": "clicked"}}


@contextmanager
def integrated(city: PlayedCity, *, slot: str = "nearside-recommend") -> Iterator[None]:
    """Until the body ends, the city's home page has another kind of slot, and scripts that take part.

    A browser keeps a page for minutes: it has to be so from its first visit on.
    """
    block = f'<script type="application/json" data-nearside>{json.dumps(SETTINGS)}</script></head>'

    def rewritten(request: HttpRequest, answer: Answer) -> HttpResponse:
        plain = {name: value for name, value in request.headers.items() if name != "accept-encoding"}
        if request.path != "/":
            return answer(request)
        response = answer(replace(request, headers=plain))
        page = response.body.decode().replace("nearside-recommend", slot).replace("</head>", block)
        page = page.replace(" data-agency-key", " data-api data-agency-key")
        return replace(response, body=page.encode())

    with city.front.answering(rewritten):
        yield


def kept(citizen: Citizen) -> list[tuple[str, str]]:
    """Kind and subject of what this device has noticed."""
    raw = citizen.store().get("signals")
    return (
        []
        if raw is None
        else [(row.kind.value, row.about) for row in KeptSignals.from_bytes(raw.encode()).rows]
    )


def agreed(citizen: Citizen) -> None:
    """Say yes, and look at a page, until the home page is planned for."""
    citizen.open("/")
    citizen.accept()
    citizen.planned()
    citizen.until(lambda: "nearside.collect" in citizen.local(), "what pages may notice")
    citizen.look_at("/parking/resident-permit", "/")


def test_the_api_says_what_the_cards_say(city: PlayedCity, new_citizen: NewCitizen) -> None:
    """Titles, order and reasons of a decision of the real device are those on the page."""
    citizen = new_citizen()
    with integrated(city):
        agreed(citizen)
        citizen.open("/")
        expect(citizen.cards).to_have_count(3)
        citizen.page.wait_for_function("() => window.nearside?.version === 1")
        items = citizen.page.evaluate("nearside.recommend('home')")
        shown = citizen.cards.evaluate_all(
            """(cards) => cards.map((card) => [card.dataset.item, card.querySelector("a").textContent,
              card.querySelector(".nearside-reason").textContent])"""
        )
        assert [[item["item"], item["title"], item["reason"]["text"]] for item in items] == shown
        assert len(items) == 3


def test_what_a_page_tells_is_kept_as_what_the_device_notices(
    city: PlayedCity, new_citizen: NewCitizen
) -> None:
    """A search told by the page reaches the device's storage as the words that a rule asks for; what no rule
    asks for never does, and nothing is sent."""
    citizen = new_citizen()
    with integrated(city):
        agreed(citizen)
        citizen.open("/")
        citizen.page.wait_for_function("() => window.nearside?.version === 1")
        start = len(city.front.seen)
        for call in (
            "track('site-search', { words: 'Parking for canary@example.org' })",
            "track('went', { page: '/help/contact' })",
        ):
            assert citizen.page.evaluate(f"nearside.{call}") == "taken"
        citizen.planned()
        citizen.look_at("/parking/zones")
        citizen.until(lambda: kept(citizen) != [], "a signal")
        assert kept(citizen) == [("searched", "parking")]
        everything = json.dumps([citizen.store(), citizen.local()])
        assert "canary" not in everything
        assert {request.method for request in city.front.since(start)} == {"GET"}
        assert not any("canary" in request.path for request in city.front.since(start))


@pytest.mark.parametrize("slot", ["nearside-carousel", "nearside-cards"])
def test_not_relevant_counts_in_every_kind_of_slot(
    city: PlayedCity, new_citizen: NewCitizen, slot: str
) -> None:
    """The device takes it in, and no later plan has the item again."""
    citizen = new_citizen()
    with integrated(city, slot=slot):
        agreed(citizen)
        citizen.open("/")
        home = f'{slot}[slot="home"]'
        places = citizen.page.locator(f"{home}[data-personalised] [data-item]")
        expect(places).to_have_count(3)
        item = places.first.get_attribute("data-item")
        assert item is not None
        places.first.locator(".nearside-no").click()
        citizen.until(lambda: item in citizen.profile().dismissed, "an item that is not relevant")
        citizen.look_at("/parking/zones")
        citizen.open("/")
        citizen.planned()
        expect(citizen.page.locator(f"{home} [data-item]")).to_have_count(3)
        assert citizen.page.locator(f'{home} [data-item="{item}"]').count() == 0
        assert all(shown[0] != item for shown in citizen.plan()["items"])


def test_a_script_of_the_page_that_fails_stops_no_choice(city: PlayedCity, new_citizen: NewCitizen) -> None:
    """A listener that throws at every choice is the page's own mistake: a yes and a no count all the same."""
    citizen = new_citizen()
    throws = """
      window.heard = 0;
      void nearside.consent.subscribe(() => { window.heard += 1; throw new Error("of the page"); });
    """
    with integrated(city):
        page = citizen.open("/")
        page.wait_for_function("() => window.nearside?.version === 1")
        page.evaluate(throws)
        citizen.accept()
        citizen.planned()
        assert "suggest" in citizen.choice()["given"]
        assert page.evaluate("heard") > 0
        citizen.until(lambda: not citizen.book()["pending"], "receipts of the yes")
        page = citizen.open("/")
        page.wait_for_function("() => window.nearside?.version === 1")
        page.evaluate(throws)
        page.evaluate("nearside.off()")
        citizen.tab()
        citizen.open("/help/privacy")
        citizen.withdraw()
        citizen.until(lambda: "withdrawn" in json.dumps(citizen.book()), "receipts of the no")
        # A browser tells its other processes a moment later.
        page.wait_for_function("() => localStorage['nearside.plan'] === undefined")
        assert page.evaluate("heard") > 0
