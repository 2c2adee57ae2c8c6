"""The only way to write a log line: a name and numbers.

There is no parameter that could hold a body, a header, an address or an error's text: of an error its kind
and our line are written.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import TextIO

from aws_lambda_powertools import Logger


def log_event(name: str, **counts_and_durations: int) -> None:
    """Write one JSON line: the event's name, and whole numbers such as counts, bytes and milliseconds.

    Raises `TypeError` when a value is not an integer.
    """
    for field, value in counts_and_durations.items():
        if not isinstance(value, int):
            raise TypeError(f"log event: {field} is not an integer")
    _logger().info(name, extra=dict(counts_and_durations))


def log_failure(error: BaseException) -> None:
    """Write which kind of error came out of which line; its text, which may quote its cause, stays here.

    The kind is the name of its class, as in `failed-KeyError`; the line is that of the last module of a
    handler's package that it passed through, 0 for none.
    """
    kind = "".join(letter for letter in type(error).__name__ if letter.isalpha())
    log_event(f"failed-{kind}", line=_line_of_ours(error.__traceback__))


def _line_of_ours(trace: TracebackType | None) -> int:
    line = 0
    while trace is not None:
        if "lambdas" in Path(trace.tb_frame.f_code.co_filename).parts:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


@contextmanager
def logging_to(stream: TextIO) -> Iterator[None]:
    """Write log lines to `stream` instead of standard output while the body of a `with` runs."""
    handlers = [handler for handler in _logger().handlers if isinstance(handler, logging.StreamHandler)]
    before = [(handler, handler.setStream(stream)) for handler in handlers]
    try:
        yield
    finally:
        for handler, old in before:
            handler.setStream(old)


@cache
def _logger() -> Logger:
    # Neither the source line nor the service is worth its bytes on every line.
    return Logger(service="nearside", level="INFO", location=None, log_uncaught_exceptions=False)
