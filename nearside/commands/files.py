"""What a command says when it cannot use a file, and under which name it says it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import click

from consent_ledger.errors import Malformed, Refused, Untrue

_Parsed = TypeVar("_Parsed")


class Unusable(click.ClickException):
    """The input cannot be used: one line on the terminal, exit code 2."""

    exit_code = 2


@contextmanager
def unusable(named: str | None = None) -> Iterator[None]:
    """Say in one line why a file could not be read, trusted or written; never what is in it.

    `named` is the option or argument that the file was given as, where it is one.
    """
    prefix = "" if named is None else f"{named}: "
    try:
        yield
    except (Malformed, Untrue, Refused) as error:
        said = str(error)
        raise Unusable(said if said.startswith(prefix) else prefix + said) from error
    except OSError as error:
        why = (error.strerror or "cannot be used").lower()
        raise Unusable(f"{prefix or 'file: '}{why}") from error


def read_file(path: Path, parse: Callable[[bytes], _Parsed], *, named: str) -> _Parsed:
    """Parse all of a file; raises `Unusable` under the name that it was given by, such as `--catalogue`."""
    with unusable(named):
        data = path.read_bytes()
        if not data.strip():
            raise Malformed("empty file")
        return parse(data)


def read_files(paths: tuple[Path, ...], parse: Callable[[bytes], _Parsed], *, named: str) -> list[_Parsed]:
    """Parse files that were given by the same name; what is wrong with one is said with its own name too."""
    return [read_file(path, parse, named=f"{named} {path.name}") for path in paths]
