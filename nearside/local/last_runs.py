"""Until when each schedule of a deployment is done with, kept in its state folder.

A machine that is started each morning runs its daily schedules once a day, and what was due while it was off
once when it starts. What was begun and not ended, by a kill or between two attempts, is due still.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Final, Self

from consent_ledger import canonical
from consent_ledger.errors import Malformed
from consent_ledger.storage.whole_file import PRIVATE, read_at_most, replace_file

SCHEDULES: Final = "schedules.json"
_MAX_BYTES: Final = 64 * 1024
_DAMAGED: Final = f"state: {SCHEDULES} is damaged; remove it, and each schedule begins anew"


@dataclass(slots=True)
class LastRuns:
    """The moments, in seconds since 1970, until which schedules are done with, by name; for any thread."""

    file: Path
    started: int
    _until: dict[str, int]
    _lock: Lock = field(default_factory=Lock)

    @classmethod
    def open(cls, state: Path, *, now: int) -> Self:
        """Read them. Raises `Malformed` for a file that is not as it was written."""
        file = state / SCHEDULES
        return cls(file, now, read_last_runs(file))

    def until(self, name: str) -> int:
        """Until when a schedule is done with; one that is new begins with the deployment's start.

        Raises `OSError` where that cannot be kept.
        """
        if name not in self._until:
            self.settle(name, self.started)
        return self._until[name]

    def settle(self, name: str, until: int) -> None:
        """Keep that a schedule is done with until then. Raises `OSError`, and knows no better then."""
        with self._lock:
            known = {**self._until, name: until}
            replace_file(self.file, canonical.encode(known), mode=PRIVATE)
            self._until = known


def read_last_runs(file: Path) -> dict[str, int]:
    """Read the file, nothing where there is none. Raises `Malformed`, with what to do about it."""
    try:
        found = canonical.decode(read_at_most(file, _MAX_BYTES, noun="state"))
    except FileNotFoundError:
        return {}
    except Malformed as error:
        raise Malformed(_DAMAGED) from error
    if not isinstance(found, dict):
        raise Malformed(_DAMAGED)
    until = {name: value for name, value in found.items() if type(value) is int and value >= 0}
    if len(until) != len(found):
        raise Malformed(_DAMAGED)
    return until
