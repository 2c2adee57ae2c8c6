"""What calls functions by the clock, and again when they fail, as Lambda does where nobody waits."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Event
from typing import Any, Final, TypeAlias
from uuid import uuid4

from consent_ledger.errors import Malformed
from lambdas.shared.logs import log_event, log_failure
from lambdas.shared.settings import environment
from nearside.local.events import schedule_event
from nearside.local.functions import LocalFunction
from nearside.local.last_runs import LastRuns
from nearside.local.template import Resource
from nearside.local.timetable import Timetable, parse_timetable

MOST_RETRIES: Final = 2
"""How often Lambda calls again what failed, unless a template says less (asynchronous invocation)."""
RETRY_AFTER_S: Final = (60.0, 120.0)
"""How long it waits before each."""
LOOK_S: Final = 30.0
"""How often to look at the clock: no wait tells how long the machine slept in the middle of it."""
SET_BACK_S: Final = 3600.0
"""A schedule that is done with until so much later than now was so by a clock that has been set right."""

DeadLetters: TypeAlias = Callable[[dict[str, Any]], None]
"""Takes an event that no attempt got done; raises what kept it from that."""


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One attempt of an event's; `failed` is how many there were before."""

    at: float
    failed: int
    event: dict[str, Any]


@dataclass(frozen=True, slots=True)
class SchedulePoller:
    """Calls one function when it is due; what failed up to `retries` times more, then `dead_letters`.

    `runs` knows under `name` until when it is done with. `clock` tells seconds since 1970.
    """

    function: LocalFunction
    name: str
    timetable: Timetable
    runs: LastRuns
    retries: int = MOST_RETRIES
    dead_letters: DeadLetters | None = None
    clock: Callable[[], float] = time.time

    def run(self, stop: Event) -> None:
        """Call until told to stop; once, and now, for all that was due while nothing ran."""
        waiting: list[_Attempt] = []
        since = _believed(self.runs.until(self.name), self.clock())
        due = self.timetable.after(since)
        while not stop.wait(self._patience(due, waiting)):
            now = self.clock()
            if since != (believed := _believed(since, now)):
                since, due = believed, self.timetable.after(believed)
            if due is not None and now >= due:
                # A machine that slept owes one call, however many intervals it slept through.
                since = self.timetable.latest(since, int(now))
                due = self.timetable.after(since)
                waiting.append(_Attempt(now, 0, self._event(now)))
            attempts, waiting = waiting, []
            for each in attempts:
                again = self._attempt(each) if self._is_time(each, now) else each
                waiting += [again] if again is not None else []
            if not waiting and since != self.runs.until(self.name):
                # What cannot be kept is called once more at the next start, and no reason to end this one.
                with suppress(OSError):
                    self.runs.settle(self.name, since)

    def _patience(self, due: int | None, waiting: list[_Attempt]) -> float:
        moments = [each.at for each in waiting] + ([] if due is None else [due])
        return max(0.0, min([LOOK_S, *(moment - self.clock() for moment in moments)]))

    @staticmethod
    def _is_time(attempt: _Attempt, now: float) -> bool:
        # One that is further off than any wait is long was meant by a clock that has been set back.
        return attempt.at <= now or attempt.at > now + RETRY_AFTER_S[-1]

    def _event(self, now: float) -> dict[str, Any]:
        rule = self.name.rpartition("/")[2]
        return schedule_event(rule, event_id=str(uuid4()), at=datetime.fromtimestamp(now, UTC))

    def _attempt(self, attempt: _Attempt) -> _Attempt | None:
        """Call the function; return what is to be attempted later, if anything is."""
        try:
            self.function.invoke(attempt.event)
        except Exception:
            # The function has logged which kind of error it was; here it counts that there was one.
            if attempt.failed < self.retries:
                at = self.clock() + RETRY_AFTER_S[attempt.failed]
                return _Attempt(at, attempt.failed + 1, attempt.event)
            return self._given_up(attempt)
        return None

    def _given_up(self, attempt: _Attempt) -> _Attempt | None:
        """Put an event among the dead letters; one that they do not take is attempted once more."""
        with environment(self.function.variables):
            log_event("given-up", attempts=attempt.failed + 1)
            try:
                if self.dead_letters is not None:
                    self.dead_letters(attempt.event)
            except Exception as error:
                log_failure(error)
                return _Attempt(self.clock() + RETRY_AFTER_S[-1], attempt.failed, attempt.event)
        return None


def read_schedule(
    resource: Resource,
    name: str,
    properties: Mapping[str, Any],
    *,
    function: LocalFunction,
    dead_letters: DeadLetters | None,
    runs: LastRuns,
) -> SchedulePoller:
    """Read the schedule `name` of a function, and begin it in `runs` where it is new.

    Raises `Malformed` for one that EventBridge does not know, and `OSError`.
    """
    try:
        timetable = parse_timetable(str(properties["Schedule"]))
    except Malformed as error:
        raise Malformed(f"template: {resource.path}: {error}") from error
    own = f"{resource.path}{name}"
    runs.until(own)
    return SchedulePoller(
        function=function,
        name=own,
        timetable=timetable,
        runs=runs,
        retries=_retries(resource),
        dead_letters=dead_letters,
    )


def _believed(until: int, now: float) -> int:
    return int(now) if until > now + SET_BACK_S else until


def _retries(resource: Resource) -> int:
    asked = resource.properties.get("EventInvokeConfig", {}).get("MaximumRetryAttempts", MOST_RETRIES)
    if not isinstance(asked, int) or not 0 <= asked <= MOST_RETRIES:
        raise Malformed(f"template: {resource.path} is retried in a way not known here")
    return asked
