"""Web server log lines as requests: the Common and Combined Log Formats, and the EPA archive's.

The layouts are read by Python here and by the engines of `model_export.counting.scale`, with the same
verdict on every line.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from model_export.counting.fields import ESCAPED_BACKSLASH, ESCAPED_QUOTE, Layout

LONGEST_HOST = 255
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_WORD = r"[^ \t-\r]+"
_METHOD = r"([A-Z]+)"
_VERSION = r"(?: HTTP/[0-9](?:\.[0-9])?)?[ \t]{0,8}"
_RESULT = r"([0-9][0-9][0-9]) (?:[0-9]+|-)"
_CLOCK = "[0-9][0-9]:[0-9][0-9]:[0-9][0-9]"

# Fields: host, time, method, path (without query and fragment), status, agent.
NCSA = Layout(
    rf"({_WORD}) {_WORD} .+? "
    rf"\[([0-9][0-9]/[A-Z][a-z][a-z]/(?:19[7-9]|2[0-9][0-9])[0-9]:{_CLOCK} [+-][0-9][0-9][0-9][0-9])\] "
    rf'"{_METHOD} (?:([^ \t-\r"?#][^"?#]*?)(?:{_VERSION}|[?#][^"]*)|[?#][^"]*)" {_RESULT}'
    r'(?: "[^"]*" "([^"]*)")?.*',
    fields=((1,), (2,), (3,), (4,), (5,), (6,)),
    # A backslash takes the meaning off the character after it (Apache HTTP Server, mod_log_config).
    masks=((r"\\", ESCAPED_BACKSLASH), (r"\"", ESCAPED_QUOTE)),
)
EPA = Layout(
    rf"({_WORD}) \[([0-9][0-9]:{_CLOCK})\] "
    rf'"{_METHOD} (?:([^ \t-\r?#][^?#]*?)(?:{_VERSION}|[?#].*)|[?#].*)" {_RESULT}[ \t]*()',
    fields=((1,), (2,), (3,), (4,), (5,), (6,)),
)


@dataclass(frozen=True, slots=True)
class Request:
    """One request; `target` is the path as it was asked for, without query and fragment.

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
    if (cut := NCSA.cut(line)) is None or (moment := _moment(cut[1])) is None:
        return None
    return _request(cut, at=int(moment.timestamp()), day=moment.astimezone(UTC).date().isoformat())


def parse_epa(line: str) -> Request | None:
    """Read a line of the EPA archive's format, which has a day of the month only; None if it is not one."""
    if (cut := EPA.cut(line)) is None:
        return None
    day, hour, minute, second = (int(number) for number in cut[1].split(":"))
    return _request(cut, at=((day * 24 + hour) * 60 + minute) * 60 + second, day=None)


def _request(cut: tuple[str, ...], *, at: int, day: str | None) -> Request | None:
    host, _, method, target, status, agent = cut
    if len(host) > LONGEST_HOST:
        return None
    return Request(host=host, at=at, day=day, method=method, target=target, status=int(status), agent=agent)


def _moment(stamp: str) -> datetime | None:
    """The time that `16/Nov/2026:23:30:05 -0100` names; None when no calendar has it.

    A second of 60 and more, as leap seconds are written, counts as 59.
    """
    offset = timedelta(hours=int(stamp[22:24]), minutes=int(stamp[24:26]))
    try:
        return datetime(
            int(stamp[7:11]), MONTHS.index(stamp[3:6]) + 1, int(stamp[:2]),
            int(stamp[12:14]), int(stamp[15:17]), min(int(stamp[18:20]), 59),
            tzinfo=timezone(-offset if stamp[21] == "-" else offset),
        )  # fmt: skip
    except ValueError:
        return None
