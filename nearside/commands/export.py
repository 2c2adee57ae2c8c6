"""`nearside export`: everything that an operator needs to leave one machine."""

from __future__ import annotations

from pathlib import Path

import click

from nearside.commands.deployed import state_option
from nearside.commands.files import unusable


@click.command("export")
@state_option
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="New folder for the export.",
)
@click.option(
    "--secrets",
    is_flag=True,
    help="Private keys and exact sums too: what nearside restore needs, and nobody else may see.",
)
def export(state: Path, *, out: Path, secrets: bool) -> None:
    """Write tables, buckets, public keys and a copy of the ledger into one folder, with a manifest of hashes.

    Tables are as DynamoDB imports them, objects are files, and the copy of the ledger is one that nearside
    ledger audits offline. Stop what runs on the folder first. An export keeps what is erased later: delete it
    when you have moved.
    """
    from nearside.local.exporting import export_state

    with unusable():
        done = export_state(state, out, secrets=secrets)
    click.echo(f"{done.tables} tables with {done.rows:,} rows, {done.objects:,} objects, in {out}")
    click.echo(f"ledger: {done.entries:,} entries, every one checked")
    click.echo(f"manifest.json: the SHA-256 of {done.files:,} files")
    if secrets:
        click.echo("secret/ holds private keys and exact sums: keep it to yourself, and not for long.")
    else:
        click.echo("Private keys and exact sums stayed where they are; --secrets exports them too.")
