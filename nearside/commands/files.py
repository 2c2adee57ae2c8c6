"""What a command says when it cannot use a file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

from consent_ledger.errors import Malformed, Refused, Untrue


class Unusable(click.ClickException):
    """The input cannot be used: one line on the terminal, exit code 2."""

    exit_code = 2


@contextmanager
def unusable() -> Iterator[None]:
    """Say in one line why a file could not be read, trusted or written; never what is in it."""
    try:
        yield
    except (Malformed, Untrue, Refused) as error:
        raise Unusable(str(error)) from error
    except OSError as error:
        raise Unusable(f"file: {(error.strerror or 'cannot be used').lower()}") from error
