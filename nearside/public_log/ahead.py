"""Doing a few things at once, in order, without ever holding more than a few."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, TypeVar

from nearside.public_log.http import CONNECTIONS

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")
_AHEAD: Final = CONNECTIONS


def ahead(job: Callable[[_Item], _Result], items: Iterable[_Item]) -> Iterator[_Result]:
    """What `job` makes of each item, in their order; up to `_AHEAD` are under way.

    An error of a job is raised when its turn comes; what was not begun by then never is.
    """
    waiting: deque[Future[_Result]] = deque()
    with ThreadPoolExecutor(_AHEAD, thread_name_prefix="ahead") as pool:
        try:
            for item in items:
                waiting.append(pool.submit(job, item))
                if len(waiting) >= _AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for each in waiting:
                each.cancel()
