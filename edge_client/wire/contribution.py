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
from consent_ledger.fields import Fields

NOTHING: Final = 999_999
"""The index that stands for "nothing" in both fields of an empty contribution."""

MAX_BODY_BYTES: Final = 256
"""No contribution is longer; anything larger is refused before it is read."""

_SIX_DIGITS: Final = r"[0-9]{6}"
_REPORT_ID: Final = re.compile(r"[0-9a-f]{32}")
_PERIOD: Final = re.compile(r"[0-9]{4}-W(?:0[1-9]|[1-4][0-9]|5[0-3])")
_TASK_ID: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")


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
        fields = Fields(canonical.decode(body, max_bytes=MAX_BODY_BYTES), "contribution")
        fields.whole("v", low=1, high=1)
        contribution = cls(
            task=fields.text("task"),
            period=fields.text("period"),
            report_id=fields.text("id"),
            source=int(fields.text("from", pattern=_SIX_DIGITS)),
            target=int(fields.text("to", pattern=_SIX_DIGITS)),
        )
        fields.done()
        return contribution


def is_task_id(text: str) -> bool:
    """Say whether `text` may name a task: 1 to 64 lower case letters, digits and inner hyphens."""
    return _TASK_ID.fullmatch(text) is not None


def is_period(text: str) -> bool:
    """Say whether `text` has the form of an ISO week (`2026-W47`)."""
    return _PERIOD.fullmatch(text) is not None
