"""`flows.json`: questions, what they lead to and when, the same for every device (docs/formats/flow.md).

There is no kind of question that takes free text: it could decide nothing, and would invite what nobody needs
to know.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

from consent_ledger import canonical
from consent_ledger.canonical import Json
from edge_client.wire.condition import (
    Condition,
    Moment,
    print_condition,
)
from edge_client.wire.told_in_flow import ToldInFlow, print_told

MOST_FLOWS: Final = 50
MOST_QUESTIONS: Final = 200
MOST_OPTIONS: Final = 1000
MOST_OUTCOMES: Final = 2000
_LANGUAGE: Final = r"[a-z]{2,3}"
_HREF: Final = r"(?:/|https://)[!-~]{0,500}"
_MOST_PAGES: Final = 100

Words: TypeAlias = Mapping[str, str]
"""One text in each language of its flow."""


class Kind(StrEnum):
    """What a question's answer is: one option, several or none of them, a day, or a whole number."""

    SINGLE = "single"
    SEVERAL = "several"
    DATE = "date"
    NUMBER = "number"


class Order(StrEnum):
    """Who chooses the next question: its author's list, or what the answer tells."""

    AUTHOR = "author"
    GAIN = "gain"


class Tells(StrEnum):
    """What an outcome is to the citizen: something to get, or something to do; never a decision."""

    MAY_GET = "may-get"
    MAY_NEED = "may-need"


class Tone(StrEnum):
    """How a flow speaks: plainly, or quietly of what hurts: then nothing is suggested beside it."""

    PLAIN = "plain"
    QUIET = "quiet"


@dataclass(frozen=True, slots=True)
class Named:
    """A section of questions or a group of outcomes."""

    id: str
    title: Words


@dataclass(frozen=True, slots=True)
class Option:
    """One answer to choose; visiting one of `pages` suggests it, `when` says for whom it is offered."""

    id: str
    text: Words
    pages: tuple[str, ...] = ()
    when: Condition | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """One question; `when` says for whom it is asked, and `optional` whether it may be skipped.

    `options` are those of single and several, `none` what choosing none of several is called; `low` and
    `high` limit numbers and days; `unit` says what a number counts. `told` says which question of the rules
    this asks, if it is one of them.
    """

    id: str
    kind: Kind
    title: Words
    hint: Words | None = None
    section: str | None = None
    optional: bool = False
    when: Condition | None = None
    options: tuple[Option, ...] = ()
    none: Words | None = None
    low: int | Moment | None = None
    high: int | Moment | None = None
    unit: Words | None = None
    told: ToldInFlow | None = None

    @property
    def digest(self) -> str:
        """What an answer was an answer to: 16 hex digits that change with anything about the question."""
        return hashlib.sha256(canonical.encode(print_question(self))).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Need:
    """One condition of an outcome, in words and as a test; None where this flow does not ask about it."""

    text: Words
    test: Condition | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What answers may lead to: it does where all its needs hold, and always where it has none.

    `by` is who offers it, `href` leads to its page in each language, and `groups` name where it is listed,
    the widest first.
    """

    id: str
    title: Words
    summary: Words | None = None
    href: Words | None = None
    by: Words | None = None
    groups: tuple[str, ...] = ()
    needs: tuple[Need, ...] = ()


@dataclass(frozen=True, slots=True)
class Flow:
    """Questions and outcomes in `languages`; `life_event` is what somebody tells by starting it.

    Conditions of questions and options name earlier questions alone. `pages` are those that ask it, where its
    `tone` is quiet: rules keep them and what it leads to out of whatever is suggested.
    """

    name: str
    languages: tuple[str, ...]
    title: Words
    summary: Words
    order: Order
    tells: Tells
    questions: tuple[Question, ...]
    outcomes: tuple[Outcome, ...]
    sections: tuple[Named, ...] = ()
    groups: tuple[Named, ...] = ()
    life_event: str | None = None
    tone: Tone = Tone.PLAIN
    pages: tuple[str, ...] = ()

    def question(self, name: str) -> Question:
        """Return the question of that id. Raises `KeyError`."""
        for each in self.questions:
            if each.id == name:
                return each
        raise KeyError(name)

    @property
    def hash(self) -> str:
        """SHA-256 of the flow's canonical JSON, 64 hex digits."""
        return hashlib.sha256(canonical.encode(print_flow(self))).hexdigest()

    def conditions(self) -> Iterator[tuple[str, Condition]]:
        """Yield every condition with its place, in the order of the file."""
        for question in self.questions:
            if question.when is not None:
                yield f"question {question.id}: when", question.when
            for option in question.options:
                if option.when is not None:
                    yield f"question {question.id}: option {option.id}: when", option.when
        for outcome in self.outcomes:
            for place, need in enumerate(outcome.needs, 1):
                if need.test is not None:
                    yield f"outcome {outcome.id}: need {place}", need.test


def print_flows(flows: tuple[Flow, ...]) -> bytes:
    """Print canonical JSON, flows sorted by name."""
    ordered = sorted(flows, key=lambda flow: flow.name)
    return canonical.encode({"v": 1, "flows": [print_flow(flow) for flow in ordered]})


def print_flow(flow: Flow) -> dict[str, Json]:
    """The JSON object that `read_flow` reads."""
    # What says nothing is not written: flows of before these fields print back as they were.
    quiet: dict[str, Json] = {}
    if flow.tone is not Tone.PLAIN:
        quiet = {"tone": flow.tone.value, "pages": list(flow.pages)}
    return {
        **quiet,
        "name": flow.name,
        "languages": list(flow.languages),
        "title": dict(flow.title),
        "summary": dict(flow.summary),
        "order": flow.order.value,
        "tells": flow.tells.value,
        "life_event": flow.life_event,
        "sections": [{"id": each.id, "title": dict(each.title)} for each in flow.sections],
        "groups": [{"id": each.id, "title": dict(each.title)} for each in flow.groups],
        "questions": [print_question(question) for question in flow.questions],
        "outcomes": [_outcome(outcome) for outcome in flow.outcomes],
    }


def print_question(question: Question) -> dict[str, Json]:
    """One question as it stands in the file."""
    printed: dict[str, Json] = {
        "id": question.id,
        "kind": question.kind.value,
        "title": dict(question.title),
        "hint": _words(question.hint),
        "section": question.section,
        "optional": question.optional,
        "when": _condition(question.when),
    }
    if question.kind in (Kind.SINGLE, Kind.SEVERAL):
        printed["options"] = [
            {
                "id": option.id,
                "text": dict(option.text),
                "pages": list(option.pages),
                "when": _condition(option.when),
            }
            for option in question.options
        ]
    if question.kind is Kind.SEVERAL:
        printed["none"] = _words(question.none)
    if question.kind in (Kind.DATE, Kind.NUMBER):
        for name, limit in (("low", question.low), ("high", question.high)):
            printed[name] = limit.to_json() if isinstance(limit, Moment) else limit
    if question.kind is Kind.NUMBER:
        printed["unit"] = _words(question.unit)
    if question.told is not None:
        printed["told"] = print_told(question.told)
    return printed


def _outcome(outcome: Outcome) -> dict[str, Json]:
    return {
        "id": outcome.id,
        "title": dict(outcome.title),
        "summary": _words(outcome.summary),
        "href": _words(outcome.href),
        "by": _words(outcome.by),
        "groups": list(outcome.groups),
        "needs": [{"text": dict(need.text), "test": _condition(need.test)} for need in outcome.needs],
    }


def _words(words: Words | None) -> Json:
    return None if words is None else dict(words)


def _condition(condition: Condition | None) -> Json:
    return None if condition is None else print_condition(condition)
