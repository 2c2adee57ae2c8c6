"""What a page says to the device, read: a page is ours, but what it says may be as old as the page."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar

from consent_ledger.errors import Malformed
from consent_ledger.record import Gpc
from edge_client.events import (
    ChoiceMade,
    DecisionChecked,
    DecisionsAsked,
    ErasureAsked,
    Event,
    GroupingSwitched,
    HelpAsked,
    ItemForgotten,
    ItemPinned,
    ItemUnpinned,
    NoticingSwitched,
    OrderAsked,
    PageViewed,
    ProfileAsked,
    QuestionAnswered,
)
from edge_client.rules.facts import Context
from edge_client.signals.signal import Switch
from edge_client.told import Stance
from edge_client.wire.audience import MOST_DAYS, CameFrom, DeviceClass
from edge_client.wire.notice import Notice
from edge_client.wire.paths import scrub_path
from edge_client.wishes import ItemWanted, OutcomesForgotten, RetentionChosen, TopicTold

NEEDS_BUNDLE = (
    "view",
    "profile",
    "answer",
    "pin",
    "topic",
    "noticing",
    "retention",
    "decisions",
    "check",
    "unlearn",
    "help",
    "near",
)
# What a citizen tells once, and pages tell again until it was taken in.
SAID = ("answer", "pin", "unpin", "topic", "retention", "unsee", "want")
MOST_SAID = 50
MOST_SHOWN = 50
MOST_TOPICS = 200

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
        case "noticing":
            return NoticingSwitched(Switch(message["kind"]), on=message["on"] is True, at_ms=at_ms)
        case "answer":
            option = message["option"]
            return QuestionAnswered(
                str(message["question"]),
                None if option is None else str(option),
                at_ms,
                in_flow=message.get("in_flow") is True,
            )
        case "pin":
            return ItemPinned(str(message["slot"]), scrub_path(message["item"]), at_ms)
        case "unpin":
            return ItemUnpinned(scrub_path(message["item"]), at_ms)
        case "topic":
            stance = message["stance"]
            return TopicTold(str(message["topic"]), None if stance is None else Stance(stance), at_ms)
        case "retention":
            days = message["days"]
            most = None if days is None else min(max(int(days), 1), MOST_DAYS)
            return RetentionChosen(Switch(message["kind"]), most, at_ms)
        case "help":
            here, topics = scrub_path(message["item"]), _topics(message["topics"])
            return HelpAsked(here, str(message["lang"]), topics, at_ms)
        case "near":
            return OrderAsked(scrub_path(message["item"]), str(message["lang"]), at_ms)
        case "decisions":
            return DecisionsAsked()
        case "unlearn":
            return OutcomesForgotten(at_ms)
        case "check":
            return DecisionChecked(str(message["name"]))
        case "unsee":
            return ItemForgotten(scrub_path(message["item"]), at_ms)
        case "want":
            return ItemWanted(scrub_path(message["item"]), at_ms)
        case "erase":
            return ErasureAsked()
        case "sync":
            return None
        case _:
            raise Malformed("page: unknown message")


def said_of(rows: object, *, at_ms: int) -> tuple[Event, ...]:
    """Return what the citizen told pages that no worker had heard yet, each when it was told; what is no such
    thing is left out: it may be of a page older than this code. Nothing lies in the future."""
    found: list[Event] = []
    for row in rows[:MOST_SAID] if isinstance(rows, list) else ():
        try:
            kind, at = row["type"], min(int(row["at"]), at_ms)
            event = event_of(kind, row, at_ms=at) if kind in SAID else None
        except (KeyError, TypeError, ValueError):
            continue
        found += [] if event is None else [event]
    return tuple(found)


def choice_of(choice: Mapping[str, Any]) -> ChoiceMade:
    """Return the choice that a page has not heard to be logged. Raises `Malformed` for what is no notice."""
    # A page that a browser kept open since before a deployment does not say what was asked.
    asked = choice.get("asked")
    return ChoiceMade(
        frozenset(str(purpose) for purpose in choice["given"]),
        Notice.from_value(choice["notice"]),
        Gpc(choice["gpc"]),
        int(choice["at"]),
        None if asked is None else frozenset(str(purpose) for purpose in asked),
        leaving=choice.get("leaving") is True,
    )


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
        tuple(scrub_path(item) for item in message.get("reminded", ())[:MOST_SHOWN]),
    )


def _topics(value: list[object]) -> tuple[str, ...]:
    return tuple(str(topic) for topic in value[:MOST_TOPICS])


def _known(kind: type[T], value: object) -> T | None:
    return kind(value) if isinstance(value, str) and value in list(kind) else None
