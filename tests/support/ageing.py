"""Time that passes for the instances of a function that takes contributions, while nobody waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest.mock import patch

from lambdas.add_contribution import handler


@contextmanager
def ageing() -> Iterator[Callable[[float], None]]:
    """Have instances that begin from now on go by a clock that stands still until what is yielded puts it
    forward by seconds; they end with the body."""
    passed = 0.0

    def pass_by(seconds: float) -> None:
        nonlocal passed
        passed += seconds

    handler.compose.cache_clear()
    try:
        with patch.object(handler, "monotonic", lambda: passed):
            yield pass_by
    finally:
        handler.compose.cache_clear()
