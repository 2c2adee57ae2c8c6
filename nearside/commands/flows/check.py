"""`nearside flows check`: what is wrong with flows, where, and what mends it."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TypeAlias

import click

from consent_ledger.canonical import Json
from consent_ledger.errors import Malformed
from consent_ledger.storage.whole_file import replace_file
from edge_client.wire.catalogue import Catalogue
from edge_client.wire.flow import print_flows
from edge_client.wire.flow_reading import parse_flows, read_flow
from edge_client.wire.rules import Rules
from lambdas.shared.publishing.flow_lint import lint_json
from lambdas.shared.publishing.flow_telling import telling_findings
from nearside.commands.files import read_file, unusable

_Beside: TypeAlias = tuple[Rules, Catalogue] | None
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("check")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=_FILE)
@click.option("--out", type=_FILE, help="flows.json to write, where no error was found.")
@click.option("--rules", type=_FILE, help="rules.json beside which to look at them; with --catalogue.")
@click.option("--catalogue", type=_FILE, help="catalogue.json of those rules.")
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), help="The day to look at.  [default: today]")
def check(
    files: tuple[Path, ...],
    *,
    out: Path | None,
    rules: Path | None,
    catalogue: Path | None,
    today: datetime | None,
) -> None:
    """Look for mistakes in the flows of every FILE: one flow, or a whole flows.json, as JSON of any spelling.

    Each finding names its place and what mends it. Errors end with 1 and keep flows from being published;
    warnings do not. What flows tell the rules, and how quiet they are, is looked at beside the rules alone.
    """
    if (rules is None) != (catalogue is None):
        raise click.UsageError("give --rules and --catalogue, or neither")
    beside: _Beside = None
    if rules is not None and catalogue is not None:
        beside = (
            read_file(rules, Rules.parse, named="--rules"),
            read_file(catalogue, Catalogue.parse, named="--catalogue"),
        )
    day = (today or datetime.now(UTC)).date()
    values = [value for file in files for value in read_file(file, _flows, named=f"FILE {file.name}")]
    with unusable():
        errors = sum(_tell(value, beside, today=day) for value in values)
        if errors:
            raise click.exceptions.Exit(1)
        if out is not None:
            raw = print_flows(tuple(read_flow(value, "flow") for value in values))
            parse_flows(raw)
            replace_file(out, raw)
            click.echo(f"written to {out}, {len(raw):,} bytes")


def _tell(value: Json, beside: _Beside, *, today: date) -> int:
    """Print what is found in one flow; return how much of it is an error."""
    name = value.get("name") if isinstance(value, dict) else None
    found = lint_json(value, today=today)
    if beside is not None and not any(finding.fatal for finding in found):
        flow = read_flow(value, "flow")
        found = (*found, *telling_findings(flow, rules=beside[0], catalogue=beside[1]))
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
