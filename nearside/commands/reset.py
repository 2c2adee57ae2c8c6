"""`nearside reset`: the deployment on one machine, forgotten."""

from __future__ import annotations

from pathlib import Path

import click

from nearside.commands.deployed import state_option
from nearside.commands.files import unusable


@click.command("reset")
@state_option
@click.option("--yes", is_flag=True, help="Do not ask.")
def reset(state: Path, *, yes: bool) -> None:
    """Remove everything that a deployment kept: its ledger, its keys, its records, its pages.

    Refused while something runs on the folder. What is not ours in it stays.
    """
    from nearside.local.state_folder import check_forgettable, forget, size_of

    with unusable():
        # Nobody is asked about what is refused in any case.
        check_forgettable(state)
        if not yes:
            size = size_of(state) / 1024 / 1024
            click.confirm(
                f"Remove the ledger, its keys and all else in {state} ({size:,.1f} MiB)?", abort=True
            )
        rest = forget(state)
    click.echo(f"{state} holds nothing of ours any more." if rest else f"{state} is gone.")
    if rest:
        click.echo(f"Not ours, and still there: {', '.join(rest)}")
