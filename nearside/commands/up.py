"""`nearside up`: the whole product on one machine, until Ctrl-C."""

from __future__ import annotations

from pathlib import Path

import click

from nearside.commands.deployed import (
    approver_option,
    approver_parameters,
    controller_option,
    parameters_of,
)
from nearside.commands.files import unusable
from nearside.commands.stopping import saying_so, until_told_to_stop
from nearside.local.stack import local_stack


@click.command("up")
@click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one."
)
@click.option(
    "--state",
    default=Path(".nearside"),
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder that outlives a restart; give the same one to find everything again.",
)
@click.option("--site", default="riverton", show_default=True, help="Short name of the site.")
@approver_option
@controller_option
def up(port: int, state: Path, *, site: str, controller: str | None, approvers: tuple[str, ...]) -> None:
    """Serve the whole product on this machine.

    Routes, functions, tables, queues and schedules are those of template.yaml; AWS is played by MiniStack.
    Stop with Ctrl-C.
    """
    with unusable():
        parameters = {**parameters_of(site, controller), **approver_parameters(approvers)}
    with (
        unusable(),
        until_told_to_stop(),
        local_stack(state, port=port, parameters=parameters) as stack,
        saying_so(),
    ):
        click.echo(f"Serving {stack.url} with state in {state}. Stop with Ctrl-C.")
        trusted = stack.log_keys()
        click.echo(f"Ledger key: {trusted.keys[0]}")
        for witness in trusted.witnesses:
            click.echo(f"Witness key: {witness}")
        click.echo(f"Witnesses that must have cosigned: {trusted.quorum} of {len(trusted.witnesses)}")
        stack.trouble.wait()
