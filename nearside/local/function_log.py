"""What functions log on one machine: the lines of `lambdas.shared.logs`, each under the function's name.

Lambda keeps a log group a function; here all lines lie in one file, and `service` says whose a line is.
Nothing is added but that name, so that a line holds no more than `log_event` lets into it.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TextIO, cast

from consent_ledger.errors import Refused
from consent_ledger.storage.whole_file import PRIVATE
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

    Several processes may write one log: who joins a deployment does. Whatever goes wrong loses lines, which
    are looked for no more, and never ends a function or the lines that come after it.
    """

    folder: Path
    most_bytes: int = MOST_BYTES
    name: Callable[[], str | None] = lambda: optional(FUNCTION)
    _file: int | None = field(init=False)
    _is_torn: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        self._file = self._open()

    def write(self, line: str) -> int:
        """Write one line of JSON; a logger's own lock keeps lines apart."""
        # Whatever it is: no function may be told that it failed because of what was said of it.
        with suppress(Exception):
            data = _named(line, self.name()).encode("utf-8", "backslashreplace")
            self._write(data, self._current())
        return len(line)

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """Close the file."""
        file, self._file = self._file, None
        if file is not None:
            with suppress(OSError):
                os.close(file)

    def _write(self, data: bytes, file: int) -> None:
        # After one that a full disk cut short, the next begins on a line of its own.
        rest = b"\n" + data if self._is_torn else data
        while rest:
            rest = rest[os.write(file, rest) :]
            self._is_torn = bool(rest)

    def _current(self) -> int:
        """The file to write to: opened where there is none, or another one has its name, and begun anew when
        it is full."""
        if self._file is None or not self._has_its_name(self._file):
            self.close()
            self._file = self._open()
        if os.fstat(self._file).st_size > self.most_bytes:
            # Where it cannot be begun anew it goes on: too long a log is better than none.
            with suppress(OSError):
                self._file = self._begun_anew(self._file)
        return self._file

    def _begun_anew(self, full: int) -> int:
        # Two that find it full at once would put an empty one in the place of the one before.
        fcntl.flock(full, fcntl.LOCK_EX | fcntl.LOCK_NB)
        try:
            if self._has_its_name(full):
                (self.folder / LOG).replace(self.folder / OLDER)
            file = self._open()
        except BaseException:
            fcntl.flock(full, fcntl.LOCK_UN)
            raise
        with suppress(OSError):
            os.close(full)
        return file

    def _has_its_name(self, file: int) -> bool:
        try:
            return os.path.samestat(os.fstat(file), (self.folder / LOG).stat())
        except OSError:
            return False

    def _open(self) -> int:
        return os.open(self.folder / LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, PRIVATE)


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
