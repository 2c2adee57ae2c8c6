"""Devices under rules that ask what pages notice, and what pages then tell them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from consent_ledger import canonical
from edge_client.events import SignalsNoticed
from edge_client.signals.kept import KeptSignals
from edge_client.signals.noted import Noted
from edge_client.wire.noticed import SignalKind
from tests.support.city import City
from tests.support.pair import Pair
from tests.support.ruled import MARK, condition, noticed_test, rule, slot, value

SLOTS = [slot("home", ["/"], level="rules", count=1), slot("related", [], level="rules")]
DEFINITIONS = [condition(kind, noticed_test(kind)) for kind in SignalKind]
RULES = [rule(f"on-{kind}", when=kind.value, items=["/housing/repairs"]) for kind in SignalKind]
EVERYTHING = (
    Noted(SignalKind.CLICKED, "/parking/rules", 0),
    Noted(SignalKind.READ, "/parking/permit", 0, 2),
    Noted(SignalKind.SEARCHED, "jane.doe@example.org parking permits 485 777 3456 Doe", 0),
    Noted(SignalKind.FORM_BEGUN, "/parking/permit", 0),
    Noted(SignalKind.MARKED, "/parking/rules", 0, mark=MARK),
)


def city(folder: Path, *rules_: dict[str, Any], **changes: Any) -> City:
    """The city under these rules alone."""
    made = {"definitions": DEFINITIONS, "questions": [], "slots": SLOTS, **changes}
    return City(folder, rules=canonical.encode(value(rules=list(rules_), **made)))


async def notice(pair: Pair, *noted: Noted) -> None:
    """Let pages tell what they noticed, at the moment it is."""
    at_ms = pair.host.at_ms
    told = tuple(replace(each, at_ms=at_ms) for each in noted)
    await pair.device.feed(SignalsNoticed(told, at_ms))


async def met(
    folder: Path, *rules_: dict[str, Any], given: tuple[str, ...] = ("suggest",), **changes: Any
) -> Pair:
    """A device that has looked at one page under these rules."""
    town = city(folder, *rules_, **changes)
    town.publish()
    pair = Pair(town)
    await pair.open()
    await pair.choose(*given)
    await pair.view("/bins/new")
    return pair


def kept(pair: Pair) -> KeptSignals:
    """What the device keeps of signals, as it lies in storage."""
    raw = pair.host.kept.get("signals")
    return KeptSignals() if raw is None else KeptSignals.from_bytes(raw)


def told(pair: Pair) -> list[tuple[str, str]]:
    """Kind and subject of what is kept."""
    return [(signal.kind.value, signal.about) for signal in kept(pair).rows]


def heard(pair: Pair) -> list[dict[str, Any]]:
    """Every list of what pages may notice, as pages heard it."""
    return [json.loads(raw) for name, raw in pair.host.shown if name == "collect"]
