"""One report to a measurement task: one ordered pair of pages, or nothing at all.

The body of a request is the same number of bytes for every contribution to a task, whichever pages
it names and whether or not it names any, so that its size and its existence say nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Self

from consent_ledger import canonical
from consent_ledger.errors import Malformed

NOTHING: Final = 999_999
"""The index that stands for "nothing" in both fields of an empty contribution."""

MAX_BODY_BYTES: Final = 256
"""No contribution is longer; anything larger is refused before it is read."""

_DIGITS: Final = re.compile(r"[0-9]{6}")
_REPORT_ID: Final = re.compile(r"[0-9a-f]{32}")
_PERIOD: Final = re.compile(r"[0-9]{4}-W(?:0[1-9]|[1-4][0-9]|5[0-3])")
_TASK_ID: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_FIELDS: Final = {"from", "id", "period", "task", "to", "v"}


@dataclass(frozen=True, slots=True)
class Contribution:
    """One device's report to a task for one ISO week.

    `source` and `target` are page indexes in the task's page list, 0 to 999,998, or both `NOTHING`;
    `report_id` is 32 hexadecimal digits drawn at random for this report alone; `period` is an ISO
    8601 week such as `2026-W47`.
    """

    task: str
    period: str
    report_id: str
    source: int
    target: int

    def __post_init__(self) -> None:
        """Refuse what no device would send. Raises `Malformed`."""
        if not is_task_id(self.task):
            raise Malformed("contribution: task id is not lower case letters, digits and hyphens")
        if not is_period(self.period):
            raise Malformed("contribution: period is not an ISO week")
        if not _REPORT_ID.fullmatch(self.report_id):
            raise Malformed("contribution: id is not 32 hexadecimal digits")
        if not (0 <= self.source <= NOTHING and 0 <= self.target <= NOTHING):
            raise Malformed("contribution: page index out of range")
        if (self.source == NOTHING) != (self.target == NOTHING):
            raise Malformed("contribution: one page is named and the other is not")
        if self.source == self.target != NOTHING:
            raise Malformed("contribution: a page does not follow itself")

    @classmethod
    def nothing(cls, task: str, *, period: str, report_id: str) -> Self:
        """Build the contribution of a device that has nothing to say."""
        return cls(task=task, period=period, report_id=report_id, source=NOTHING, target=NOTHING)

    @property
    def is_nothing(self) -> bool:
        """Say whether this report names no pages."""
        return self.source == NOTHING

    def to_bytes(self) -> bytes:
        """Print the request body: canonical JSON, one length for all contributions to a task."""
        return canonical.encode(
            {
                "from": f"{self.source:06d}",
                "id": self.report_id,
                "period": self.period,
                "task": self.task,
                "to": f"{self.target:06d}",
                "v": 1,
            }
        )

    @classmethod
    def from_bytes(cls, body: bytes) -> Self:
        """Parse a request body. Raises `Malformed` unless it prints back byte for byte."""
        if len(body) > MAX_BODY_BYTES:
            raise Malformed("contribution: too long")
        value = canonical.decode(body)
        if not isinstance(value, dict) or set(value) != _FIELDS:
            raise Malformed("contribution: not the six fields of version 1")
        match value:
            case {"v": int(version), "task": str(task), "period": str(period), "id": str(report_id)}:
                if version != 1 or isinstance(version, bool):
                    raise Malformed("contribution: unknown version")
                source, target = _index(value["from"]), _index(value["to"])
                return cls(task=task, period=period, report_id=report_id, source=source, target=target)
            case _:
                raise Malformed("contribution: a field has the wrong type")


def is_task_id(text: str) -> bool:
    """Say whether `text` may name a task: 1 to 64 lower case letters, digits and inner hyphens."""
    return _TASK_ID.fullmatch(text) is not None


def is_period(text: str) -> bool:
    """Say whether `text` has the form of an ISO week (`2026-W47`)."""
    return _PERIOD.fullmatch(text) is not None


def _index(value: object) -> int:
    if not isinstance(value, str) or not _DIGITS.fullmatch(value):
        raise Malformed("contribution: a page index is not six digits")
    return int(value)
