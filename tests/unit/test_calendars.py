"""Calendars of rules: a place is open or not by its own clock, on its own days, and nobody guesses beyond."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent_ledger import canonical
from consent_ledger.errors import Malformed
from edge_client.profile import Visit
from edge_client.rules.compile import problems_of
from edge_client.rules.facts import Facts, leaf_truths
from edge_client.rules.lint import overdue
from edge_client.rules.truths import settle
from edge_client.wire.calendars import Calendar, Span, parse_calendar, print_calendar
from edge_client.wire.paths import ItemId
from edge_client.wire.rules import Rules
from lambdas.shared.publishing.site_clocks import clock_of, clock_problems
from tests.support.city import catalogue
from tests.support.ruled import condition, parsed, rule, value

ROOT = Path(__file__).resolve().parent.parent.parent
SINCE = 29_454_120
"""The first minute of 2026 in Chicago."""
UNTIL = date(2027, 12, 31)
WEEK = ((480, 720), (780, 1020))
ZONES = ("America/Chicago", "Europe/London", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia", "UTC")


@cache
def clock_in(zone: str) -> tuple[Span, ...]:
    """The clock of a zone for two years."""
    return clock_of(zone, since=SINCE, until=UNTIL)


def hall(**changes: Any) -> Calendar:
    """A city hall with an hour for lunch, on weekdays."""
    closed = (date(2026, 11, 26), date(2026, 12, 25))
    clock = clock_in("America/Chicago")
    made = Calendar("hall", "America/Chicago", clock, (*(WEEK,) * 5, (), ()), closed, UNTIL)
    return replace(made, **changes)


def ms(text: str) -> int:
    """A time in Chicago, in Unix milliseconds."""
    moment = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("America/Chicago"))
    return int(moment.timestamp()) * 1000


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        ("2026-11-23T07:59:59", False),
        ("2026-11-23T08:00:00", True),
        ("2026-11-23T12:00:00", False),
        ("2026-11-23T16:59:59", True),
        ("2026-11-23T17:00:00", False),
        ("2026-11-22T10:00:00", False),
        ("2026-11-25T10:00:00", True),
        ("2026-11-26T10:00:00", False),
        ("2026-07-06T08:00:00", True),
        ("2027-12-31T16:00:00", True),
        ("2028-01-03T10:00:00", None),
        ("2025-12-31T23:59:00", None),
    ],
    ids=str,
)
def test_a_place_is_open_in_its_hours_and_not_on_days_off(at: str, is_open: bool | None) -> None:
    """To the minute, in summer and winter; after its last day, and before its first, nobody knows."""
    assert hall().is_open(ms(at)) is is_open


spans = st.lists(st.integers(0, 1440), max_size=6, unique=True).map(sorted)
weeks = st.lists(spans, min_size=7, max_size=7)
closures = st.lists(st.dates(date(2026, 1, 1), UNTIL), max_size=5, unique=True)


@given(
    zone=st.sampled_from(ZONES),
    week=weeks,
    closed=closures,
    minute=st.integers(SINCE + 2 * 1440, SINCE + 728 * 1440),
)
def test_the_clock_of_a_calendar_is_that_of_its_zone(
    zone: str, week: list[list[int]], closed: list[date], minute: int
) -> None:
    """Also where clocks change by half an hour: as the time zone database has it, any minute of two years."""
    days: tuple[tuple[Span, ...], ...] = tuple(
        tuple(zip(times[::2], times[1::2], strict=False)) for times in week
    )
    made = Calendar("place", zone, clock_in(zone), days, tuple(sorted(closed)), UNTIL)
    there = datetime.fromtimestamp(minute * 60, UTC).astimezone(ZoneInfo(zone))
    now = there.hour * 60 + there.minute
    expected = there.date() not in closed and any(a <= now < b for a, b in days[there.weekday()])
    assert made.is_open(minute * 60_000) is expected
    assert parse_calendar(print_calendar(made)) == made


def ruled(*calendars: Calendar, calendar: str = "hall") -> dict[str, Any]:
    """Rules with a condition on a calendar."""
    shown = {"calendars": [print_calendar(each) for each in calendars]} if calendars else {}
    definitions = [condition("hall-open", {"open": {"calendar": calendar}})]
    return value(definitions=definitions, rules=[rule("now", when="hall-open")], **shown)


def test_rules_with_a_calendar_print_back_and_say_nothing_of_a_later_visit() -> None:
    """When somebody comes back nobody knows; today it is so or not."""
    raw = canonical.encode(ruled(hall()))
    rules = Rules.parse(raw)
    assert rules.to_bytes() == raw
    now = Facts(0, 1, True, "en", (), opening={"hall": True})
    shut, unknown = replace(now, opening={"hall": False}), replace(now, opening={})
    later = now.in_a_later_session()
    for facts, truth in ((now, True), (shut, False), (unknown, None), (later, None)):
        assert leaf_truths(rules.definitions, facts, catalogue=catalogue())["hall-open"] is truth


@pytest.mark.parametrize(
    "changes",
    [
        {"clock": []},
        {"clock": [[1, 0], [1, 60]]},
        {"clock": [[1, 1561]]},
        {"clock": [[1, True]]},
        {"week": [[]] * 6},
        {"week": [[[480, 480]], *[[]] * 6]},
        {"week": [[[480, 720], [700, 800]], *[[]] * 6]},
        {"week": [[[0, 1441]], *[[]] * 6]},
        {"closed": ["2026-12-25", "2026-11-26"]},
        {"closed": ["2026-02-30"]},
        {"until": 20271231},
        {"zone": "../etc"},
        {"name": "City Hall"},
        {"open": True},
    ],
    ids=str,
)
def test_what_is_no_calendar_is_refused(changes: dict[str, Any]) -> None:
    """Days that do not rise, spans that overlap, a clock of nowhere."""
    printed = print_calendar(hall())
    assert isinstance(printed, dict)
    with pytest.raises(Malformed):
        parse_calendar({**printed, **changes})


def test_a_calendar_that_is_not_there_keeps_rules_from_use() -> None:
    """Its name stands for nothing; two may not have one name, and none need not be written."""
    rules = Rules.parse(canonical.encode(ruled(hall(), calendar="museum")))
    (problem,) = problems_of(rules, catalogue())
    assert (str(problem), problem.is_fatal) == ("rules: definition hall-open: museum is no calendar", True)
    for wrong in (ruled(hall(), hall()), {**ruled(hall()), "calendars": []}):
        with pytest.raises(Malformed):
            Rules.parse(canonical.encode(wrong))


def test_a_calendar_that_runs_out_is_told_sixty_days_before() -> None:
    """And again once it has: from then on no rule that asks it holds."""
    rules = Rules.parse(canonical.encode(ruled(hall())))
    warned = [
        [
            str(problem)
            for problem in overdue(rules, (UNTIL + timedelta(days=days)).isoformat())
            if "calendar" in str(problem)
        ]
        for days in (-61, -60, -59, 30)
    ]
    says = "rules: calendar hall: until: it says nothing of days after 2027-12-31, and no rule that asks it"
    assert warned == [[], [], [f"{says} holds then"], [f"{says} holds then"]]


def test_a_clock_of_another_place_is_not_published() -> None:
    """An hour off, a change left out, a zone that is none: what mends it is said."""
    right = hall()
    for wrong in (
        replace(right, clock=right.clock[:1]),
        replace(right, zone="Europe/London"),
        replace(right, clock=tuple((since, minutes + 60) for since, minutes in right.clock)),
    ):
        (problem,) = clock_problems(replace(parsed(), calendars=(right, wrong)))
        assert problem.is_fatal
        assert problem.fix.startswith(f"write [[{SINCE}, ")
    for zone in ("Middle/Earth", "Europe"):
        (problem,) = clock_problems(replace(parsed(), calendars=(replace(right, zone=zone),)))
        assert f"{zone} is no zone" in str(problem)
    for changes in (
        {"clock": ((2**53 - 1, 0),)},
        {"clock": ((-(2**53) + 1, 0),)},
        {"until": date.max},
    ):
        far = replace(right, zone="Etc/GMT+12", **changes)
        (problem,) = clock_problems(replace(parsed(), calendars=(far,)))
        assert "calendar hall: clock: " in str(problem)
        assert "is too far off" in str(problem)


def test_the_city_offers_the_library_while_it_is_open() -> None:
    """To somebody who looks at libraries in this visit: on a weekday at ten, and neither at night nor on
    Thanksgiving; the city's own calendar has the clock of its zone and lasts into the next year."""
    rules = Rules.parse((ROOT / "demo/agency/rules.json").read_bytes())
    (library,) = rules.calendars
    visits = tuple(Visit(ItemId(f"/libraries/{page}"), 1, 1) for page in ("join", "ebooks"))
    found = {}
    for at in ("2026-11-23T10:00:00", "2026-11-23T21:00:00", "2026-11-26T10:00:00", "2026-11-29T11:00:00"):
        facts = Facts(ms(at), 1, True, "en", visits, opening={library.name: library.is_open(ms(at))})
        leaves = leaf_truths(rules.definitions, facts, catalogue=libraries())
        found[at] = settle(rules.definitions, leaves).conditions["can-go-now"]
    assert list(found.values()) == [True, False, False, False]
    assert list(clock_problems(rules)) == []
    assert not any("calendar" in str(problem) for problem in overdue(rules, "2026-11-22"))


def libraries() -> Any:
    """Two pages about libraries."""
    pages = catalogue()
    some = [
        replace(pages.items[0], id=ItemId(f"/libraries/{page}"), topic="libraries", translations={})
        for page in ("ebooks", "join")
    ]
    return replace(pages, items=tuple(some))
