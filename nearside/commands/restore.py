"""`nearside restore`: a deployment on one machine from an export of another."""

from __future__ import annotations

from pathlib import Path

import click

from nearside.commands.files import unusable


@click.command("restore")
@click.argument("export", type=click.Path(exists=True, path_type=Path, file_okay=False))
@click.option(
    "--state",
    default=Path(".nearside"),
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="New folder for the deployment.",
)
def restore(export: Path, *, state: Path) -> None:
    """Make the state of a deployment from EXPORT, every file of it checked first.

    It must have been exported with --secrets. Start it with nearside up --state, and let no other deployment
    go on with the same keys: a log that grows in two places contradicts itself.
    """
    from nearside.local.restoring import restore_state

    with unusable():
        done = restore_state(export, state)
    click.echo(f"{done.tables} tables with {done.rows:,} rows, {done.objects:,} objects, in {state}")
