"""How long a call seems to take: whole tens of seconds, since the exact time hangs on exact numbers.

How many cells a batch has decides how long it is read and destroyed, and that number carries no noise. Lambda
tells the duration of every call to whoever reads its report lines or its metrics, and when a line was
written; so a call that is timed waits until the next whole step before it says anything, also when it fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

STEP_S: Final = 10

_SECOND_NS: Final = 10**9
_STEP_NS: Final = STEP_S * _SECOND_NS

_FOR_THE_ANSWER_NS: Final = _SECOND_NS
"""What is left of the function's time for printing and handing back what it says."""


def seeming_ns(took_ns: int, *, left_ns: int | None) -> int:
    """Return how long a call that took so long is to take; whole steps, or less where its time is up.

    `left_ns` is how long it might have run when it began, None for no end.
    """
    whole_ns = max(1, -(-took_ns // _STEP_NS)) * _STEP_NS
    if left_ns is None:
        return whole_ns
    return max(took_ns, min(whole_ns, left_ns - _FOR_THE_ANSWER_NS))


@contextmanager
def in_whole_steps(
    context: object, *, now_ns: Callable[[], int], sleep: Callable[[float], None]
) -> Iterator[None]:
    """Let the body of a `with` seem to take whole steps, whatever it raises.

    `context` is what the runtime passes: how long the call may run, and `is_metered` False where nobody is
    told how long it took, as on one machine; then nothing waits. Lambda says nothing of it, and meters.
    """
    began_ns = now_ns()
    left = getattr(context, "get_remaining_time_in_millis", None)
    left_ns = None if left is None else left() * 10**6
    try:
        yield
    finally:
        took_ns = now_ns() - began_ns
        if getattr(context, "is_metered", True):
            sleep((seeming_ns(took_ns, left_ns=left_ns) - took_ns) / _SECOND_NS)
