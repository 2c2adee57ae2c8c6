"""`nearside train`: releases of aggregates to a model file and its card."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from consent_ledger.storage.whole_file import replace_file
from edge_client.wire.candidates import Candidates
from edge_client.wire.catalogue import Catalogue
from edge_client.wire.paths import ItemId
from edge_client.wire.release import Release
from model_export import Settings, train_model
from model_export.counting.lines import LineFile
from model_export.counting.reading import Reading
from model_export.counting.sequences import Holdout
from model_export.counting.tables import read_sessions
from model_export.learning.belonging import check_candidates
from model_export.learning.drift import drift_of
from nearside.commands.files import read_file, read_files, unusable
from nearside.commands.numbers import FiniteRange
from nearside.commands.progress import progress
from nearside.commands.train_report import tell_drift, tell_model
from nearside.renamed_pages import parse_renamed

MOST_WEIGHT = 1_000_000
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("train")
@click.argument("releases", metavar="RELEASE...", nargs=-1, required=True, type=_FILE)
@click.option(
    "--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder to write to."
)
@click.option("--catalogue", type=_FILE, help="Model the pages of this catalogue.json.")
@click.option(
    "--before",
    type=_FILE,
    help="The catalogue when the releases were counted: retired pages are compared by their words.",
)
@click.option(
    "--renamed",
    type=_FILE,
    help='JSON object of old paths and new ones, {"/old":"/new"}: counts are carried over.',
)
@click.option("--candidates", type=_FILE, help="candidates.json that the releases must have been made with.")
@click.option("--sessions", type=_FILE, help="Table of sessions to measure on.")
@click.option(
    "--holdout",
    default=0.2,
    show_default=True,
    type=FiniteRange(0, 1, min_open=True),
    help="Measure on this share of the distinct sessions: the share that `aggregate --holdout` left out. "
    "1 measures on all of them.",
)
@click.option("--holdout-seed", default=0, show_default=True, help="Which sessions were left out.")
@click.option(
    "--tune/--no-tune",
    default=True,
    show_default=True,
    help="Choose the weights of content by the releases alone; else they are as given.",
)
@click.option(
    "--kappa",
    default=20.0,
    show_default=True,
    type=FiniteRange(0, MOST_WEIGHT),
    help="Weight of content, in visits a page.",
)
@click.option(
    "--content-share",
    default=1.0,
    show_default=True,
    type=FiniteRange(0, MOST_WEIGHT),
    help="Further weight of content, a visit counted.",
)
@click.option(
    "--half-life-days",
    type=FiniteRange(0, MOST_WEIGHT, min_open=True),
    help="Days after which a release counts half as much as the newest one.",
)
@click.option(
    "--top-k",
    default=32,
    show_default=True,
    type=click.IntRange(1, 256),
    help="Neighbours a page, where no budget decides.",
)
@click.option(
    "--budget-bytes",
    type=click.IntRange(1),
    help="Most that the model file may take: of all layouts that fit, the one that keeps most ships.",
)
def train(
    releases: tuple[Path, ...],
    *,
    out: Path,
    catalogue: Path | None,
    before: Path | None,
    renamed: Path | None,
    candidates: Path | None,
    sessions: Path | None,
    holdout: float,
    holdout_seed: int,
    tune: bool,
    kappa: float,
    content_share: float,
    half_life_days: float | None,
    top_k: int,
    budget_bytes: int | None,
) -> None:
    """Train on every RELEASE together and write model.onnx, model.json and MODEL_CARD.md.

    Sessions only measure: none of them may be among what the releases counted.
    """
    settings = Settings(
        kappa=kappa,
        content_share=content_share,
        half_life_days=half_life_days,
        tuned=tune,
        top_k=top_k,
        budget_bytes=budget_bytes,
    )
    if before is not None and catalogue is None:
        raise click.UsageError("--before is compared with the catalogue of today: give --catalogue too.")
    console = Console()
    with unusable():
        parsed = read_files(releases, Release.parse, named="RELEASE")
        pages = _catalogue(catalogue, named="--catalogue")
        earlier = _catalogue(before, named="--before")
        moved = {} if renamed is None else read_file(renamed, parse_renamed, named="--renamed")
        if candidates is not None:
            public = read_file(candidates, Candidates.parse, named="--candidates")
            check_candidates(parsed, public)
        with progress(Console(stderr=True)) as tell:
            model = train_model(
                parsed,
                pages,
                settings=settings,
                sequences=() if sessions is None else _held_out(sessions, Holdout(holdout, holdout_seed)),
                renamed=moved,
                progress=tell,
            )
        replace_file(out / "model.onnx", model.onnx_bytes)
        replace_file(out / "model.json", model.card_bytes)
        replace_file(out / "MODEL_CARD.md", str(model.card).encode())
        tell_model(model, out=out, console=console)
        if pages is not None:
            tell_drift(drift_of(parsed, pages, renamed=moved, before=earlier), console)


def _catalogue(path: Path | None, *, named: str) -> Catalogue | None:
    return None if path is None else read_file(path, Catalogue.parse, named=named)


def _held_out(sessions: Path, holdout: Holdout) -> list[tuple[ItemId, ...]]:
    """The distinct held-out sequences, in the order of the file."""
    with unusable("--sessions"):
        rows = read_sessions(LineFile(sessions), Reading())
        return list(dict.fromkeys(pages for _, pages in rows if holdout.holds(pages)))
