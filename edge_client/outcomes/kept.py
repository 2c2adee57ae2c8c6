"""What became of what was suggested here: opened, passed over, or called not relevant. It never leaves the
device.

Kept only where a slot of the rules asks for it, with the decisions, and no longer than the rules say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from consent_ledger import canonical
from consent_ledger.errors import Malformed
from edge_client.profile import DAY_MS

MOST_OUTCOMES = 300
HALVINGS = 4
WHOLE = 1000


class Became(StrEnum):
    """What became of an impression on the visit that it was on."""

    PASSED = "passed"
    OPENED = "opened"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One item as it was suggested on one visit: the name that all its languages share, when it was first
    shown then (Unix milliseconds), in which session of this device, and what became of it."""

    item: str
    at_ms: int
    session: int
    became: Became = Became.PASSED


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Outcomes, oldest first; an item has one a visit, however many pages showed it."""

    rows: tuple[Outcome, ...] = ()

    def with_shown(self, items: Iterable[str], *, at_ms: int, session: int) -> Outcomes:
        """Return it with items that a page shows: passed over, until they are opened."""
        had = {row.item for row in self.rows if row.session == session}
        new = tuple(Outcome(item, at_ms, session) for item in dict.fromkeys(items) if item not in had)
        return replace(self, rows=(*self.rows, *new)[-MOST_OUTCOMES:]) if new else self

    def opened(self, item: str, *, session: int) -> Outcomes:
        """Return it after a page was opened: if it was suggested on this visit, that is what became of it."""
        return self._now(Became.OPENED, lambda row: (row.item, row.session) == (item, session))

    def dismissed(self, item: str) -> Outcomes:
        """Return it after an item was called not relevant: whatever became of it before, it was unwanted."""
        return self._now(Became.DISMISSED, lambda row: row.item == item)

    def only(self, wanted: Callable[[Outcome], bool]) -> Outcomes:
        """Return the outcomes that are still wanted; itself where nothing goes."""
        left = tuple(row for row in self.rows if wanted(row))
        return self if len(left) == len(self.rows) else replace(self, rows=left)

    def by_topic(
        self, topic_of: Callable[[str], str | None], *, at_ms: int, days: int
    ) -> Mapping[str, tuple[int, int]]:
        """Return for each topic how many were opened and how many were not, in whole numbers.

        An outcome weighs half as much after each quarter of `days`, and nothing after all of them.
        """
        opened: Counter[str] = Counter()
        passed: Counter[str] = Counter()
        for row in self.rows:
            topic, age = topic_of(row.item), max(0, at_ms - row.at_ms) * HALVINGS // (days * DAY_MS)
            if topic is not None and age < HALVINGS:
                counted = opened if row.became is Became.OPENED else passed
                counted[topic] += WHOLE >> age
        return {
            topic: (opened[topic] // WHOLE, passed[topic] // WHOLE) for topic in sorted({*opened, *passed})
        }

    def to_value(self) -> canonical.Json:
        """Return the JSON that `from_value` reads."""
        return [[row.item, row.at_ms, row.session, row.became.value] for row in self.rows]

    @classmethod
    def from_value(cls, value: canonical.Json) -> Outcomes:
        """Read what `to_value` returned. Raises `Malformed` on anything else."""
        if not isinstance(value, list) or len(value) > MOST_OUTCOMES:
            raise Malformed("outcomes: not a list of outcomes")
        return cls(tuple(_row(row) for row in value))

    def _now(self, became: Became, is_meant: Callable[[Outcome], bool]) -> Outcomes:
        """Change what became of the newest one that is meant."""
        at = next((at for at in reversed(range(len(self.rows))) if is_meant(self.rows[at])), None)
        if at is None or self.rows[at].became in (became, Became.DISMISSED):
            return self
        changed = replace(self.rows[at], became=became)
        return replace(self, rows=(*self.rows[:at], changed, *self.rows[at + 1 :]))


NO_OUTCOMES: Final = Outcomes()


def _row(value: canonical.Json) -> Outcome:
    match value:
        case [str(item), int(at_ms), int(session), str(became)] if (
            became in list(Became) and not isinstance(at_ms, bool) and not isinstance(session, bool)
        ):
            return Outcome(item, at_ms, session, Became(became))
        case _:
            raise Malformed("outcomes: an outcome is not an item, a time, a session and what became of it")
