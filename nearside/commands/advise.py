"""`nearside advise`: what to mend on a site, with evidence from releases, catalogue and model."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import click

from consent_ledger import canonical
from consent_ledger.errors import Malformed, Untrue
from consent_ledger.storage.whole_file import replace_file
from edge_client.wire.candidates import Candidates
from edge_client.wire.catalogue import Catalogue, hash_pages
from edge_client.wire.paths import ItemId
from edge_client.wire.release import Release
from edge_client.wire.rules import Rules
from model_export.advisor import Code, LiveModel, Material
from model_export.advisor import advise as judge
from model_export.learning.belonging import check_candidates, check_together
from model_export.shipping.convert import read_table
from nearside.advice_report import csv_report, json_report, text_report
from nearside.commands.files import read_file, read_files, unusable

FOUND = 1
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("advise")
@click.option("--catalogue", required=True, type=_FILE, help="catalogue.json of the site.")
@click.option("--release", "releases", multiple=True, type=_FILE, help="A release of the site; repeatable.")
@click.option(
    "--model",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the live model: onnx and json.",
)
@click.option(
    "--model-catalogue",
    type=_FILE,
    help="The catalogue that the model was trained with, if it has changed since.",
)
@click.option("--rules", type=_FILE, help="rules.json: what may appear where, and what is sensitive.")
@click.option("--reviewed", type=_FILE, help="CSV with columns id,reviewed: when a page was last looked at.")
@click.option("--candidates", type=_FILE, help="candidates.json that the releases were made with.")
@click.option("--speakers", type=_FILE, help="CSV with columns lang,share: what visitors read best, of 1.")
@click.option(
    "--today",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Judge years and reviews as of this day.  [default: today]",
)
@click.option(
    "--only",
    multiple=True,
    type=click.Choice([code.value for code in Code]),
    help="A code to tell; repeatable.",
)
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "csv"]), default="text", show_default=True
)
@click.option(
    "--pages", default=5, show_default=True, type=click.IntRange(1), help="Pages of a finding, as text."
)
@click.option("--out", type=_FILE, help="Write here, not to the terminal.")
def advise(
    catalogue: Path,
    *,
    releases: tuple[Path, ...],
    model: Path | None,
    model_catalogue: Path | None,
    rules: Path | None,
    reviewed: Path | None,
    speakers: Path | None,
    candidates: Path | None,
    today: datetime | None,
    only: tuple[str, ...],
    form: str,
    pages: int,
    out: Path | None,
) -> None:
    """Say what to mend on a site, and why.

    Nothing is a finding that noise, thresholds or chance explain; what the files cannot tell is said to be
    not judged. docs/advisor.md explains every code.

    Exit status: 0 no findings, 1 findings, 2 unusable input.

    \b
    Example:
      nearside advise --catalogue catalogue.json --release week.json --model live --rules rules.json
    """
    with unusable():
        items = read_file(catalogue, Catalogue.parse, named="--catalogue")
        public = None if candidates is None else _candidates(candidates, items)
        advice = judge(
            Material(
                catalogue=items,
                releases=_releases(releases, items, public=public),
                rules=None if rules is None else read_file(rules, Rules.parse, named="--rules"),
                model=None if model is None else _model(model, model_catalogue, items),
                candidates=public,
                today=(today or datetime.now(UTC)).date(),
                reviewed={} if reviewed is None else dict(_reviewed(reviewed)),
                speakers={} if speakers is None else dict(_speakers(speakers)),
            )
        )
        advice = advice.only(frozenset(Code(name) for name in only)) if only else advice
        match form:
            case "json":
                lines = json_report(advice)
            case "csv":
                lines = csv_report(advice)
            case _:
                lines = text_report(advice, most_pages=pages)
        if out is None:
            for line in lines:
                click.echo(line)
        else:
            replace_file(out, "".join(f"{line}\n" for line in lines).encode())
    if advice.findings:
        raise SystemExit(FOUND)


def _releases(paths: tuple[Path, ...], items: Catalogue, *, public: Candidates | None) -> tuple[Release, ...]:
    """The releases, in the order of their periods."""
    parsed = read_files(paths, Release.parse, named="--release")
    check_together(parsed, items)
    if public is not None:
        check_candidates(parsed, public)
    return tuple(sorted(parsed, key=lambda release: release.period.start or ""))


def _model(folder: Path, model_catalogue: Path | None, items: Catalogue) -> LiveModel:
    """The live model, whose indexes must be those of its catalogue."""
    trained_with = items
    if model_catalogue is not None:
        trained_with = read_file(model_catalogue, Catalogue.parse, named="--model-catalogue")
    onnx = read_file(folder / "model.onnx", bytes, named="--model: model.onnx")
    card = read_file(folder / "model.json", canonical.decode, named="--model: model.json")
    match card:
        case {"file": {"sha256": str(digest)}, "pages_hash": str(pages_hash), "releases": list(named)}:
            pass
        case _:
            raise Malformed("model card: file, pages_hash or releases are missing")
    if digest != hashlib.sha256(onnx).hexdigest():
        raise Untrue("model: the card is not that of model.onnx")
    if pages_hash != hash_pages(trained_with.pages):
        raise Untrue("model: trained for another catalogue; name that one with --model-catalogue")
    try:
        table = read_table(onnx)
    except ValueError as error:
        raise Malformed(str(error)) from error
    hashes = (release.get("sha256") for release in named if isinstance(release, dict))
    return LiveModel(table, trained_with, frozenset(each for each in hashes if isinstance(each, str)))


def _candidates(file: Path, items: Catalogue) -> Candidates:
    candidates = read_file(file, Candidates.parse, named="--candidates")
    candidates.check_pages(items.pages)
    return candidates


def _reviewed(file: Path) -> Iterator[tuple[ItemId, date]]:
    for row in _rows(file, ("id", "reviewed")):
        try:
            yield ItemId(row["id"]), date.fromisoformat(row["reviewed"])
        except ValueError:
            raise Malformed("reviewed: a date is not written as 2026-11-16") from None


def _speakers(file: Path) -> Iterator[tuple[str, float]]:
    for row in _rows(file, ("lang", "share")):
        try:
            share = float(row["share"])
        except ValueError:
            share = -1.0
        if not 0 <= share <= 1:
            raise Malformed("speakers: a share is not a number from 0 to 1")
        yield row["lang"], share


def _rows(file: Path, header: tuple[str, ...]) -> Iterator[dict[str, str]]:
    try:
        reader = csv.DictReader(file.read_text(encoding="utf-8").splitlines())
        if tuple(reader.fieldnames or ()) != header:
            raise Malformed(f"{file.name}: its columns are not {','.join(header)}")
        for row in reader:
            if None in row or None in row.values():
                raise Malformed(f"{file.name}: a row has not as many cells as the header")
            yield row
    except (UnicodeDecodeError, csv.Error):
        raise Malformed(f"{file.name}: not a table in UTF-8") from None
