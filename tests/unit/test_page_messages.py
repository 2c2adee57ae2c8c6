"""What pages say to the device: read whatever the page's age, and never more than it means."""

from __future__ import annotations

from typing import Any

import pytest

from consent_ledger.errors import Malformed
from edge_client.events import (
    ErasureAsked,
    Event,
    GroupingSwitched,
    ItemPinned,
    ItemUnpinned,
    PageViewed,
    ProfileAsked,
    QuestionAnswered,
)
from edge_client.page_messages import MOST_SHOWN, event_of
from edge_client.rules.facts import Context
from edge_client.wire.audience import CameFrom, DeviceClass
from edge_client.wire.paths import ItemId

PERMIT = ItemId("/parking/permit")
VIEW = {"item": "/parking/permit?who=me", "lang": "en", "links": ["/bins/new#now"]}
BINS = ItemId("/bins/new")


def viewed(**more: Any) -> PageViewed:
    event = event_of("view", {**VIEW, **more}, at_ms=7)
    assert isinstance(event, PageViewed)
    return event


@pytest.mark.parametrize(
    ("kind", "message", "event"),
    [
        ("profile", {}, ProfileAsked()),
        ("grouping", {"on": True}, GroupingSwitched(on=True)),
        ("answer", {"question": "role", "option": "business"}, QuestionAnswered("role", "business", 7)),
        ("answer", {"question": "role", "option": None}, QuestionAnswered("role", None, 7)),
        ("pin", {"slot": "home", "item": "/parking/permit?x=1"}, ItemPinned("home", PERMIT, 7)),
        ("unpin", {"item": "/parking/permit"}, ItemUnpinned(PERMIT, 7)),
        ("erase", {}, ErasureAsked()),
        ("sync", {}, None),
    ],
)
def test_a_message_is_one_event(kind: str, message: dict[str, Any], event: Event | None) -> None:
    """At the time that the worker says, on paths without what was typed into them."""
    assert event_of(kind, message, at_ms=7) == event


def test_a_view_says_what_the_page_shows_and_when() -> None:
    """Hour, screen and way there are of a closed set; shown items are paths."""
    context = {"hour": 23, "device": "phone", "came_from": "search"}
    assert viewed(shown=["/bins/new?x"], context=context, reminded=["/parking/permit#y"]) == PageViewed(
        PERMIT, "en", (BINS,), 7, (BINS,), Context(23, DeviceClass.PHONE, CameFrom.SEARCH), (PERMIT,)
    )


def test_a_page_from_before_a_deployment_is_understood() -> None:
    """It says nothing of its slots and context, and that is taken as nothing known."""
    assert viewed() == PageViewed(PERMIT, "en", (BINS,), 7)


@pytest.mark.parametrize(
    "context",
    [
        {"hour": 24},
        {"hour": -1},
        {"hour": "9"},
        {"hour": True},
        {"device": "fridge"},
        {"came_from": "https://example.org/"},
        {},
    ],
)
def test_what_is_outside_the_set_is_unknown(context: dict[str, Any]) -> None:
    """No address and no other word gets in."""
    assert viewed(context=context).context == Context()


def test_a_page_cannot_say_that_it_shows_everything() -> None:
    """The list is cut."""
    assert len(viewed(shown=["/bins/new"] * 500).shown) == MOST_SHOWN


def test_a_message_of_no_kind_is_refused() -> None:
    """Nothing is guessed."""
    with pytest.raises(Malformed, match="unknown message"):
        event_of("track", {}, at_ms=7)
