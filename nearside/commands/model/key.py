"""`nearside model key`: a key that decides on models."""

from __future__ import annotations

import secrets
from pathlib import Path

import click

from nearside.commands.files import unusable
from nearside.signing_key import write_key


@click.command("key")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--name",
    required=True,
    help="Name of the key, such as riverton.example/approvers/1. It is public for ever: a role or a number, "
    "nobody's name.",
)
def key(file: Path, name: str) -> None:
    """Make a signing key in a new FILE, readable by its owner alone, and print its public half.

    The public half goes into ApproverKeys of template.yaml; on this machine into `--approver` of
    `nearside up`.
    """
    with unusable():
        made = write_key(file, name, seed=secrets.token_bytes(32))
    click.echo(str(made.key))
