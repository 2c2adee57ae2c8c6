"""Whom a command trusts, and with which status it leaves."""

from __future__ import annotations

from collections.abc import Callable

import click

from consent_ledger.errors import Malformed, Refused, Untrue

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


def answer(check: Callable[[], list[str]]) -> None:
    """Print what the check found, or why it failed, and leave with the status that says which."""
    try:
        lines = check()
    except Untrue as error:
        click.echo(f"false: {error}", err=True)
        raise SystemExit(FALSE) from None
    except (Malformed, Refused) as error:
        click.echo(f"unreadable: {error}", err=True)
        raise SystemExit(UNREADABLE) from None
    except OSError as error:
        click.echo(f"unreadable: file: {(error.strerror or 'cannot be used').lower()}", err=True)
        raise SystemExit(UNREADABLE) from None
    for line in lines:
        click.echo(line)
