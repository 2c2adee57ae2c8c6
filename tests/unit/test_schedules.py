"""What nobody waits for is called again when it fails, and is in a queue of its own when that fails too."""

from __future__ import annotations

import errno
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

from consent_ledger.errors import Malformed
from lambdas.shared.logs import log_event
from nearside.local.function_log import LOG, logging_functions
from nearside.local.functions import LocalFunction
from nearside.local.last_runs import SCHEDULES, LastRuns
from nearside.local.schedules import SchedulePoller, read_schedule
from nearside.local.template import Resource, Scope
from nearside.local.timetable import parse_timetable

RULE = "Ledger/TidyFunctionDaily"
SCOPE = Scope((), Path("t"), None, {}, {}, {}, {})


@dataclass
class Time:
    """A clock and the event that a poller waits for: waiting is what makes time pass, until `end`.

    `leaps` are what the clock jumps by once it shows so much: a machine that sleeps, a clock that is set.
    """

    end: float
    at: float = 0.0
    leaps: dict[float, float] = field(default_factory=dict)

    def wait(self, seconds: float) -> bool:
        self.at += seconds
        for begin in [each for each in self.leaps if self.at >= each]:
            self.at += self.leaps.pop(begin)
        return self.at > self.end


@dataclass
class Called:
    """A handler that fails whenever `fails` says so, and when it was called."""

    time: Time
    fails: set[int]
    calls: list[tuple[float, str]] = field(default_factory=list)

    def __call__(self, event: dict[str, Any], context: object) -> None:
        self.calls.append((self.time.at, event["id"]))
        if len(self.calls) in self.fails:
            raise RuntimeError("canary-5511")


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as made:
        yield made


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A deployment's folder, whose schedules began at 0."""
    runs = LastRuns.open(tmp_path, now=0)
    assert runs.until(RULE) == 0
    return tmp_path


def play(
    called: Called, pool: ThreadPoolExecutor, state: Path, *, schedule: str, **options: Any
) -> list[dict[str, Any]]:
    """Run a schedule from a start of its deployment to the next stop; what went to its dead letters."""
    dead: list[dict[str, Any]] = []
    function = LocalFunction("tidy", "tidy", called, {"NEARSIDE_FUNCTION": "tidy"}, 5, 128, pool)
    poller = SchedulePoller(
        function,
        RULE,
        parse_timetable(schedule),
        LastRuns.open(state, now=int(called.time.at)),
        clock=lambda: called.time.at,
        **{"dead_letters": dead.append, **options},
    )
    poller.run(cast(Any, called.time))
    return dead


def test_what_fails_is_called_again_after_one_minute_and_after_two(
    pool: ThreadPoolExecutor, state: Path
) -> None:
    """The same event three times, an hour before the schedule's next; then it is given up."""
    called = Called(Time(end=7000), fails={1, 2, 3})
    dead = play(called, pool, state, schedule="rate(1 hour)")
    assert [at for at, _ in called.calls] == [3600, 3660, 3780]
    assert len({name for _, name in called.calls}) == 1
    assert [event["id"] for event in dead] == [called.calls[0][1]]


def test_what_succeeds_is_called_once(pool: ThreadPoolExecutor, state: Path) -> None:
    """Each interval has an event of its own, and nothing is left over."""
    called = Called(Time(end=200), fails=set())
    assert play(called, pool, state, schedule="rate(1 minute)") == []
    assert [at for at, _ in called.calls] == [60, 120, 180]
    assert len({name for _, name in called.calls}) == 3


def test_the_schedule_goes_on_beside_what_is_attempted_again(pool: ThreadPoolExecutor, state: Path) -> None:
    """A failure delays no later call, and is forgotten when its next attempt succeeds."""
    called = Called(Time(end=290), fails={1, 2})
    assert play(called, pool, state, schedule="rate(2 minutes)") == []
    first = called.calls[0][1]
    assert [(at, name == first) for at, name in called.calls] == [
        (120, True),
        (180, True),
        (240, False),
    ]


def test_a_template_may_want_no_second_attempt(pool: ThreadPoolExecutor, state: Path) -> None:
    """Then the first failure is the last."""
    called = Called(Time(end=150), fails={1})
    assert len(play(called, pool, state, schedule="rate(2 minutes)", retries=0)) == 1


def test_whoever_slept_calls_once(pool: ThreadPoolExecutor, state: Path) -> None:
    """A machine that was shut for an hour and a half calls once when it wakes, and then at its hour again."""
    called = Called(Time(end=14_400, leaps={4000: 5400}), fails=set())
    play(called, pool, state, schedule="rate(1 hour)")
    assert [at for at, _ in called.calls] == [3600, pytest.approx(9400, abs=60), 10_800, 14_400]


def test_a_machine_that_is_off_at_night_runs_what_is_daily_once_a_day(
    pool: ThreadPoolExecutor, state: Path
) -> None:
    """Started each morning for nine hours: once a day, at the start where it was due in the night."""
    called = Called(Time(end=0), fails=set())
    for day in range(4):
        begin = day * 86_400 + 30_000
        called.time = Time(end=begin + 9 * 3600, at=begin)
        play(called, pool, state, schedule="rate(1 day)")
    assert [at for at, _ in called.calls] == [86_400 + 30_000, 2 * 86_400 + 30_000, 3 * 86_400 + 30_000]


def test_a_schedule_keeps_its_time_of_day(pool: ThreadPoolExecutor, state: Path) -> None:
    """What ran late at a start is due again when it would have been, and not a day after that start."""
    called = Called(Time(end=2 * 86_400, at=100_000), fails=set())
    play(called, pool, state, schedule="rate(1 day)")
    assert [at for at, _ in called.calls] == [100_000, 172_800]


def test_a_restart_calls_nobody_again(pool: ThreadPoolExecutor, state: Path) -> None:
    """Ten starts within the interval: one call, at its end."""
    called = Called(Time(end=0), fails=set())
    for minute in range(70):
        called.time = Time(end=minute * 60 + 50, at=minute * 60)
        play(called, pool, state, schedule="rate(1 hour)")
    assert len(called.calls) == 1


def test_what_was_not_done_when_it_stopped_is_due_still(pool: ThreadPoolExecutor, state: Path) -> None:
    """Stopped between two attempts: the next start calls at once, and the one after that does not."""
    called = Called(Time(end=3630), fails={1})
    assert play(called, pool, state, schedule="rate(1 hour)") == []
    assert [at for at, _ in called.calls] == [3600]
    for at in (3700, 3800):
        called.time = Time(end=at + 50, at=at)
        play(called, pool, state, schedule="rate(1 hour)")
    assert [at for at, _ in called.calls] == [3600, 3700]


def test_what_no_dead_letters_take_is_not_given_up(pool: ThreadPoolExecutor, state: Path) -> None:
    """The queue did not answer: the event is attempted again until it is done or kept."""
    called = Called(Time(end=4400), fails={1, 2, 3})
    kept: list[dict[str, Any]] = []

    def full(event: dict[str, Any]) -> None:
        if len(called.calls) < 3:
            raise RuntimeError("canary-91")
        kept.append(event)

    play(called, pool, state, schedule="rate(1 hour)", retries=0, dead_letters=full)
    assert [at for at, _ in called.calls] == [3600, 3720, 3840]
    assert [event["id"] for event in kept] == [called.calls[0][1]]
    assert LastRuns.open(state, now=0).until(RULE) == 3600


def test_what_was_given_up_is_not_due_any_more(pool: ThreadPoolExecutor, state: Path) -> None:
    """Its event is among the dead letters; a restart makes no other of it."""
    called = Called(Time(end=3700), fails={1})
    assert len(play(called, pool, state, schedule="rate(1 hour)", retries=0)) == 1
    called.time = Time(end=3900, at=3800)
    assert play(called, pool, state, schedule="rate(1 hour)") == []
    assert len(called.calls) == 1


def test_a_clock_that_was_years_ahead_stops_nothing(pool: ThreadPoolExecutor, state: Path) -> None:
    """Set right, it is an interval until the next call; a step of seconds calls nobody twice."""
    LastRuns.open(state, now=0).settle(RULE, 10**9)
    called = Called(Time(end=7300), fails=set())
    play(called, pool, state, schedule="rate(1 hour)")
    assert [at for at, _ in called.calls] == [3600, 7200]
    called = Called(Time(end=7500, at=7190, leaps={7200: -3}), fails=set())
    play(called, pool, state, schedule="cron(0 * * * ? *)")
    assert [at for at, _ in called.calls] == []


def test_a_cron_is_called_at_its_minutes(pool: ThreadPoolExecutor, state: Path) -> None:
    """In UTC, and once at the start for all that it missed."""
    called = Called(Time(end=10_000, at=5000), fails=set())
    play(called, pool, state, schedule="cron(0/30 * * * ? *)")
    assert [at for at, _ in called.calls] == [5000, 5400, 7200, 9000]


def test_a_disk_that_takes_no_more_does_not_end_a_schedule(
    pool: ThreadPoolExecutor, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It goes on, and the next start calls once more than it had to."""
    called = Called(Time(end=190), fails=set())
    with monkeypatch.context() as full:
        full.setattr("nearside.local.last_runs.replace_file", no_room)
        play(called, pool, state, schedule="rate(1 minute)")
    assert [at for at, _ in called.calls] == [60, 120, 180]
    called.time = Time(end=195, at=190)
    play(called, pool, state, schedule="rate(1 minute)")
    assert called.calls[3:] == [(190, called.calls[3][1])]


def no_room(*arguments: object, **options: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b'{"a":"b"}', b'{"a":-1}', b'{"a":true}', b'{"a": 1}', b"\x00" * 9]
)
def test_a_damaged_file_is_said_with_what_to_do(tmp_path: Path, raw: bytes) -> None:
    """Nothing is guessed about when something ran."""
    (tmp_path / SCHEDULES).write_bytes(raw)
    with pytest.raises(Malformed, match=r"schedules.json is damaged; remove it"):
        LastRuns.open(tmp_path, now=0)
    assert (tmp_path / SCHEDULES).read_bytes() == raw


@pytest.mark.parametrize(
    ("properties", "schedule", "said"),
    [
        ({}, "cron(0 * * * * *)", "one of a cron's two fields"),
        ({"EventInvokeConfig": {"MaximumRetryAttempts": 7}}, "rate(1 day)", "not known here"),
    ],
)
def test_a_schedule_that_nobody_plays_is_refused(
    pool: ThreadPoolExecutor, tmp_path: Path, properties: dict[str, Any], schedule: str, said: str
) -> None:
    """By the function's name."""
    resource = Resource(SCOPE, "Tidy", "AWS::Serverless::Function", None, properties)
    function = LocalFunction("tidy", "tidy", lambda event, context: None, {}, 5, 128, pool)
    with pytest.raises(Malformed, match=f"Tidy.*{said}"):
        read_schedule(
            resource,
            "Daily",
            {"Schedule": schedule},
            function=function,
            dead_letters=None,
            runs=LastRuns.open(tmp_path, now=0),
        )


def test_a_failure_is_logged_by_its_kind_and_not_by_its_words(
    pool: ThreadPoolExecutor, state: Path, tmp_path: Path
) -> None:
    """Each line says whose it is; what an error quotes is in none."""
    with logging_functions(tmp_path):
        play(Called(Time(end=100), fails={1}), pool, state, schedule="rate(1 minute)", retries=0)
        log_event("ours")
    lines = [json.loads(line) for line in (tmp_path / LOG).read_text().splitlines()]
    told = [(line["service"], line["message"]) for line in lines]
    assert told == [("tidy", "failed-RuntimeError"), ("tidy", "given-up"), ("nearside", "ours")]
    assert "canary" not in (tmp_path / LOG).read_text()
