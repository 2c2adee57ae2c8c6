"""Ctrl-C and SIGTERM: a command that serves ends in an orderly way, whatever it is doing."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread
from types import FrameType
from typing import Any, TypeVar

import click

_Done = TypeVar("_Done")
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class ToldToStop(SystemExit):
    """Ctrl-C or SIGTERM came; a `SystemExit`, so that event loops and nested commands let it through."""


@contextmanager
def until_told_to_stop() -> Iterator[None]:
    """End the body at the first Ctrl-C or SIGTERM, wherever it is; what is then cleaned up is not disturbed.

    Restores what the signals did before.
    """
    told = False

    def tell(number: int, frame: FrameType | None) -> None:
        nonlocal told
        if not told:
            told = True
            raise ToldToStop

    before = {number: signal.signal(number, tell) for number in _SIGNALS}
    try:
        yield
    except ToldToStop:
        pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def run_until_told(main: Coroutine[Any, Any, _Done]) -> _Done:
    """Run a coroutine as `asyncio.run` does; at Ctrl-C or SIGTERM cancel it with all of its tasks.

    Raises `ToldToStop` then. A handler that raises would do so in the middle of whichever task is running,
    and the others would be told to have failed.
    """
    if current_thread() is not main_thread():
        return asyncio.run(main)
    told = False

    async def watched() -> _Done:
        nonlocal told
        loop, task = asyncio.get_running_loop(), asyncio.current_task()

        def tell() -> None:
            nonlocal told
            told = True
            if task is not None:
                task.cancel()

        for number in _SIGNALS:
            loop.add_signal_handler(number, tell)
        return await main

    before = {number: signal.getsignal(number) for number in _SIGNALS}
    try:
        return asyncio.run(watched())
    except asyncio.CancelledError:
        if told:
            raise ToldToStop from None
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def saying_so() -> Iterator[None]:
    """Say that the body was told to stop, before what is around it is cleaned up."""
    try:
        yield
    except ToldToStop:
        click.echo("Stopping.")
        raise
