"""How long a release takes tells nobody how many cells its batch had: calls take whole tens of seconds."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent_ledger.errors import Malformed
from lambdas.make_release import handler
from lambdas.make_release.pace import STEP_S, in_whole_steps, seeming_ns
from nearside.local.functions import LocalContext

SECOND_NS = 10**9
TIMEOUT_S = 300


@dataclass
class Clock:
    """Time that passes by sleeping, and by `work`."""

    now: int = 17
    slept: list[float] = field(default_factory=list)

    def now_ns(self) -> int:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.work(seconds)

    def work(self, seconds: float) -> None:
        self.now += round(seconds * SECOND_NS)


class Lambda:
    """The context of a call on Lambda, which says how long it may run and nothing of meters."""

    def get_remaining_time_in_millis(self) -> int:
        return TIMEOUT_S * 1000


def seen_s(work_s: float, context: object) -> float:
    """How long a call takes for whoever watches."""
    clock = Clock()
    before = clock.now
    with in_whole_steps(context, now_ns=clock.now_ns, sleep=clock.sleep):
        clock.work(work_s)
    return (clock.now - before) / SECOND_NS


@pytest.mark.parametrize(
    ("work_s", "takes_s"),
    [(0, 10), (0.001, 10), (9.999, 10), (10, 10), (10.001, 20), (285, 290), (290.1, 299)],
)
def test_a_call_takes_whole_steps_within_its_time(work_s: float, takes_s: float) -> None:
    """The last of them ends a second before the function would be stopped."""
    assert seen_s(work_s, Lambda()) == pytest.approx(takes_s, abs=1e-6)


@given(st.lists(st.integers(0, TIMEOUT_S * SECOND_NS - SECOND_NS), max_size=50))
def test_all_times_look_like_thirty(took_ns: list[int]) -> None:
    """However long calls take, they show no more than thirty different times, and none is cut short."""
    shown = [seeming_ns(each, left_ns=TIMEOUT_S * SECOND_NS) for each in took_ns]
    assert all(after >= before for before, after in zip(took_ns, shown, strict=True))
    assert set(shown) <= {
        min(steps * STEP_S, TIMEOUT_S - 1) * SECOND_NS for steps in range(1, TIMEOUT_S // STEP_S + 1)
    }


def test_what_is_out_of_time_waits_no_longer() -> None:
    """There is nothing left to wait for; and without an end steps go on."""
    assert seeming_ns(299_500_000_000, left_ns=TIMEOUT_S * SECOND_NS) == 299_500_000_000
    assert seeming_ns(299_500_000_000, left_ns=None) == 300 * SECOND_NS


def test_a_call_that_fails_takes_whole_steps_too() -> None:
    """What it raises comes through, after the wait."""
    clock = Clock(now=0)

    def failing() -> None:
        with in_whole_steps(Lambda(), now_ns=clock.now_ns, sleep=clock.sleep):
            clock.work(3)
            raise Malformed("release: no such week")

    with pytest.raises(Malformed, match="no such week"):
        failing()
    assert clock.now == 10 * SECOND_NS


def test_nobody_waits_where_nobody_is_told() -> None:
    """On one machine there is no meter; whoever runs it has the sums at hand."""
    here = LocalContext("make-release", "1", 512, deadline_s=0.0)
    assert seen_s(3, here) == 3


def test_whatever_does_not_say_that_it_has_no_meter_is_waited_for() -> None:
    """Lambda's own context says nothing of the kind, and neither does none at all."""
    assert [seen_s(3, context) for context in (Lambda(), None)] == [10, 10]


def test_the_function_waits_before_it_says_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    """The log line, whose time is told as well, is written once the wait is over."""
    clock, order, logged = Clock(), list[str](), list[dict[str, int]]()
    monkeypatch.setattr(handler, "monotonic_ns", clock.now_ns)
    monkeypatch.setattr(handler, "sleep", lambda seconds: (order.append("wait"), clock.sleep(seconds)))
    monkeypatch.setattr(
        handler, "log_event", lambda name, **counts: (order.append(name), logged.append(counts))
    )

    def work(event: object) -> tuple[dict[str, list[dict[str, str]]], int]:
        clock.work(4)
        return {"releases": [], "refused": []}, 8

    monkeypatch.setattr(handler, "_release", work)
    assert handler.handle({}, Lambda()) == {"releases": [], "refused": []}
    assert (order, clock.slept) == (["wait", "make-release"], [pytest.approx(6)])
    assert logged == [{"released": 0, "refused": 0, "budget_weeks": 8}]
