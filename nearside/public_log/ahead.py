"""Doing a few things at once, in order, without ever holding more than a few."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, TypeVar

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

CONNECTIONS: Final = 8
"""How many things are under way at once, and so how many connections a log's server is asked for."""


def ahead(job: Callable[[_Item], _Result], items: Iterable[_Item]) -> Iterator[_Result]:
    """What `job` makes of each item, in their order; up to `CONNECTIONS` are under way.

    An error of a job is raised when its turn comes; what was not begun by then never is.
    """
    waiting: deque[Future[_Result]] = deque()
    with ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="ahead") as pool:
        try:
            for item in items:
                waiting.append(pool.submit(job, item))
                if len(waiting) >= CONNECTIONS:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for each in waiting:
                each.cancel()
