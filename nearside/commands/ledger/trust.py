"""Whom a command trusts, and with which status it leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import click

from consent_ledger.auditing.timeline import shown
from consent_ledger.checkpoint import LogKeys
from consent_ledger.cosignature import first_cosigned_at
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
    help="Verifier key of the log; repeatable, for while keys change.",
)
witness_option = click.option(
    "--witness",
    "witnesses",
    multiple=True,
    metavar="VKEY",
    help="Verifier key of a witness; repeatable.",
)
quorum_option = click.option(
    "--quorum",
    default=0,
    show_default=True,
    type=click.IntRange(0),
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
    times = ((witness.name, first_cosigned_at(note, witness)) for witness in dict.fromkeys(trusted.witnesses))
    return [f"witness   {name}, at {shown(at)}" for name, at in times if at is not None]
