"""What a page says to the device, read: a page is ours, but what it says may be as old as the page."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar

from consent_ledger.errors import Malformed
from edge_client.events import (
    ErasureAsked,
    Event,
    ForSomeoneElse,
    GroupingSwitched,
    ItemPinned,
    ItemUnpinned,
    PageViewed,
    ProfileAsked,
    QuestionAnswered,
)
from edge_client.rules.facts import Context
from edge_client.wire.audience import CameFrom, DeviceClass
from edge_client.wire.paths import scrub_path

NEEDS_BUNDLE = ("view", "profile", "answer", "pin")
MOST_SHOWN = 50

T = TypeVar("T", bound=StrEnum)


def event_of(kind: str, message: Mapping[str, Any], *, at_ms: int) -> Event | None:
    """Return what happened, by one message of a page; None where it tells nothing but what came with it.

    Raises `Malformed` for a kind of message that there is not.
    """
    match kind:
        case "view":
            return _viewed(message, at_ms)
        case "profile":
            return ProfileAsked()
        case "grouping":
            return GroupingSwitched(on=message["on"] is True)
        case "answer":
            option = message["option"]
            return QuestionAnswered(str(message["question"]), None if option is None else str(option), at_ms)
        case "pin":
            return ItemPinned(str(message["slot"]), scrub_path(message["item"]), at_ms)
        case "unpin":
            return ItemUnpinned(scrub_path(message["item"]), at_ms)
        case "for-another":
            return ForSomeoneElse(at_ms)
        case "erase":
            return ErasureAsked()
        case "sync":
            return None
        case _:
            raise Malformed("page: unknown message")


def _viewed(message: Mapping[str, Any], at_ms: int) -> PageViewed:
    # A page that a browser kept open since before a deployment says neither what it shows nor its context.
    said = message.get("context", {})
    hour = said.get("hour")
    return PageViewed(
        scrub_path(message["item"]),
        message["lang"],
        tuple(scrub_path(link) for link in message["links"]),
        at_ms,
        tuple(scrub_path(item) for item in message.get("shown", ())[:MOST_SHOWN]),
        Context(
            hour if type(hour) is int and 0 <= hour < 24 else None,
            _known(DeviceClass, said.get("device")),
            _known(CameFrom, said.get("came_from")),
        ),
    )


def _known(kind: type[T], value: object) -> T | None:
    return kind(value) if isinstance(value, str) and value in list(kind) else None
