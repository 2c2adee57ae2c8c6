"""Ctrl-C and SIGTERM: a command that serves ends in an orderly way, whatever it is doing."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from types import FrameType
from typing import NoReturn

import click


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

    before = {number: signal.signal(number, tell) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    except ToldToStop:
        pass
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


def rest() -> NoReturn:
    """Wait, in the main thread, until told to stop."""
    while True:
        Event().wait()
