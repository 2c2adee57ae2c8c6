"""What functions log on one machine: the lines of `lambdas.shared.logs`, each under the function's name.

Lambda keeps a log group a function; here all lines lie in one file, and `service` says whose a line is.
Nothing is added but that name, so that a line holds no more than `log_event` lets into it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final, TextIO, cast

from consent_ledger.errors import Refused
from lambdas.shared.logs import logging_to
from lambdas.shared.settings import optional

LOG: Final = "functions.log"
OLDER: Final = "functions.log.1"
MOST_BYTES: Final = 8 * 1024 * 1024
FUNCTION: Final = "NEARSIDE_FUNCTION"
"""The variable that names the running function, beside those that Lambda sets."""


@dataclass(slots=True)
class FunctionLog:
    """The stream that a logger writes to; begins the file anew when it is full, and keeps the one before.

    A full disk loses lines, and never fails the function that wrote one.
    """

    folder: Path
    most_bytes: int = MOST_BYTES
    name: Callable[[], str | None] = lambda: optional(FUNCTION)
    _file: IO[str] = field(init=False)

    def __post_init__(self) -> None:
        self._file = self._open()

    def write(self, line: str) -> int:
        """Write one line of JSON; a logger's own lock keeps lines apart."""
        with suppress(OSError):
            if self._file.tell() > self.most_bytes:
                self._file.close()
                (self.folder / LOG).replace(self.folder / OLDER)
                self._file = self._open()
            self._file.write(_named(line, self.name()))
            self._file.flush()
        return len(line)

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """Close the file."""
        with suppress(OSError):
            self._file.close()

    def _open(self) -> IO[str]:
        return (self.folder / LOG).open("a", encoding="utf-8")


@contextmanager
def logging_functions(state: Path) -> Iterator[None]:
    """Write what functions log into the state folder. Raises `Refused` where that cannot be written."""
    try:
        log = FunctionLog(state)
    except OSError as error:
        raise Refused(f"state: {LOG} cannot be written") from error
    try:
        with logging_to(cast(TextIO, log)):
            yield
    finally:
        log.close()


def _named(line: str, function: str | None) -> str:
    if function is None:
        return line
    try:
        return json.dumps({**json.loads(line), "service": function}, separators=(",", ":")) + "\n"
    except (ValueError, TypeError):
        return line
