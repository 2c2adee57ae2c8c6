"""When a schedule is due, as EventBridge reads `rate(...)` and `cron(...)`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Protocol

from consent_ledger.errors import Malformed
from nearside.local.cron import Cron

_RATE: Final = re.compile(r"rate\(([1-9][0-9]{0,5}) (minute|hour|day)(s?)\)")
_CRON: Final = re.compile(r"cron\(([^()]+)\)")
_SECONDS: Final = {"minute": 60, "hour": 3600, "day": 86400}


class Timetable(Protocol):
    """When something is due; all moments are in seconds since 1970."""

    def after(self, since: int) -> int | None:
        """Return the first moment after `since`, None where there is none."""
        ...

    def latest(self, since: int, now: int) -> int:
        """Return from when on to look for the next, where everything until `now` is done with."""
        ...


@dataclass(frozen=True, slots=True)
class Rate:
    """One interval after another, counted from when the schedule was made."""

    every_s: int

    def after(self, since: int) -> int:
        """Return the end of the interval that begins at `since`."""
        return since + self.every_s

    def latest(self, since: int, now: int) -> int:
        """Return when the interval began that `now` lies in, so that calls keep their time of day."""
        return since + max(0, now - since) // self.every_s * self.every_s


def parse_timetable(text: str) -> Timetable:
    """Read a schedule. Raises `Malformed` for what EventBridge would refuse, or does not describe."""
    if (cron := _CRON.fullmatch(text)) is not None:
        return Cron.parse(cron[1])
    rate = _RATE.fullmatch(text)
    # EventBridge wants one minute, and two minutes.
    if rate is None or (rate[1] == "1") == bool(rate[3]):
        raise Malformed("schedule: neither a rate nor a cron")
    return Rate(int(rate[1]) * _SECONDS[rate[2]])
