"""The lines that functions logged, read again: when, whose, what, and numbers."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Final

from consent_ledger.errors import Malformed
from nearside.local.function_log import LOG, OLDER

_AGO: Final = re.compile(r"([1-9][0-9]{0,5})([smhd])")
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_OURS: Final = frozenset({"level", "message", "service", "timestamp"})


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line: `function` is the folder of its handler, `numbers` are counts, durations and statuses."""

    at: datetime
    function: str
    name: str
    numbers: Mapping[str, int]
    raw: str

    def __str__(self) -> str:
        """Print for people."""
        numbers = "".join(f"  {name}={value}" for name, value in self.numbers.items())
        return f"{self.at:%Y-%m-%d %H:%M:%S}  {self.function:20}  {self.name}{numbers}"


def parse_line(raw: str) -> LogLine | None:
    """Read a line; None for one that was cut short or is no line of a function."""
    try:
        fields = json.loads(raw)
        at = datetime.strptime(fields["timestamp"], "%Y-%m-%d %H:%M:%S,%f%z").astimezone(UTC)
        numbers = {name: int(value) for name, value in fields.items() if name not in _OURS}
        return LogLine(at, str(fields["service"]), str(fields["message"]), numbers, raw)
    except (ValueError, KeyError, TypeError):
        return None


def parse_since(text: str, *, now: datetime) -> datetime:
    """Read `90s`, `10m`, `2h`, `1d`, or a time such as `2026-11-23T09:00`. Raises `Malformed`."""
    if ago := _AGO.fullmatch(text):
        return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Malformed("since: neither a time such as 2026-11-23T09:00 nor one ago such as 10m") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def read_lines(state: Path) -> Iterator[LogLine]:
    """Read what was logged, oldest first."""
    for name in (OLDER, LOG):
        try:
            with (state / name).open(encoding="utf-8") as file:
                yield from filter(None, map(parse_line, file))
        except FileNotFoundError:
            continue


def follow_lines(
    state: Path, *, rest: Callable[[float], None] = time.sleep, every_s: float = 0.2
) -> Iterator[LogLine | None]:
    """Read what was logged and what is logged from now on, a file that was begun anew included.

    Yields None before every `rest`, so that whoever reads may stop.
    """
    yield from _read_older(state)
    file: IO[str] | None = None
    begun = ""
    while True:
        file = file or _opened(state)
        for part in iter(file.readline, "") if file else ():
            begun += part
            if begun.endswith("\n"):
                if (line := parse_line(begun)) is not None:
                    yield line
                begun = ""
        if file and not _is_current(file, state):
            file.close()
            file = None
            continue
        yield None
        rest(every_s)


def _read_older(state: Path) -> Iterator[LogLine]:
    try:
        with (state / OLDER).open(encoding="utf-8") as file:
            yield from filter(None, map(parse_line, file))
    except FileNotFoundError:
        return


def _opened(state: Path) -> IO[str] | None:
    try:
        return (state / LOG).open(encoding="utf-8")
    except FileNotFoundError:
        return None


def _is_current(file: IO[str], state: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), (state / LOG).stat())
    except FileNotFoundError:
        return True
