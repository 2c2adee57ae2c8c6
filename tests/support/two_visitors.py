"""Two visitors who differ in what they look at, say and are, and in nothing else: what leaves of either."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from consent_ledger import canonical
from edge_client.device import CONTRIBUTION_PATH, Device
from edge_client.dice import Chance
from edge_client.events import (
    DecisionChecked,
    DecisionsAsked,
    Event,
    ForSomeoneElse,
    GroupingSwitched,
    HelpAsked,
    ItemDismissed,
    ItemForgotten,
    ItemPinned,
    ItemUnpinned,
    NoticingSwitched,
    OrderAsked,
    ProfileAsked,
    ProfileCleared,
    QuestionAnswered,
    SignalsNoticed,
)
from edge_client.rules.facts import Context
from edge_client.signals.noted import Noted
from edge_client.signals.signal import Switch
from edge_client.told import Stance
from edge_client.wire.audience import CameFrom, DeviceClass
from edge_client.wire.noticed import SignalKind
from edge_client.wire.paths import ItemId
from edge_client.wishes import ItemWanted, OutcomesForgotten, RetentionChosen, TopicTold
from tests.support.city import CONTROLLER, PATHS, City
from tests.support.pair import Pair, Request, seeded
from tests.support.ruled import DEFINITIONS, MARK, RULES, condition, noticed_test, rule, slot, value

HOUR_MS = 60 * 60 * 1000
PAGES = [path for path, *_ in PATHS]
WITH_AUDIENCES = canonical.encode(value())
WITH_OUTCOMES = canonical.encode(
    value(
        slots=[slot("home", ["/"], sway_milli=300), slot("related", [], sway_milli=300)],
        outcome_days=30,
        rules=[*RULES, rule("again", items=["/bins/new"], cool_down_days=14, cap={"times": 1, "days": 7})],
    )
)
WITH_SIGNALS = canonical.encode(
    value(
        definitions=[*DEFINITIONS, *(condition(f"saw-{kind}", noticed_test(kind)) for kind in SignalKind)],
        rules=[*RULES, *(rule(f"on-{kind}", when=f"saw-{kind}", items=["/bins/new"]) for kind in SignalKind)],
    )
)


@dataclass(frozen=True)
class Step:
    """One moment: how long after the last one, and what each of the two visitors looks at or dismisses.

    With `personal` each also is on a device of their own, at an hour of their own. `one_says` and
    `other_says` is what either says and does beside looking.
    """

    gap_ms: int
    one: str
    other: str
    dismiss: bool
    personal: bool = False
    one_says: tuple[Event, ...] = ()
    other_says: tuple[Event, ...] = ()


CONTEXTS = (
    Context(21, DeviceClass.PHONE, CameFrom.SEARCH),
    Context(9, DeviceClass.DESKTOP, CameFrom.NOWHERE),
)
PARKING, PERMIT = ItemId("/parking/rules"), ItemId("/parking/permit")
# All that somebody may say of themselves, or want: nobody else hears of it. When it is said is set later.
PRIVATE: tuple[Event, ...] = (
    QuestionAnswered("role", "business", 0),
    QuestionAnswered("loss", "yes", 0, in_flow=True),
    QuestionAnswered("role", None, 0),
    ItemPinned("home", ItemId("/moving/checklist"), 0),
    ItemUnpinned(ItemId("/moving/checklist"), 0),
    ItemDismissed(PARKING, 0),
    ItemWanted(PARKING, 0),
    TopicTold("parking", Stance.FOLLOW, 0),
    TopicTold("bins", Stance.STOP, 0),
    TopicTold("parking", None, 0),
    OutcomesForgotten(0),
    SignalsNoticed(
        (
            Noted(SignalKind.CLICKED, PARKING, 0),
            Noted(SignalKind.READ, PARKING, 0, 3),
            Noted(SignalKind.SEARCHED, "parking", 0),
            Noted(SignalKind.FORM_BEGUN, PERMIT, 0),
            Noted(SignalKind.FORM_FINISHED, PERMIT, 0),
            Noted(SignalKind.MARKED, PARKING, 0, mark=MARK),
        ),
        0,
    ),
    NoticingSwitched(Switch.SEARCHES, False, 0),
    RetentionChosen(Switch.VISITS, 1, 0),
    GroupingSwitched(on=False),
    ItemForgotten(PARKING, 0),
    ForSomeoneElse(0, 0),
    ProfileAsked(),
    ProfileCleared(0),
    DecisionsAsked(),
    DecisionChecked("0" * 16),
    HelpAsked(ItemId("/help/contact"), "en", ("parking", "bins"), 0),
    OrderAsked(ItemId("/search"), "en", 0),
)

steps = st.lists(
    st.builds(
        Step,
        gap_ms=st.sampled_from([60_000, HOUR_MS, 24 * HOUR_MS, 60 * HOUR_MS]),
        one=st.sampled_from(PAGES),
        other=st.sampled_from(PAGES),
        dismiss=st.booleans(),
        personal=st.booleans(),
        one_says=st.lists(st.sampled_from(PRIVATE), max_size=3).map(tuple),
        other_says=st.lists(st.sampled_from(PRIVATE), max_size=3).map(tuple),
    ),
    min_size=1,
    max_size=30,
)
every_rules = st.sampled_from([None, WITH_AUDIENCES, WITH_OUTCOMES, WITH_SIGNALS])
consents = st.sampled_from([(), ("suggest",), ("learn",), ("suggest", "learn")])


def said_at(event: Event, pair: Pair) -> Event:
    """Return what is said, at the time that it is; of the decisions, the last one is looked at."""
    lines = pair.device.session.decided.lines
    if isinstance(event, DecisionChecked) and lines:
        return DecisionChecked(lines[-1].name)
    said: Any = event
    at_ms = pair.host.at_ms
    if isinstance(event, SignalsNoticed):
        return SignalsNoticed(tuple(replace(each, at_ms=at_ms) for each in event.noted), at_ms)
    return replace(said, at_ms=at_ms) if hasattr(event, "at_ms") else event


def live(
    folder: Path,
    story: list[Step],
    given_: tuple[str, ...],
    *,
    other: bool,
    withdraw: bool,
    device: type[Device] = Device,
    rules: bytes | None = None,
) -> Pair:
    """Let one visitor live through the story, with dice and keys that are the same for both."""
    city = City(folder) if rules is None else City(folder, rules=rules)
    city.publish()
    pair = Pair(city, seed=7)
    chance = Chance(visible=seeded(7), hidden=seeded(8))
    pair.device = device(pair.host, trust=city.trust, controller=CONTROLLER, chance=chance)

    async def go() -> None:
        await pair.open()
        if given_:
            await pair.choose(*given_)
        for step in story:
            pair.host.at_ms += step.gap_ms
            page = step.other if other else step.one
            await pair.view(
                page,
                gap_ms=0,
                links=(step.one,) if other else (),
                context=CONTEXTS[other] if step.personal else Context(),
                shown=(step.one,) if other else (),
            )
            if step.dismiss:
                await pair.dismiss(page)
            for event in step.other_says if other else step.one_says:
                await pair.device.feed(said_at(event, pair))
        if withdraw and given_:
            await pair.choose()

    asyncio.run(go())
    return pair


def outline(wire: list[Request]) -> list[tuple[str, str, int]]:
    """What an observer of encrypted traffic learns: method, address, size; salts make entries random."""
    return [
        (request.method, re.sub(r"[0-9a-f]{64}$", "<entry>", request.path), len(request.body))
        for request in wire
    ]


def beside_the_pair(request: Request) -> dict[str, object]:
    """A report without the one thing that it is about."""
    body = json.loads(request.body)
    return {name: value for name, value in body.items() if name not in ("from", "to")}


def assert_alike(one: list[Request], other: list[Request]) -> None:
    """What an onlooker and the servers see of two visitors is the same but for the pairs in reports."""
    assert outline(one) == outline(other)
    for first, second in zip(one, other, strict=True):
        if first.path == CONTRIBUTION_PATH:
            assert beside_the_pair(first) == beside_the_pair(second)
