"""The only way to write a log line: a name and numbers.

There is no parameter that could hold a body, a header, an address or an error's text.
"""

from __future__ import annotations

from functools import cache

from aws_lambda_powertools import Logger


def log_event(name: str, **counts_and_durations: int) -> None:
    """Write one JSON line: the event's name, and whole numbers such as counts, bytes and milliseconds.

    Raises `TypeError` when a value is not an integer.
    """
    for field, value in counts_and_durations.items():
        if not isinstance(value, int):
            raise TypeError(f"log event: {field} is not an integer")
    _logger().info(name, extra=dict(counts_and_durations))


@cache
def _logger() -> Logger:
    # Neither the source line nor the service is worth its bytes on every line.
    return Logger(service="nearside", level="INFO", location=None, log_uncaught_exceptions=False)
