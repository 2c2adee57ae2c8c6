"""Impressions: what was shown on this device and when, as far as a cap counts it. It never leaves the device.

One list for every channel: what a banner has shown is not shown once more by a list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from consent_ledger import canonical
from consent_ledger.errors import Malformed

MOST_IMPRESSIONS = 500


@dataclass(frozen=True, slots=True)
class Shown:
    """Impressions, oldest first: the name of an item that all its languages share, and when (Unix
    milliseconds)."""

    rows: tuple[tuple[str, int], ...] = ()

    def with_items(self, items: Iterable[str], at_ms: int) -> Shown:
        """Return it with one impression more of each item."""
        new = tuple((item, at_ms) for item in dict.fromkeys(items))
        return replace(self, rows=(*self.rows, *new)[-MOST_IMPRESSIONS:]) if new else self

    def count(self, item: str, *, since_ms: int) -> int:
        """Return how often an item was shown since a time."""
        return sum(1 for name, at_ms in self.rows if name == item and at_ms >= since_ms)

    def only(self, wanted: Callable[[str, int], bool]) -> Shown:
        """Return the impressions that are still wanted; itself where nothing goes."""
        left = tuple(row for row in self.rows if wanted(*row))
        return self if len(left) == len(self.rows) else replace(self, rows=left)

    def to_value(self) -> canonical.Json:
        """Return the JSON that `from_value` reads."""
        return [[item, at_ms] for item, at_ms in self.rows]

    @classmethod
    def from_value(cls, value: canonical.Json) -> Shown:
        """Read what `to_value` returned. Raises `Malformed` on anything else."""
        if not isinstance(value, list) or len(value) > MOST_IMPRESSIONS:
            raise Malformed("shown: not a list of impressions")
        return cls(tuple(_row(row) for row in value))


def _row(value: canonical.Json) -> tuple[str, int]:
    match value:
        case [str(item), int(at_ms)] if not isinstance(at_ms, bool):
            return item, at_ms
        case _:
            raise Malformed("shown: an impression is not an item and a time")
