"""`nearside doctor`: whether this machine can run a deployment."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from nearside.commands.deployed import state_option


@click.command("doctor")
@state_option
@click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="Port to be served on."
)
def doctor(state: Path, *, port: int) -> None:
    """Say whether this machine can run a deployment, and what to do where it cannot.

    Looks at Python, Node, Chromium, locked packages, disk, open files, clock, port and state folder, at
    whether what runs there is saved, and changes nothing. Status 1 where something is in the way of
    nearside up.
    """
    from nearside.local.doctor import Verdict, examine
    from nearside.settings import Settings

    blocked = False
    for finding in examine(state, port=port, settings=Settings.read(), now=datetime.now(UTC)):
        blocked |= finding.verdict is Verdict.BLOCKS
        click.echo(f"{finding.verdict:8} {finding.about}: {finding.said}")
        if finding.remedy:
            click.echo(f"         {finding.remedy}")
    if blocked:
        raise SystemExit(1)
