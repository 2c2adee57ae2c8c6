"""The conditions of flows: what an answer is compared with, and how comparisons are joined.

In JSON a condition is one of `{"all":[...]}`, `{"any":[...]}`, `{"not":...}`, `{"q":id,"in":[option,...]}`,
`{"q":id,"none":true}`, `{"q":id,"op":...,"to":...}` and `{"q":id,"op":...,"at":moment}`; a moment is
`{"on":"1978-01-01"}` or `{"ago":18,"unit":"years"}` (docs/formats/flow.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final, TypeAlias

from consent_ledger.canonical import Json
from consent_ledger.errors import Malformed
from consent_ledger.fields import Fields

ID: Final = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,79}"
MOST_NUMBER: Final = 10**12
_MOST_PARTS: Final = 2000
_MOST_AGO: Final = 40_000
_DEEPEST: Final = 8


class Op(StrEnum):
    """How an answer stands to what it is compared with; days compare as calendars do, later is more."""

    LESS = "<"
    AT_MOST = "<="
    IS = "="
    AT_LEAST = ">="
    MORE = ">"

    def holds(self, left: int, right: int) -> bool:
        """Say whether `left` stands so to `right`."""
        match self:
            case Op.LESS:
                return left < right
            case Op.AT_MOST:
                return left <= right
            case Op.IS:
                return left == right
            case Op.AT_LEAST:
                return left >= right
            case Op.MORE:
                return left > right


class Unit(StrEnum):
    """What a moment counts back in."""

    YEARS = "years"
    MONTHS = "months"
    DAYS = "days"


@dataclass(frozen=True, slots=True)
class Moment:
    """A day: `on` a date, or as many `unit`s before today; negative ones lie ahead."""

    on: date | None
    ago: int = 0
    unit: Unit = Unit.DAYS

    @classmethod
    def of(cls, value: Json, noun: str) -> Moment:
        """Read `{"on":...}` or `{"ago":...,"unit":...}`. Raises `Malformed`."""
        if isinstance(value, Mapping) and "on" in value:
            fields = Fields(value, noun)
            moment = cls(read_day(fields.text("on"), noun))
        else:
            fields = Fields(value, noun)
            ago = fields.whole("ago", low=-_MOST_AGO, high=_MOST_AGO)
            moment = cls(None, ago, Unit(fields.text("unit", pattern="years|months|days")))
        fields.done()
        return moment

    def to_json(self) -> dict[str, Json]:
        """The JSON object that `of` reads."""
        if self.on is not None:
            return {"on": self.on.isoformat()}
        return {"ago": self.ago, "unit": self.unit.value}

    def day(self, today: date) -> int:
        """Return the day as a number (`date.toordinal`), kept within what a calendar holds.

        A day that its month does not have is the first of the next: 18 years before 29 February may be
        1 March.
        """
        if self.on is not None:
            return self.on.toordinal()
        if self.unit is Unit.DAYS:
            return _kept(today.toordinal() - self.ago)
        months = 12 * self.ago if self.unit is Unit.YEARS else self.ago
        year, month = divmod(today.year * 12 + today.month - 1 - months, 12)
        if not date.min.year <= year < date.max.year:
            return _kept(-1 if year < date.min.year else date.max.toordinal())
        # Days are counted on from the first, as a calendar does where a month is too short.
        first = date(year, month + 1, 1)
        length = (date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1) - first).days
        return first.toordinal() + min(today.day - 1, length)


@dataclass(frozen=True, slots=True)
class OneOf:
    """The answer is one of these options, or, where several may be chosen, holds one of them."""

    question: str
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NoneOf:
    """The answer to a question with several options is none of them."""

    question: str


@dataclass(frozen=True, slots=True)
class Compare:
    """A number stands so to a number, or a day to a moment."""

    question: str
    op: Op
    to: int | Moment


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds; nothing to hold is true."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """Some part holds; without parts it never does."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Condition


Test: TypeAlias = OneOf | NoneOf | Compare
Condition: TypeAlias = Test | All | Any | Not


def read_day(text: str, noun: str) -> date:
    """Read `YYYY-MM-DD`. Raises `Malformed`."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Malformed(f"{noun}: not a day") from None
    if day.isoformat() != text:
        raise Malformed(f"{noun}: not a day")
    return day


def read_condition(value: Json, noun: str, *, depth: int = 0) -> Condition:
    """Read one condition; `noun` begins the error. Raises `Malformed`."""
    if depth > _DEEPEST:
        raise Malformed(f"{noun}: conditions are nested too deeply")
    if not isinstance(value, Mapping):
        raise Malformed(f"{noun}: not an object")
    fields = Fields(value, noun)
    found: Condition
    match sorted(value):
        case ["all"]:
            found = All(_parts(fields.rows("all", max_length=_MOST_PARTS), noun, depth))
        case ["any"]:
            found = Any(_parts(fields.rows("any", max_length=_MOST_PARTS), noun, depth))
        case ["not"]:
            found = Not(read_condition(fields.take("not"), noun, depth=depth + 1))
        case ["in", "q"]:
            found = OneOf(fields.text("q", pattern=ID), _ids(fields.rows("in", max_length=_MOST_PARTS), noun))
        case ["none", "q"]:
            if not fields.flag("none"):
                raise Malformed(f"{noun}: none is not true")
            found = NoneOf(fields.text("q", pattern=ID))
        case ["op", "q", "to"]:
            found = Compare(
                fields.text("q", pattern=ID),
                _op(fields),
                fields.whole("to", low=-MOST_NUMBER, high=MOST_NUMBER),
            )
        case ["at", "op", "q"]:
            at = Moment.of(fields.take("at"), f"{noun}: at")
            found = Compare(fields.text("q", pattern=ID), _op(fields), at)
        case _:
            raise Malformed(f"{noun}: not one of the known conditions")
    fields.done()
    return found


def print_condition(condition: Condition) -> dict[str, Json]:
    """The JSON object that `read_condition` reads."""
    match condition:
        case All(parts):
            return {"all": [print_condition(part) for part in parts]}
        case Any(parts):
            return {"any": [print_condition(part) for part in parts]}
        case Not(part):
            return {"not": print_condition(part)}
        case OneOf(question, options):
            return {"q": question, "in": list(options)}
        case NoneOf(question):
            return {"q": question, "none": True}
        case Compare(question, op, to):
            compared: dict[str, Json] = {"q": question, "op": op.value}
            return {**compared, "at": to.to_json()} if isinstance(to, Moment) else {**compared, "to": to}


def tests_in(condition: Condition) -> Iterator[Test]:
    """Yield every comparison, in the order in which they are written."""
    match condition:
        case All(parts) | Any(parts):
            for part in parts:
                yield from tests_in(part)
        case Not(part):
            yield from tests_in(part)
        case _:
            yield condition


def _parts(values: list[Json], noun: str, depth: int) -> tuple[Condition, ...]:
    return tuple(read_condition(value, noun, depth=depth + 1) for value in values)


def _ids(values: list[Json], noun: str) -> tuple[str, ...]:
    texts = tuple(value for value in values if isinstance(value, str))
    if not texts or len(texts) != len(values) or len(set(texts)) != len(texts):
        raise Malformed(f"{noun}: in is not a list of different options")
    return texts


def _op(fields: Fields) -> Op:
    return Op(fields.text("op", pattern="<|<=|=|>=|>"))


def _kept(day: int) -> int:
    return min(max(day, date.min.toordinal()), date.max.toordinal())
