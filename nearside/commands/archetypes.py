"""`nearside archetypes`: releases of aggregates to the archetypes that devices assign themselves to."""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from consent_ledger.errors import Malformed
from consent_ledger.storage.whole_file import replace_file
from edge_client.wire.archetypes import LONGEST_NAME
from edge_client.wire.catalogue import Catalogue
from edge_client.wire.paths import ItemId
from edge_client.wire.release import Release
from edge_client.wire.rules import Rules
from model_export.archetypes.grouping import FEWEST_ARCHETYPES, MOST_ARCHETYPES
from model_export.archetypes.table import LearnedArchetypes, learn_archetypes
from nearside.commands.files import read_file, read_files, unusable

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("archetypes")
@click.argument("releases", metavar="RELEASE...", nargs=-1, required=True, type=_FILE)
@click.option("--catalogue", required=True, type=_FILE, help="catalogue.json of the site.")
@click.option("--rules", required=True, type=_FILE, help="rules.json: its sensitive pages are left out.")
@click.option("--out", required=True, type=_FILE, help="archetypes.json to write.")
@click.option(
    "--number",
    type=click.IntRange(FEWEST_ARCHETYPES, MOST_ARCHETYPES),
    help="How many.  [default: as many as are found again in halves of the releases]",
)
@click.option(
    "--names",
    type=_FILE,
    help='Names that people chose, by a page of each: {"/housing/apply": "Moving home"}.',
)
def archetypes(
    releases: tuple[Path, ...],
    *,
    catalogue: Path,
    rules: Path,
    out: Path,
    number: int | None,
    names: Path | None,
) -> None:
    """Learn archetypes from every RELEASE together and write them for the next bundle.

    They are about pages, not people: which of them a visitor is like is worked out on the visitor's own
    device and stays there. Look at the names before you publish them; --names gives better ones.
    """
    with unusable():
        items = read_file(catalogue, Catalogue.parse, named="--catalogue")
        learned = learn_archetypes(
            read_files(releases, Release.parse, named="RELEASE"),
            items,
            rules=read_file(rules, Rules.parse, named="--rules"),
            number=number,
            names={} if names is None else read_file(names, _names, named="--names"),
        )
        replace_file(out, learned.file.to_bytes())
    _tell(learned, items, out=out)


def _names(data: bytes) -> dict[ItemId, str]:
    # Written by hand: spaces and order are free, unlike on the wire.
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        raise Malformed("names: not JSON") from None
    if not isinstance(value, dict):
        raise Malformed("names: not an object of pages and names")
    names = {}
    for page, name in value.items():
        if not isinstance(name, str) or not 0 < len(name.strip()) <= LONGEST_NAME:
            raise Malformed(f"names: a name is not a text of up to {LONGEST_NAME} letters")
        names[ItemId(page)] = name.strip()
    return names


def _tell(learned: LearnedArchetypes, items: Catalogue, *, out: Path) -> None:
    console = Console()
    table = Table(
        title=f"{learned.grouped:,} of {len(items.items):,} pages have a place", title_justify="left"
    )
    table.add_column("archetype")
    table.add_column("most typical pages")
    for archetype in learned.file.archetypes:
        table.add_row(archetype.name, ", ".join(items.pages[page] for page in archetype.typical))
    console.print(table)
    if learned.stability is not None:
        found = learned.stability.agreement[learned.stability.best]
        console.print(
            f"{learned.stability.best} of {FEWEST_ARCHETYPES} to {MOST_ARCHETYPES}: two halves of the"
            f" releases agree with an adjusted Rand index of {found.rand:.2f} and share {found.told:.2f} nats"
            f" beyond chance (standard error {found.error:.2f})"
        )
    console.print(f"written to {out}, {len(learned.file.to_bytes()):,} bytes")
