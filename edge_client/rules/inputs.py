"""Everything that a decision rests on beside bundle and model: kept, it gives the same plan again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from consent_ledger import canonical
from consent_ledger.errors import Malformed
from consent_ledger.fields import Fields
from edge_client.rules.truths import Truth
from edge_client.wire.catalogue import MOST_ITEMS

MOST_ROWS = 4096


@dataclass(frozen=True, slots=True)
class Moment:
    """What is the case when the citizen looks: in this session, or in a later one.

    `pages` are the indexes of the pages that are planned for, `histories` the recent ones behind each, most
    recent first. `leaves` says which simple conditions hold, `because` which page each speaks of.
    """

    pages: tuple[int, ...]
    histories: tuple[tuple[int, ...], ...]
    leaves: Mapping[str, Truth] = field(default_factory=dict)
    because: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Inputs:
    """The inputs of one decision; items are indexes of the bundle's catalogue.

    `looked_at` and `refused` may not be suggested, in any language; `pins` are the citizen's own, by slot.
    Rules that are `silent` cool down after a "not relevant"; `capped` names rules with the items that they
    have shown often enough. `page` is where it was decided, None for a page that is not in the catalogue.
    `outcomes` are by topic how many suggestions were opened and how many were not; `followed` are the topics
    that the citizen follows, sorted. `later` is None under rules that know no sessions.
    """

    at_ms: int
    lang: str
    now: Moment
    later: Moment | None = None
    looked_at: frozenset[int] = frozenset()
    refused: frozenset[int] = frozenset()
    pins: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    silent: frozenset[str] = frozenset()
    capped: frozenset[tuple[str, int]] = frozenset()
    page: int | None = None
    outcomes: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    followed: tuple[str, ...] = ()

    def to_value(self) -> canonical.Json:
        """Return the JSON that `from_value` reads."""
        pins: dict[str, canonical.Json] = {slot: list(items) for slot, items in self.pins.items()}
        # What is empty is not written: what an earlier version kept reads the same.
        more: dict[str, canonical.Json] = {"followed": list(self.followed)} if self.followed else {}
        return {
            **more,
            "at_ms": self.at_ms,
            "lang": self.lang,
            "now": _print_moment(self.now),
            "later": None if self.later is None else _print_moment(self.later),
            "looked_at": list[canonical.Json](sorted(self.looked_at)),
            "refused": list[canonical.Json](sorted(self.refused)),
            "pins": pins,
            "silent": list[canonical.Json](sorted(self.silent)),
            "capped": [[name, index] for name, index in sorted(self.capped)],
            "page": self.page,
            "outcomes": [[topic, *counts] for topic, counts in sorted(self.outcomes.items())],
        }

    @classmethod
    def from_value(cls, value: canonical.Json) -> Inputs:
        """Read what `to_value` returned. Raises `Malformed`."""
        fields = Fields(value if not isinstance(value, dict) else {"followed": [], **value}, "inputs")
        later = fields.take("later")
        pins = _object(fields.take("pins"))
        inputs = cls(
            at_ms=fields.whole("at_ms"),
            lang=fields.text("lang", max_length=20),
            now=_moment(fields.take("now")),
            later=None if later is None else _moment(later),
            looked_at=frozenset(_indexes(fields, "looked_at")),
            refused=frozenset(_indexes(fields, "refused")),
            pins={slot: _indexes(Fields(pins, "inputs: pins"), slot) for slot in pins},
            silent=frozenset(_text(name) for name in fields.rows("silent", max_length=MOST_ROWS)),
            capped=frozenset(_pair(row) for row in fields.rows("capped", max_length=MOST_ROWS)),
            page=fields.optional_whole("page", high=MOST_ITEMS),
            outcomes=dict(_counts(row) for row in fields.rows("outcomes", max_length=MOST_ROWS)),
            followed=tuple(_text(topic) for topic in fields.rows("followed", max_length=MOST_ROWS)),
        )
        fields.done()
        return inputs


def _print_moment(moment: Moment) -> canonical.Json:
    leaves: dict[str, canonical.Json] = dict(moment.leaves)
    because: dict[str, canonical.Json] = dict(moment.because)
    return {
        "pages": list(moment.pages),
        "histories": [list(history) for history in moment.histories],
        "leaves": leaves,
        "because": because,
    }


def _moment(value: canonical.Json) -> Moment:
    fields = Fields(value, "inputs: moment")
    leaves, because = _object(fields.take("leaves")), _object(fields.take("because"))
    known = Fields(because, "inputs: because")
    moment = Moment(
        pages=_indexes(fields, "pages"),
        histories=tuple(
            _indexes(Fields({"history": row}, "inputs"), "history")
            for row in fields.rows("histories", max_length=MOST_ROWS)
        ),
        leaves={name: _truth(truth) for name, truth in leaves.items()},
        because={name: known.whole(name, high=MOST_ITEMS) for name in because},
    )
    fields.done()
    if len(moment.histories) != len(moment.pages):
        raise Malformed("inputs: not one history for each page")
    return moment


def _indexes(fields: Fields, name: str) -> tuple[int, ...]:
    rows = fields.rows(name, max_length=MOST_ROWS)
    return tuple(Fields({name: row}, "inputs").whole(name, high=MOST_ITEMS) for row in rows)


def _object(value: canonical.Json) -> dict[str, canonical.Json]:
    if not isinstance(value, dict):
        raise Malformed("inputs: not an object")
    return value


def _truth(value: canonical.Json) -> Truth:
    if value is None or isinstance(value, bool):
        return value
    raise Malformed("inputs: neither true, false nor unknown")


def _text(value: canonical.Json) -> str:
    if not isinstance(value, str):
        raise Malformed("inputs: a name is not text")
    return value


def _counts(value: canonical.Json) -> tuple[str, tuple[int, int]]:
    match value:
        case [str(topic), int(opened), int(passed)] if 0 <= opened <= MOST_ROWS and 0 <= passed <= MOST_ROWS:
            return topic, (int(opened), int(passed))
        case _:
            raise Malformed("inputs: not a topic and two counts")


def _pair(value: canonical.Json) -> tuple[str, int]:
    match value:
        case [str(name), int(index)] if not isinstance(index, bool):
            return name, index
        case _:
            raise Malformed("inputs: not a rule and an item")
