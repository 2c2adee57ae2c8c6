"""What fits into one answer: a function's has at most 6 MB, as JSON in JSON, where a byte may take three."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from consent_ledger import canonical
from consent_ledger.canonical import Json
from lambdas.shared.agency.failures import Absent

MOST_ANSWERED: Final = 1_900_000
"""Bytes of a body: escaped, a letter of two bytes takes six, and the function's answer has headers."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a file, as text; `number` of `count`, from 1 on. One after the other they are the file."""

    text: str
    number: int
    count: int

    @property
    def is_whole(self) -> bool:
        """Whether it is all of the file."""
        return self.count == 1


def part_of(raw: bytes, number: int, *, most: int = MOST_ANSWERED) -> Part:
    """Return a part of a file that is text, cut between letters. Raises `Absent` for one that it has not."""
    starts = [0]
    while starts[-1] + most < len(raw):
        end = starts[-1] + most
        while raw[end] & 0xC0 == 0x80:
            end -= 1
        starts.append(end)
    if not 0 < number <= len(starts):
        raise Absent
    ends = [*starts[1:], len(raw)]
    return Part(raw[starts[number - 1] : ends[number - 1]].decode(), number, len(starts))


def fitting(
    items: Iterable[dict[str, Json]], limit: int, *, most: int = MOST_ANSWERED
) -> tuple[dict[str, Json], ...]:
    """Return the first items, at most `limit`, that fit into one answer together; the first one always."""
    found: list[dict[str, Json]] = []
    size = 0
    for item in items:
        size += len(canonical.encode(item))
        if found and size > most:
            break
        found.append(item)
        # What is not looked at is not fetched either.
        if len(found) == limit:
            break
    return tuple(found)
