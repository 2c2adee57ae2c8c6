"""A schedule is due when EventBridge would call it due."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import pytest

from consent_ledger.errors import Malformed
from nearside.local.timetable import parse_timetable


def moments(text: str, since: str, count: int) -> list[str]:
    """The next moments after `since`."""
    at: int | None = int(datetime.fromisoformat(since).replace(tzinfo=UTC).timestamp())
    found = []
    timetable = parse_timetable(text)
    while at is not None and len(found) < count:
        at = timetable.after(at)
        if at is not None:
            found.append(datetime.fromtimestamp(at, UTC).strftime("%a %Y-%m-%d %H:%M"))
    return found


@pytest.mark.parametrize(
    ("text", "since", "expected"),
    [
        # The examples of EventBridge's own guide, each with what it says of it.
        ("cron(0 10 * * ? *)", "2026-11-23T10:00", ["Tue 2026-11-24 10:00", "Wed 2026-11-25 10:00"]),
        ("cron(15 12 * * ? *)", "2026-11-23T12:14:59", ["Mon 2026-11-23 12:15", "Tue 2026-11-24 12:15"]),
        ("cron(0 18 ? * MON-FRI *)", "2026-11-27T17:00", ["Fri 2026-11-27 18:00", "Mon 2026-11-30 18:00"]),
        ("cron(0 8 1 * ? *)", "2026-12-31T00:00", ["Fri 2027-01-01 08:00", "Mon 2027-02-01 08:00"]),
        ("cron(0/15 * * * ? *)", "2026-11-23T23:40", ["Mon 2026-11-23 23:45", "Tue 2026-11-24 00:00"]),
        ("cron(0/10 * ? * MON-FRI *)", "2026-11-27T23:45", ["Fri 2026-11-27 23:50", "Mon 2026-11-30 00:00"]),
        ("cron(0/5 8-17 ? * MON-FRI *)", "2026-11-23T17:50",
         ["Mon 2026-11-23 17:55", "Tue 2026-11-24 08:00"]),
        ("cron(0/30 20-23 * * ? *)", "2026-11-23T23:10", ["Mon 2026-11-23 23:30", "Tue 2026-11-24 20:00"]),
        ("cron(0 9 ? * 2#1 *)", "2026-11-23T00:00", ["Mon 2026-12-07 09:00", "Mon 2027-01-04 09:00"]),
        # What each sign means.
        ("cron(0 0 L * ? *)", "2028-01-31T00:00", ["Tue 2028-02-29 00:00", "Fri 2028-03-31 00:00"]),
        ("cron(0 0 ? * 6L *)", "2026-11-23T00:00", ["Fri 2026-11-27 00:00", "Fri 2026-12-25 00:00"]),
        ("cron(0 0 ? * FRIL *)", "2026-11-23T00:00", ["Fri 2026-11-27 00:00", "Fri 2026-12-25 00:00"]),
        ("cron(0 0 ? * L *)", "2026-11-23T00:00", ["Sat 2026-11-28 00:00", "Sat 2026-12-05 00:00"]),
        ("cron(0 0 ? * 3#5 *)", "2026-11-23T00:00", ["Tue 2026-12-29 00:00", "Tue 2027-03-30 00:00"]),
        ("cron(0 0 ? * SUN,4 *)", "2026-11-23T00:00", ["Wed 2026-11-25 00:00", "Sun 2026-11-29 00:00"]),
        ("cron(0 0 1W * ? *)", "2026-07-31T00:00", ["Mon 2026-08-03 00:00", "Tue 2026-09-01 00:00"]),
        ("cron(0 0 15W * ? *)", "2026-07-31T00:00", ["Fri 2026-08-14 00:00", "Tue 2026-09-15 00:00"]),
        ("cron(0 0 31W * ? *)", "2026-05-01T00:00", ["Fri 2026-05-29 00:00", "Fri 2026-07-31 00:00"]),
        ("cron(5,50-55/5 3 1,31 1-3/2,DEC ? *)", "2026-12-31T03:50",
         ["Thu 2026-12-31 03:55", "Fri 2027-01-01 03:05"]),
        ("cron(0 0 29 FEB ? *)", "2026-11-23T00:00", ["Tue 2028-02-29 00:00", "Sun 2032-02-29 00:00"]),
        ("cron(0 0 1 1 ? 2030,2040-2042)", "2026-11-23T00:00",
         ["Tue 2030-01-01 00:00", "Sun 2040-01-01 00:00"]),
        # A day or a year that never comes.
        ("cron(0 0 30 2 ? *)", "2026-11-23T00:00", []),
        ("cron(0 0 1 1 ? 2020)", "2026-11-23T00:00", []),
        ("cron(59 23 31 12 ? 2199)", "2199-12-31T23:59", []),
        # Intervals are counted from the beginning, and not from midnight.
        ("rate(1 minute)", "2026-11-23T10:00:30", ["Mon 2026-11-23 10:01", "Mon 2026-11-23 10:02"]),
        ("rate(5 hours)", "2026-11-23T22:00", ["Tue 2026-11-24 03:00", "Tue 2026-11-24 08:00"]),
        ("rate(7 days)", "2026-11-23T10:00", ["Mon 2026-11-30 10:00", "Mon 2026-12-07 10:00"]),
    ],
)  # fmt: skip
def test_it_is_due_when_eventbridge_says(text: str, since: str, expected: list[str]) -> None:
    """Each moment is the first after the one before."""
    assert moments(text, since, 2) == expected


@pytest.mark.parametrize(
    "text",
    [
        "", "rate()", "rate(0 minutes)", "rate(1 minutes)", "rate(2 minute)", "rate(1 week)", "rate(-1 days)",
        "rate(1 day) ", "rate(9999999 days)", "at(2026-11-23T10:00:00)", "cron()", "cron(0 10 * * ?)",
        "cron(0 10 * * * *)", "cron(0 10 ? * ? *)", "cron(0 10 1 * MON *)", "cron(60 * * * ? *)",
        "cron(0 24 * * ? *)", "cron(0 0 0 * ? *)", "cron(0 0 32 * ? *)", "cron(0 0 1 13 ? *)",
        "cron(0 0 1 JAM ? *)", "cron(0 0 ? * 8 *)", "cron(0 0 ? * MON#6 *)", "cron(0 0 ? * 2#1,3#1 *)",
        "cron(0 0 ? * 1/2 *)", "cron(0 0 ? * FRI-MON *)", "cron(30-10 * * * ? *)", "cron(*/0 * * * ? *)",
        "cron(0 0 32W * ? *)", "cron(0 0 LW * ? *)", "cron(0 0 1 * ? 1969)", "cron(0 0 1 * ? 2200)",
        "cron(,5 * * * ? *)", "cron(0  10 * * ? *)", "cron(? * * * ? *)", "cron(mon 0 * * ? *)",
        "cron(\u0661 0 * * ? *)",
    ],
)  # fmt: skip
def test_what_eventbridge_does_not_describe_is_refused(text: str) -> None:
    """A schedule that is called at other times than on AWS would be worse than none."""
    with pytest.raises(Malformed, match="schedule: "):
        parse_timetable(text)


@pytest.mark.parametrize("text", ["rate(3 hours)", "cron(0/30 * * * ? *)"])
def test_what_was_missed_is_over_once_it_was_called(text: str) -> None:
    """Whatever the time is, the next moment is after it, and no further off than an interval."""
    timetable = parse_timetable(text)
    for now in range(1_800_000_000, 1_800_000_000 + 40_000, 997):
        since = timetable.latest(1_790_000_123, now)
        following = timetable.after(since)
        assert since <= now
        assert following is not None
        assert now < following <= now + 3 * 3600
    late = [timetable.latest(1_790_000_123, now) for now in range(1_790_000_123, 1_790_050_000, 600)]
    assert all(before <= after for before, after in pairwise(late))
