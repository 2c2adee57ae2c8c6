"""Whom a command trusts, and with which status it leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

import click

from consent_ledger.checkpoint import LogKeys
from consent_ledger.cosignature import cosignature_claims
from consent_ledger.errors import Malformed, Refused, Untrue
from consent_ledger.note import Note

FALSE = 1
UNREADABLE = 2

log_key_option = click.option(
    "--log-key",
    "log_keys",
    required=True,
    multiple=True,
    metavar="VKEY",
    help="Verifier key of the log; more than one while keys change.",
)
witness_option = click.option(
    "--witness",
    "witnesses",
    multiple=True,
    metavar="VKEY",
    help="Verifier key of a witness; may be given more than once.",
)
quorum_option = click.option(
    "--quorum",
    default=0,
    show_default=True,
    help="How many of the witnesses must have cosigned.",
)


def answer(check: Callable[[], Iterable[str]]) -> None:
    """Print what the check found, or why it failed, and leave with the status that says which."""
    try:
        for line in check():
            click.echo(line)
    except Untrue as error:
        click.echo(f"false: {error}", err=True)
        raise SystemExit(FALSE) from None
    except Refused as error:
        click.echo(f"refused: {error}", err=True)
        raise SystemExit(UNREADABLE) from None
    except Malformed as error:
        click.echo(f"unreadable: {error}", err=True)
        raise SystemExit(UNREADABLE) from None
    except BrokenPipeError:
        raise  # whoever read the output has heard enough: click ends quietly
    except OSError as error:
        click.echo(f"unreadable: file: {(error.strerror or 'cannot be used').lower()}", err=True)
        raise SystemExit(UNREADABLE) from None


def witnessed(note: Note, trusted: LogKeys) -> list[str]:
    """One line for each trusted witness that cosigned a believed note: who, and first at what time."""
    lines = []
    for witness in dict.fromkeys(trusted.witnesses):
        if cosignature_claims(note, witness):
            first = min(
                int.from_bytes(line.signature[:8], "big")
                for line in note.signatures
                if (line.name, line.key_id) == (witness.name, witness.key_id)
            )
            lines.append(f"witness   {witness.name}, at {_shown(first)}")
    return lines


def _shown(seconds: int) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, ValueError, OSError):
        return f"{seconds} seconds after 1970"
