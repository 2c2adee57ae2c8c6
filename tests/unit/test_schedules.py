"""What nobody waits for is called again when it fails, and is in a queue of its own when that fails too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

from consent_ledger.errors import Malformed
from lambdas.shared.logs import log_event
from nearside.local.function_log import LOG, FunctionLog, logging_functions
from nearside.local.functions import LocalFunction
from nearside.local.schedules import SchedulePoller, read_schedule
from nearside.local.template import Resource, Scope

SCOPE = Scope((), Path("t"), None, {}, {}, {}, {})


@dataclass
class Time:
    """A clock and the event that a poller waits for: waiting is what makes time pass, until `end`."""

    end: float
    at: float = 0.0

    def wait(self, seconds: float) -> bool:
        self.at += seconds
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


def play(called: Called, pool: ThreadPoolExecutor, *, every_s: int, **options: Any) -> list[dict[str, Any]]:
    """Run a schedule to its end; what went to its dead letters."""
    dead: list[dict[str, Any]] = []
    function = LocalFunction("tidy", "tidy", called, {"NEARSIDE_FUNCTION": "tidy"}, 5, 128, pool)
    poller = SchedulePoller(
        function, "rule", every_s, dead_letters=dead.append, clock=lambda: called.time.at, **options
    )
    poller.run(cast(Any, called.time))
    return dead


def test_what_fails_is_called_again_after_one_minute_and_after_two(pool: ThreadPoolExecutor) -> None:
    """The same event three times, an hour before the schedule's next; then it is given up."""
    called = Called(Time(end=7000), fails={1, 2, 3})
    dead = play(called, pool, every_s=3600)
    assert [at for at, _ in called.calls] == [3600, 3660, 3780]
    assert len({name for _, name in called.calls}) == 1
    assert [event["id"] for event in dead] == [called.calls[0][1]]


def test_what_succeeds_is_called_once(pool: ThreadPoolExecutor) -> None:
    """Each interval has an event of its own, and nothing is left over."""
    called = Called(Time(end=200), fails=set())
    assert play(called, pool, every_s=60) == []
    assert [at for at, _ in called.calls] == [60, 120, 180]
    assert len({name for _, name in called.calls}) == 3


def test_the_schedule_goes_on_beside_what_is_attempted_again(pool: ThreadPoolExecutor) -> None:
    """A failure delays no later call, and is forgotten when its next attempt succeeds."""
    called = Called(Time(end=200), fails={1})
    assert play(called, pool, every_s=100) == []
    first = called.calls[0][1]
    assert [(at, name == first) for at, name in called.calls] == [(100, True), (160, True), (200, False)]


def test_a_template_may_want_no_second_attempt(pool: ThreadPoolExecutor) -> None:
    """Then the first failure is the last."""
    called = Called(Time(end=100), fails={1})
    assert len(play(called, pool, every_s=100, retries=0)) == 1


def test_whoever_slept_owes_no_call_for_each_interval(pool: ThreadPoolExecutor) -> None:
    """A machine that was shut for an hour calls once, and then goes on."""
    called = Called(Time(end=3720), fails=set())

    class Slept(Time):
        def wait(self, seconds: float) -> bool:
            self.at += 3600 if self.at == 0 else seconds
            return self.at > self.end

    called.time = Slept(end=3720)
    play(called, pool, every_s=60)
    assert [at for at, _ in called.calls][:1] == [3600]
    assert len(called.calls) <= 4


@pytest.mark.parametrize(
    ("properties", "schedule", "said"),
    [
        ({}, "cron(0 * * * ? *)", "not a rate"),
        ({"EventInvokeConfig": {"MaximumRetryAttempts": 7}}, "rate(1 day)", "not known here"),
    ],
)
def test_a_schedule_that_nobody_plays_is_refused(
    pool: ThreadPoolExecutor, properties: dict[str, Any], schedule: str, said: str
) -> None:
    """By the function's name."""
    resource = Resource(SCOPE, "Tidy", "AWS::Serverless::Function", None, properties)
    function = LocalFunction("tidy", "tidy", lambda event, context: None, {}, 5, 128, pool)
    with pytest.raises(Malformed, match=f"Tidy .*{said}"):
        read_schedule(resource, "Daily", {"Schedule": schedule}, function=function, dead_letters=None)


def test_a_failure_is_logged_by_its_kind_and_not_by_its_words(
    pool: ThreadPoolExecutor, tmp_path: Path
) -> None:
    """Each line says whose it is; what an error quotes is in none."""
    with logging_functions(tmp_path):
        play(Called(Time(end=100), fails={1}), pool, every_s=100, retries=0)
        log_event("ours")
    lines = [json.loads(line) for line in (tmp_path / LOG).read_text().splitlines()]
    told = [(line["service"], line["message"]) for line in lines]
    assert told == [("tidy", "failed-RuntimeError"), ("tidy", "given-up"), ("nearside", "ours")]
    assert "canary" not in (tmp_path / LOG).read_text()


def test_a_full_log_is_begun_anew_and_the_one_before_is_kept(tmp_path: Path) -> None:
    """It never grows without an end."""
    log = FunctionLog(tmp_path, most_bytes=100, name=lambda: None)
    for number in range(40):
        log.write(f"line {number}\n")
    log.close()
    sizes = [file.stat().st_size for file in sorted(tmp_path.iterdir())]
    assert len(sizes) == 2
    assert max(sizes) < 120
    assert (tmp_path / LOG).read_text().endswith("line 39\n")
