"""The conditions of a bundle's rules: named tests of a closed set of facts, each true or false on a device.

A condition is one row of a list and refers to earlier rows alone: whoever evaluates it goes through the list
once, in any language, with whole numbers and texts.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar, assert_never

from consent_ledger import canonical
from consent_ledger.errors import Malformed
from consent_ledger.fields import Fields
from edge_client.wire.marks import MARK
from edge_client.wire.noticed import (
    MOST_BUCKET,
    Noticed,
    SignalKind,
    check_noticed,
    print_noticed,
    signal_kind,
)

T = TypeVar("T", bound=StrEnum)

NAME = r"[a-z][a-z0-9-]{0,39}"
MOST_NAMED = 64
MOST_DAYS = 730
MOST_VISITS = 50
MOST_SESSIONS = 20


class TaskState(StrEnum):
    """How far a task is: a page where it begins was looked at, and one where it is done was not, or was."""

    BEGUN = "begun"
    DONE = "done"


class DeviceClass(StrEnum):
    """What kind of screen the page is on."""

    PHONE = "phone"
    TABLET = "tablet"
    DESKTOP = "desktop"


class CameFrom(StrEnum):
    """Where the first page of this session was reached from; never an address."""

    NOWHERE = "nowhere"
    SEARCH = "search"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True)
class Visited:
    """Pages of these items or topics were looked at `least` times, in `sessions` different sessions, within
    `days` days; `days` 0 means this session."""

    items: tuple[str, ...]
    topics: tuple[str, ...]
    least: int
    days: int
    sessions: int


@dataclass(frozen=True, slots=True)
class FirstVisit:
    """This is the first session on this device, or nothing can be remembered."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The citizen gave one of these answers to a question."""

    question: str
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TaskIs:
    """A task of these pages, begun within `days` days, is in this state."""

    begun: tuple[str, ...]
    done: tuple[str, ...]
    days: int
    state: TaskState


@dataclass(frozen=True, slots=True)
class AlikeTo:
    """Recent pages are most like one of these archetypes."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DuringHours:
    """The device's clock shows an hour from `start` to before `end`; over midnight where `end` is less."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class IsOpen:
    """By a calendar of the rules a place is open at this moment."""

    calendar: str


@dataclass(frozen=True, slots=True)
class OnDevice:
    """The page is on one of these kinds of device."""

    classes: tuple[DeviceClass, ...]


@dataclass(frozen=True, slots=True)
class InLanguage:
    """The page is written in one of these languages."""

    langs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BeganFrom:
    """This session began from one of these kinds of place."""

    kinds: tuple[CameFrom, ...]


@dataclass(frozen=True, slots=True)
class InTable:
    """A decision table further up gives one of these."""

    table: str
    gives: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every one of these conditions holds."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of these conditions holds."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NotThis:
    """This condition does not hold."""

    name: str


Leaf = (
    Visited
    | FirstVisit
    | Noticed
    | Answered
    | TaskIs
    | AlikeTo
    | DuringHours
    | IsOpen
    | OnDevice
    | InLanguage
    | BeganFrom
)
Test = Leaf | InTable | AllOf | AnyOf | NotThis


@dataclass(frozen=True, slots=True)
class Condition:
    """One named test."""

    name: str
    test: Test


def parse_test(value: canonical.Json, noun: str) -> Test:
    """Read one test: an object of one field, which names its kind. Raises `Malformed`."""
    if not isinstance(value, dict) or len(value) != 1:
        raise Malformed(f"{noun}: not an object of one test")
    ((kind, inner),) = value.items()
    match kind:
        case "all":
            return AllOf(read_texts(Fields(value, noun), kind, pattern=NAME, least=1))
        case "any":
            return AnyOf(read_texts(Fields(value, noun), kind, pattern=NAME, least=1))
        case "not":
            return NotThis(Fields(value, noun).text(kind, pattern=NAME))
        case "first_visit":
            if inner is not True:
                raise Malformed(f"{noun}: first_visit is not true")
            return FirstVisit()
        case _:
            fields = Fields(inner, f"{noun}: {kind}")
            test = _parse_leaf(kind, fields, noun)
            fields.done()
            return test


def _parse_leaf(kind: str, fields: Fields, noun: str) -> Test:
    match kind:
        case "visited":
            visited = Visited(
                items=read_texts(fields, "items"),
                topics=read_texts(fields, "topics"),
                least=fields.whole("least", low=1, high=MOST_VISITS),
                days=fields.whole("days", high=MOST_DAYS),
                sessions=fields.whole("sessions", low=1, high=MOST_SESSIONS),
            )
            if not visited.items and not visited.topics:
                raise Malformed(f"{noun}: visited: names neither items nor topics")
            return visited
        case "noticed":
            noticed = Noticed(
                kind=(kind_of := signal_kind(fields, f"{noun}: noticed")),
                items=read_texts(fields, "items"),
                topics=read_texts(fields, "topics"),
                least=fields.whole("least", low=1, high=MOST_VISITS),
                days=fields.whole("days", high=MOST_DAYS),
                sessions=fields.whole("sessions", low=1, high=MOST_SESSIONS),
                bucket=fields.whole("bucket", high=MOST_BUCKET),
                marks=read_texts(fields, "marks", pattern=MARK, least=1)
                if kind_of is SignalKind.MARKED
                else (),
            )
            return check_noticed(noticed, f"{noun}: noticed")
        case "answered":
            question = fields.text("question", pattern=NAME)
            return Answered(question, read_texts(fields, "options", pattern=NAME, least=1))
        case "task":
            return TaskIs(
                begun=read_texts(fields, "begun", least=1),
                done=read_texts(fields, "done", least=1),
                days=fields.whole("days", low=1, high=MOST_DAYS),
                state=_member(TaskState, fields.text("is"), f"{noun}: task: is"),
            )
        case "archetype":
            return AlikeTo(read_texts(fields, "names", least=1))
        case "hours":
            return DuringHours(fields.whole("start", high=23), fields.whole("end", low=1, high=24))
        case "open":
            return IsOpen(fields.text("calendar", pattern=NAME))
        case "device":
            return OnDevice(_members(DeviceClass, fields, "classes", noun))
        case "language":
            return InLanguage(read_texts(fields, "langs", pattern=r"[a-z]{2}", least=1))
        case "began_from":
            return BeganFrom(_members(CameFrom, fields, "kinds", noun))
        case "table":
            name = fields.text("name", pattern=NAME)
            return InTable(name, read_texts(fields, "gives", pattern=NAME, least=1))
        case _:
            raise Malformed(f"{noun}: no device knows this kind of fact")


def print_test(test: Test) -> canonical.Json:
    """Print what `parse_test` reads."""
    match test:
        case AllOf(names):
            return {"all": list(names)}
        case AnyOf(names):
            return {"any": list(names)}
        case NotThis(name):
            return {"not": name}
        case FirstVisit():
            return {"first_visit": True}
        case Visited(items, topics, least, days, sessions):
            within: dict[str, canonical.Json] = {"least": least, "days": days, "sessions": sessions}
            return {"visited": {"items": list(items), "topics": list(topics), **within}}
        case Noticed():
            return {"noticed": print_noticed(test)}
        case Answered(question, options):
            return {"answered": {"question": question, "options": list(options)}}
        case TaskIs(begun, done, days, state):
            return {"task": {"begun": list(begun), "done": list(done), "days": days, "is": state.value}}
        case AlikeTo(names):
            return {"archetype": {"names": list(names)}}
        case DuringHours(start, end):
            return {"hours": {"start": start, "end": end}}
        case IsOpen(calendar):
            return {"open": {"calendar": calendar}}
        case OnDevice(classes):
            return {"device": {"classes": [each.value for each in classes]}}
        case InLanguage(langs):
            return {"language": {"langs": list(langs)}}
        case BeganFrom(kinds):
            return {"began_from": {"kinds": [each.value for each in kinds]}}
        case InTable(table, gives):
            return {"table": {"name": table, "gives": list(gives)}}
        case _:
            assert_never(test)


def read_texts(fields: Fields, name: str, *, pattern: str = r".+", least: int = 0) -> tuple[str, ...]:
    """Read a list of different texts, each matching `pattern`, at least so many. Raises `Malformed`."""
    values = fields.rows(name, max_length=MOST_NAMED)
    texts = tuple(Fields({name: value}, "rules").text(name, pattern=pattern) for value in values)
    if len(texts) < least or len(set(texts)) != len(texts):
        raise Malformed(f"rules: {name} is empty or names something twice")
    return texts


def _members(kind: type[T], fields: Fields, name: str, noun: str) -> tuple[T, ...]:
    return tuple(_member(kind, text, f"{noun}: {name}") for text in read_texts(fields, name, least=1))


def _member(kind: type[T], text: str, noun: str) -> T:
    if text not in list(kind):
        raise Malformed(f"{noun} is not among {', '.join(kind)}")
    return kind(text)
