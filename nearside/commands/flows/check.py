"""`nearside flows check`: what is wrong with flows, where, and what mends it."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import click

from consent_ledger.canonical import Json
from consent_ledger.errors import Malformed
from consent_ledger.storage.whole_file import replace_file
from edge_client.wire.flow import print_flows
from edge_client.wire.flow_reading import parse_flows, read_flow
from nearside.commands.files import read_file, unusable
from nearside.flow_lint import lint_json

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("check")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=_FILE)
@click.option("--out", type=_FILE, help="flows.json to write, where no error was found.")
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), help="The day to look at.  [default: today]")
def check(files: tuple[Path, ...], *, out: Path | None, today: datetime | None) -> None:
    """Look for mistakes in the flows of every FILE: one flow, or a whole flows.json, as JSON of any spelling.

    Each finding names its place and what mends it. Errors end with 1 and keep flows from being published;
    warnings do not.
    """
    day = (today or datetime.now(UTC)).date()
    values = [value for file in files for value in read_file(file, _flows, named=f"FILE {file.name}")]
    with unusable():
        errors = sum(_tell(value, today=day) for value in values)
        if errors:
            raise click.exceptions.Exit(1)
        if out is not None:
            raw = print_flows(tuple(read_flow(value, "flow") for value in values))
            parse_flows(raw)
            replace_file(out, raw)
            click.echo(f"written to {out}, {len(raw):,} bytes")


def _tell(value: Json, *, today: date) -> int:
    """Print what is found in one flow; return how much of it is an error."""
    name = value.get("name") if isinstance(value, dict) else None
    found = lint_json(value, today=today)
    errors = sum(finding.fatal for finding in found)
    for finding in found:
        click.echo(f"{name}: {finding}")
    click.echo(f"{name}: errors {errors}, warnings {len(found) - errors}")
    return errors


def _flows(data: bytes) -> list[Json]:
    # Written by hand: spaces and order are free, unlike on the wire.
    try:
        value: Json = json.loads(data)
    except (ValueError, RecursionError):
        raise Malformed("not JSON") from None
    if isinstance(value, dict) and set(value) == {"v", "flows"} and isinstance(value["flows"], list):
        return value["flows"]
    return [value]
