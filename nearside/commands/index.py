"""`nearside index`: a catalogue to the indexes that a site's search looks words up in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import click

from consent_ledger.errors import Malformed
from consent_ledger.storage.whole_file import replace_file
from edge_client.wire.catalogue import Catalogue
from nearside.commands.files import read_file, unusable
from nearside.search_index import search_indexes

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("index")
@click.argument("catalogue", type=_FILE)
@click.option(
    "--texts",
    type=_FILE,
    help='What else is written on pages, for words that no title has: {"/housing/apply": "..."}.',
)
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for one file a language, such as en.json.",
)
def index(catalogue: Path, *, texts: Path | None, out: Path) -> None:
    """Make the indexes of a site's search from CATALOGUE: one file a language, the same for everyone.

    Serve them with the site, and name the page's own in <nearside-search index="...">.
    """
    pages = read_file(catalogue, Catalogue.parse, named="catalogue.json")
    said = {} if texts is None else read_file(texts, _texts, named="--texts")
    with unusable("--out"):
        out.mkdir(parents=True, exist_ok=True)
        for lang, data in search_indexes(pages, said).items():
            replace_file(out / f"{lang}.json", data)
            click.echo(f"{out / lang}.json: {len(data):,} bytes")


def _texts(data: bytes) -> Mapping[str, str]:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Malformed("texts: not JSON") from error
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        raise Malformed("texts: not one text a page")
    return value
