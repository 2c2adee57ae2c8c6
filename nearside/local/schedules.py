"""What calls functions by the clock, and again when they fail, as Lambda does where nobody waits."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Event
from time import monotonic
from typing import Any, Final, TypeAlias
from uuid import uuid4

from consent_ledger.errors import Malformed
from lambdas.shared.logs import log_event
from lambdas.shared.settings import environment
from nearside.local.events import schedule_event
from nearside.local.functions import LocalFunction
from nearside.local.template import Resource

_RATE: Final = re.compile(r"rate\(([1-9][0-9]*) (minute|hour|day)s?\)")
_SECONDS: Final = {"minute": 60, "hour": 3600, "day": 86400}
MOST_RETRIES: Final = 2
"""How often Lambda calls again what failed, unless a template says less (asynchronous invocation)."""
RETRY_AFTER_S: Final = (60.0, 120.0)
"""How long it waits before each."""

DeadLetters: TypeAlias = Callable[[dict[str, Any]], None]
"""Takes an event that no attempt got done."""


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One attempt of an event's; `failed` is how many there were before."""

    at: float
    failed: int
    event: dict[str, Any]


@dataclass(frozen=True, slots=True)
class SchedulePoller:
    """Calls one function every so often; what failed up to `retries` times more, then `dead_letters`.

    `clock` tells seconds that never go back.
    """

    function: LocalFunction
    rule: str
    every_s: int
    retries: int = MOST_RETRIES
    dead_letters: DeadLetters | None = None
    clock: Callable[[], float] = monotonic

    def run(self, stop: Event) -> None:
        """Call until told to stop, the first time after one interval."""
        waiting: list[_Attempt] = []
        tick = self.clock() + self.every_s
        while not stop.wait(max(0.0, min([tick, *(each.at for each in waiting)]) - self.clock())):
            now = self.clock()
            if now >= tick:
                # A machine that slept owes no call for each interval that it slept through.
                tick = max(tick + self.every_s, now)
                event = schedule_event(self.rule, event_id=str(uuid4()), at=datetime.now(UTC))
                waiting.append(_Attempt(now, 0, event))
            due = [each for each in waiting if each.at <= now]
            waiting = [each for each in waiting if each.at > now]
            waiting += [again for each in due if (again := self._attempt(each)) is not None]

    def _attempt(self, attempt: _Attempt) -> _Attempt | None:
        """Call the function; return what is to be attempted later, if anything is."""
        try:
            self.function.invoke(attempt.event)
        except Exception:
            # The function has logged which kind of error it was; here it counts that there was one.
            if attempt.failed < self.retries:
                at = self.clock() + RETRY_AFTER_S[attempt.failed]
                return _Attempt(at, attempt.failed + 1, attempt.event)
            with environment(self.function.variables):
                log_event("given-up", attempts=attempt.failed + 1)
            if self.dead_letters is not None:
                self.dead_letters(attempt.event)
        return None


def read_schedule(
    resource: Resource,
    name: str,
    properties: Mapping[str, Any],
    *,
    function: LocalFunction,
    dead_letters: DeadLetters | None,
) -> SchedulePoller:
    """Read the schedule `name` of a function. Raises `Malformed` for one that is not a rate."""
    rate = _RATE.fullmatch(str(properties["Schedule"]))
    if rate is None:
        raise Malformed(f"template: {resource.path} has a schedule that is not a rate")
    return SchedulePoller(
        function=function,
        rule=f"{resource.logical_id}{name}",
        every_s=int(rate[1]) * _SECONDS[rate[2]],
        retries=_retries(resource),
        dead_letters=dead_letters,
    )


def _retries(resource: Resource) -> int:
    asked = resource.properties.get("EventInvokeConfig", {}).get("MaximumRetryAttempts", MOST_RETRIES)
    if not isinstance(asked, int) or not 0 <= asked <= MOST_RETRIES:
        raise Malformed(f"template: {resource.path} is retried in a way not known here")
    return asked
