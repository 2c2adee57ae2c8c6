"""`nearside rules`: what is wrong with rules, where, and what mends it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from consent_ledger import canonical
from consent_ledger.errors import Malformed
from consent_ledger.storage.whole_file import replace_file
from edge_client.rules.compile import problems_of
from edge_client.rules.lint import overdue
from edge_client.wire.archetypes import Archetypes
from edge_client.wire.catalogue import Catalogue
from edge_client.wire.rules import Rules
from lambdas.shared.publishing.site_clocks import clock_problems
from nearside.commands.files import read_file, unusable

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("rules")
@click.argument("rules", type=_FILE)
@click.option("--catalogue", required=True, type=_FILE, help="catalogue.json of the site.")
@click.option("--archetypes", type=_FILE, help="archetypes.json, where a rule asks about one.")
@click.option("--out", type=_FILE, help="rules.json to write, where nothing keeps the rules from use.")
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), help="The day to look at.  [default: today]")
def rules(
    rules: Path, *, catalogue: Path, archetypes: Path | None, out: Path | None, today: datetime | None
) -> None:
    """Compile RULES, as JSON of any spelling, and look for mistakes in them.

    Each finding names its place and what mends it. Errors end with 1, and neither publishing nor a device
    takes such rules; warnings do not.
    """
    day = (today or datetime.now(UTC)).date().isoformat()
    with unusable():
        made = read_file(rules, _rules, named="RULES")
        pages = read_file(catalogue, Catalogue.parse, named="--catalogue")
        groups = None if archetypes is None else read_file(archetypes, Archetypes.parse, named="--archetypes")
        found = (*problems_of(made, pages, groups), *clock_problems(made), *overdue(made, day))
        for problem in found:
            kind = "error" if problem.is_fatal else "warning"
            click.echo(f"{kind}: {str(problem).removeprefix('rules: ')}")
            click.echo(f"  mend: {problem.fix}")
        errors = sum(problem.is_fatal for problem in found)
        click.echo(f"{len(made.rules)} rules, {errors} errors, {len(found) - errors} warnings")
        if errors:
            raise click.exceptions.Exit(1)
        if out is not None:
            replace_file(out, made.to_bytes())


def _rules(raw: bytes) -> Rules:
    try:
        value: canonical.Json = json.loads(raw)
    except (ValueError, RecursionError):
        raise Malformed("rules: not JSON") from None
    return Rules.parse(canonical.encode(value))
