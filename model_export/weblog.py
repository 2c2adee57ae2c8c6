"""Web server log lines as requests: the Common and Combined Log Formats, and the EPA archive's."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

_MONTHS = {
    name: number
    for number, name in enumerate(
        ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"), start=1
    )
}
_NCSA = re.compile(
    r"(?P<host>\S{1,255}) \S+ .{1,255}? \[(?P<day>\d\d)/(?P<month>[A-Z][a-z]{2})/(?P<year>\d{4})"
    r":(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d) "
    r"(?P<sign>[+-])(?P<zone_hour>\d\d)(?P<zone_minute>\d\d)\] "
    r'"(?P<request>(?:[^"\\]|\\.)*)" (?P<status>\d{3}) (?:\d+|-)'
    r'(?: "(?:[^"\\]|\\.)*" "(?P<agent>(?:[^"\\]|\\.)*)")?.*',
    re.ASCII | re.DOTALL,
)
_EPA = re.compile(
    r"(?P<host>\S{1,255}) \[(?P<day>\d\d):(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)\] "
    r'"(?P<request>.*)" (?P<status>\d{3}) (?:\d+|-)\s*',
    re.ASCII | re.DOTALL,
)
_REQUEST = re.compile(
    r"(?P<method>[A-Z]{3,16}) (?P<target>\S.*?)(?: HTTP/\d(?:\.\d)?)?\s*", re.ASCII | re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Request:
    """One request.

    `at` is in seconds since an epoch of the log's own; `day` is UTC, ISO 8601, where the log has dates.
    """

    host: str
    at: int
    day: str | None
    method: str
    target: str
    status: int
    agent: str


LineParser = Callable[[str], Request | None]


def parse_ncsa(line: str) -> Request | None:
    """Read a line of the Common or Combined Log Format; None when it is neither."""
    if (found := _NCSA.fullmatch(line)) is None or (request := _REQUEST.fullmatch(found["request"])) is None:
        return None
    offset = timedelta(hours=int(found["zone_hour"]), minutes=int(found["zone_minute"]))
    try:
        moment = datetime(
            int(found["year"]), _MONTHS[found["month"]], int(found["day"]),
            int(found["hour"]), int(found["minute"]), min(int(found["second"]), 59),
            tzinfo=timezone(-offset if found["sign"] == "-" else offset),
        )  # fmt: skip
    except (KeyError, ValueError):
        return None
    return Request(
        host=found["host"],
        at=int(moment.timestamp()),
        day=moment.astimezone(UTC).date().isoformat(),
        method=request["method"],
        target=request["target"],
        status=int(found["status"]),
        agent=found["agent"] or "",
    )


def parse_epa(line: str) -> Request | None:
    """Read a line of the EPA archive's format, which has a day of the month only; None if it is not one."""
    if (found := _EPA.fullmatch(line)) is None or (request := _REQUEST.fullmatch(found["request"])) is None:
        return None
    hours = int(found["day"]) * 24 + int(found["hour"])
    return Request(
        host=found["host"],
        at=(hours * 60 + int(found["minute"])) * 60 + int(found["second"]),
        day=None,
        method=request["method"],
        target=request["target"],
        status=int(found["status"]),
        agent="",
    )
