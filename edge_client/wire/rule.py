"""One rule: whom it is for, what it offers or withholds where, and what may leave the device for it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from consent_ledger import canonical
from consent_ledger.errors import Malformed
from consent_ledger.fields import Fields
from edge_client.wire.audience import MOST_DAYS, NAME, read_texts

LONGEST_GOAL = 300
LONGEST_OWNER = 100
MOST_TIMES = 100
_DAY = r"20\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"


class Rung(StrEnum):
    """The priority ladder, highest first: what stands higher is placed first, whatever it scores."""

    EMERGENCY = "emergency"
    SAFETY = "safety"
    TASK = "task"
    REMINDER = "reminder"
    SUGGESTION = "suggestion"

    @property
    def place(self) -> int:
        """0 for the highest."""
        return list(Rung).index(self)

    @property
    def is_for_everyones_good(self) -> bool:
        """Whether it may not be hidden, capped or crowded out: emergencies, and what the law or safety asks
        for."""
        return self in (Rung.EMERGENCY, Rung.SAFETY)


class Egress(StrEnum):
    """What a rule sends: nothing; one more in a noisy count; or a sealed trigger that a server opens."""

    NOTHING = "nothing"
    COUNT = "count"
    TRIGGER = "trigger"


class Does(StrEnum):
    """What a rule does with its items in its slot."""

    OFFER = "offer"
    WITHHOLD = "withhold"


@dataclass(frozen=True, slots=True)
class Cap:
    """At most so many impressions within so many days, whatever channel showed it."""

    times: int
    days: int


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a bundle.

    `when` names the condition that its audience fulfils, None for everyone; it is about `items`, and all
    items of `topics`. After one of its items was called not relevant it is silent for `cool_down_days`.
    `review` is the day by which its `owner` looks at it again.
    """

    name: str
    goal: str
    owner: str
    review: str
    slot: str
    rung: Rung
    does: Does
    when: str | None
    items: tuple[str, ...]
    topics: tuple[str, ...]
    cap: Cap | None
    cool_down_days: int
    egress: Egress


def parse_rule(value: canonical.Json) -> Rule:
    """Read one rule. Raises `Malformed`."""
    named = Fields(value, "rules: rule").text("name", pattern=NAME)
    noun = f"rules: rule {named}"
    fields = Fields(value, noun)
    when, cap = fields.take("when"), fields.take("cap")
    rule = Rule(
        name=fields.text("name"),
        goal=fields.text("goal", pattern=r".+", max_length=LONGEST_GOAL),
        owner=fields.text("owner", pattern=r".+", max_length=LONGEST_OWNER),
        review=fields.text("review", pattern=_DAY),
        slot=fields.text("slot", pattern=r".+"),
        rung=Rung(_among(list(Rung), fields.text("rung"), f"{noun}: rung")),
        does=Does(_among(list(Does), fields.text("does"), f"{noun}: does")),
        when=None if when is None else Fields({"when": when}, noun).text("when", pattern=NAME),
        items=read_texts(fields, "items"),
        topics=read_texts(fields, "topics"),
        cap=None if cap is None else _cap(cap, noun),
        cool_down_days=fields.whole("cool_down_days", high=MOST_DAYS),
        egress=Egress(_among(list(Egress), fields.text("egress"), f"{noun}: egress")),
    )
    fields.done()
    if not rule.items and not rule.topics:
        raise Malformed(f"{noun}: names neither items nor topics")
    return rule


def print_rule(rule: Rule) -> canonical.Json:
    """Print what `parse_rule` reads."""
    return {
        "name": rule.name,
        "goal": rule.goal,
        "owner": rule.owner,
        "review": rule.review,
        "slot": rule.slot,
        "rung": rule.rung.value,
        "does": rule.does.value,
        "when": rule.when,
        "items": list(rule.items),
        "topics": list(rule.topics),
        "cap": None if rule.cap is None else {"times": rule.cap.times, "days": rule.cap.days},
        "cool_down_days": rule.cool_down_days,
        "egress": rule.egress.value,
    }


def _cap(value: canonical.Json, noun: str) -> Cap:
    fields = Fields(value, f"{noun}: cap")
    cap = Cap(fields.whole("times", low=1, high=MOST_TIMES), fields.whole("days", low=1, high=MOST_DAYS))
    fields.done()
    return cap


def _among(known: list[str], text: str, noun: str) -> str:
    if text not in known:
        raise Malformed(f"{noun} is not among {', '.join(known)}")
    return text
