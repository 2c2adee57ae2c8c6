"""`nearside catalogue`: what a site already says of its pages, to the catalogue that bundles carry."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import click

from consent_ledger.errors import Malformed
from consent_ledger.storage.whole_file import replace_file
from edge_client.wire.catalogue import Catalogue, ItemKind
from lambdas.shared.importing.gathering import Asked
from lambdas.shared.importing.imported import Imported, Weight
from lambdas.shared.importing.merging import Merged, merge, renamed_pages
from lambdas.shared.importing.spreadsheet_cells import print_drafts, print_problems
from lambdas.shared.importing.texts import language_of
from lambdas.shared.importing.uploads import SourceKind
from nearside.commands.files import Unusable, read_file, unusable
from nearside.commands.names import SiteName
from nearside.importing.catalogue_files import import_path
from nearside.importing.site_client import SiteClient
from nearside.importing.site_visit import LONGEST_PAUSE_S, MOST_VISITED, PAUSE_S, Visit

_FILE = click.Path(path_type=Path, dir_okay=False)
_SHOWN = 20


@click.group("catalogue")
def catalogue() -> None:
    """The list of a site's pages, which everything else names pages by."""


@catalogue.command("import")
@click.argument("source")
@click.option(
    "--from",
    "kind",
    required=True,
    type=click.Choice([each.value for each in SourceKind]),
    help="What SOURCE is.",
)
@click.option("--site", required=True, type=SiteName(), help="Short name of the site, such as riverton.")
@click.option("--host", default="", help="Host of the site's own addresses.  [default: that of a URL]")
@click.option("--lang", default="", help="Language of pages that do not say theirs, such as en.")
@click.option(
    "--kind",
    "item_kind",
    type=click.Choice([each.value for each in ItemKind]),
    help="Kind of pages that do not say it.",
)
@click.option(
    "--by-section", is_flag=True, help="Take the first part of a path for a topic where none is said."
)
@click.option(
    "--pages", type=click.Path(path_type=Path), help="HTML of a sitemap's pages: folder or JSON lines."
)
@click.option("--into", type=_FILE, help="catalogue.json that there is already, to go on with.")
@click.option("--drop-gone", is_flag=True, help="Take out pages of --into that SOURCE no longer has.")
@click.option(
    "--most", default=MOST_VISITED, show_default=True, type=click.IntRange(1), help="Pages to ask a URL for."
)
@click.option(
    "--pause",
    default=PAUSE_S,
    show_default=True,
    type=click.FloatRange(0, LONGEST_PAUSE_S),
    help="Seconds between two requests to a URL, unless its robots.txt asks for more.",
)
@click.option("--out", type=_FILE, help="catalogue.json to write.")
@click.option(
    "--drafts", type=_FILE, help="CSV to write of pages that want something; fill in, import as csv."
)
@click.option("--report", type=_FILE, help="CSV to write of every problem.")
@click.option("--renamed", type=_FILE, help="JSON to write of pages that moved, for `nearside train`.")
@click.option("--dry-run", is_flag=True, help="Write nothing.")
def import_catalogue(
    source: str,
    *,
    kind: str,
    site: str,
    host: str,
    lang: str,
    item_kind: str | None,
    by_section: bool,
    pages: Path | None,
    into: Path | None,
    drop_gone: bool,
    most: int,
    pause: float,
    out: Path | None,
    drafts: Path | None,
    report: Path | None,
    renamed: Path | None,
    dry_run: bool,
) -> None:
    """Make a catalogue of SOURCE: a folder, a zip or a file of a site, or with --from sitemap its URL.

    A page that says too little is a draft, and is not written; whatever keeps a page out is told. Ends with 1
    where a page was left out or is a draft, with 2 where SOURCE cannot be used.
    """
    if lang and language_of(lang) != lang:
        raise click.BadParameter("not a language such as en", param_hint="--lang")
    is_url = source.startswith(("https://", "http://"))
    asked = Asked(
        host=host or (urlsplit(source).netloc if is_url else ""),
        lang=lang,
        kind=None if item_kind is None else ItemKind(item_kind),
        by_section=by_section,
    )
    before = None if into is None else read_file(into, Catalogue.parse, named="--into")
    with unusable("SOURCE"):
        found = _visited(source, asked, kind, most, pause) if is_url else _read(source, asked, kind, pages)
    with unusable():
        made = merge(found, site, before=before, keep_gone=not drop_gone)
    _tell(found, made, had_before=before is not None)
    if not dry_run:
        _write(out, made.catalogue.to_bytes, named="--out")
        _write(drafts, lambda: print_drafts(made.drafts), named="--drafts")
        _write(report, lambda: print_problems(made.problems), named="--report")
        _write(renamed, lambda: renamed_pages(found.moved), named="--renamed")
    if any(problem.weight is not Weight.NOTE for problem in made.problems):
        raise click.exceptions.Exit(1)


def _visited(url: str, asked: Asked, kind: str, most: int, pause: float) -> Imported:
    if kind != SourceKind.SITEMAP:
        raise Malformed("only a sitemap is asked for by its address; download the rest first")
    with SiteClient.of(url) as client:
        return Visit(client, most=most, pause_s=pause).imported(url, asked)


def _read(source: str, asked: Asked, kind: str, pages: Path | None) -> Imported:
    if pages is not None and kind != SourceKind.SITEMAP:
        raise Unusable("--pages: only a sitemap's pages are given apart from it")
    return import_path(SourceKind(kind), Path(source), asked, pages=pages)


def _tell(found: Imported, made: Merged, *, had_before: bool) -> None:
    for problem in made.problems[:_SHOWN]:
        click.echo(str(problem))
        click.echo(f"  mend: {problem.fix}")
    if len(made.problems) > _SHOWN:
        click.echo(f"and {len(made.problems) - _SHOWN} more, in --report")
    of_weight = {weight: sum(each.weight is weight for each in made.problems) for weight in Weight}
    click.echo(
        f"{len(found.items)} pages read, {len(made.drafts)} of them drafts, "
        f"{of_weight[Weight.LEFT_OUT]} left out, {of_weight[Weight.NOTE]} notes"
    )
    click.echo(
        f"{len(made.catalogue.items)} pages in the catalogue: {len(made.added)} new, "
        f"{len(made.changed)} changed, {len(made.gone)} gone, {len(found.moved)} moved"
    )
    if had_before and made.has_same_pages:
        click.echo("the same pages as before: models and counts go on to name them")
    elif had_before:
        click.echo("not the same pages as before: publish a model of this catalogue with it")


def _write(path: Path | None, data: Callable[[], bytes], *, named: str) -> None:
    if path is None:
        return
    with unusable(named):
        replace_file(path, data())
    click.echo(f"written to {path}")
