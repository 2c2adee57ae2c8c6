"""`nearside logs`: what the functions of the deployment on one machine logged."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nearside.commands.deployed import state_option
from nearside.commands.files import unusable
from nearside.commands.stopping import until_told_to_stop

if TYPE_CHECKING:
    from nearside.local.log_lines import LogLine


@click.command("logs")
@state_option
@click.option("--follow", "-f", is_flag=True, help="Go on with what is logged from now on, until Ctrl-C.")
@click.option("--function", "functions", multiple=True, help="Only this function's; may be given again.")
@click.option("--since", help="Only from then on: 10m, 2h, 1d, or 2026-11-23T09:00 (UTC).")
@click.option("--json", "as_json", is_flag=True, help="Print lines as they are, one JSON object each.")
def logs(state: Path, *, follow: bool, functions: tuple[str, ...], since: str | None, as_json: bool) -> None:
    """Print what functions logged: names of what happened, counts, durations.

    No line holds an address, a body, or the text of an error: nothing that logs has a way to say any.
    """
    from nearside.local.claims import check_set_up
    from nearside.local.log_lines import follow_lines, parse_since, read_lines

    with unusable():
        check_set_up(state)
        begin = None if since is None else parse_since(since, now=datetime.now(UTC))
        lines: Iterator[LogLine | None] = follow_lines(state) if follow else read_lines(state)
        with until_told_to_stop():
            for line in lines:
                if line is None or (functions and line.function not in functions):
                    continue
                if begin is None or line.at >= begin:
                    click.echo(line.raw.rstrip("\n") if as_json else str(line))
