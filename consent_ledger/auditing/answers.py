"""Answers: what an audit found, with what anyone needs to find it again."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

MOST_OF_A_KIND = 100
"""How many findings of one code are kept; the rest are counted."""

Cell: TypeAlias = str | int | None
Row: TypeAlias = tuple[Cell, ...]


class Verdict(enum.Enum):
    """How an answer ends; the value is the word in every report."""

    ANSWERED = "answered"
    FINDING = "finding"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Evidence:
    """A file that shows a finding to somebody who trusts nobody; `name` is a relative path.

    `read` gives its bytes when they are wanted: a finding holds none of them.
    """

    name: str
    read: Callable[[], bytes]

    @classmethod
    def of(cls, name: str, data: bytes) -> Evidence:
        """A small file that is at hand."""
        return cls(name, lambda: data)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that should not be: a stable `code`, the text, and the index of the entry that shows it."""

    code: str
    text: str
    index: int | None = None
    evidence: tuple[Evidence, ...] = ()


class Tally:
    """Collects findings, so that a log that is false throughout does not fill the memory."""

    def __init__(self) -> None:
        self._kept: list[Finding] = []
        self._counts: Counter[str] = Counter()

    def add(self, finding: Finding) -> None:
        """Keep the finding, or only count it when there are many of its kind."""
        self._counts[finding.code] += 1
        if self._counts[finding.code] <= MOST_OF_A_KIND:
            self._kept.append(finding)

    def findings(self) -> tuple[Finding, ...]:
        """What was kept, and one more of each kind that says how many were not."""
        more = (
            Finding(code, f"and {count - MOST_OF_A_KIND} more of this kind")
            for code, count in self._counts.items()
            if count > MOST_OF_A_KIND
        )
        return (*self._kept, *more)


def tallied(*findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings from several places, no more than `MOST_OF_A_KIND` of each kind."""
    tally = Tally()
    for some in findings:
        for finding in some:
            tally.add(finding)
    return tally.findings()


def many(count: int, noun: str) -> str:
    """A number of things, as people write it."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _nothing() -> Iterator[Row]:
    yield from ()


def _no_index() -> Iterator[int]:
    yield from ()


def _no_file() -> Iterator[Evidence]:
    yield from ()


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one question.

    `summary` is one line. `rows` yields the table under `columns`, anew at every call, and `proven` the
    indexes of the entries whose inclusion proofs belong to it; `files` are further proofs. `missing` says
    what this copy would have to hold for the answer to be known; an answer with findings is known.
    """

    number: int
    question: str
    summary: str
    columns: tuple[str, ...] = ()
    rows: Callable[[], Iterator[Row]] = _nothing
    proven: Callable[[], Iterator[int]] = _no_index
    files: Callable[[], Iterator[Evidence]] = _no_file
    findings: tuple[Finding, ...] = ()
    missing: str | None = None

    @property
    def verdict(self) -> Verdict:
        """How it ends."""
        if self.findings:
            return Verdict.FINDING
        return Verdict.UNKNOWN if self.missing else Verdict.ANSWERED
