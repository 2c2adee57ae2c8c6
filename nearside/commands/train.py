"""`nearside train`: releases of aggregates to a model file and its card."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from consent_ledger.storage.whole_file import replace_file
from edge_client.wire.catalogue import Catalogue
from edge_client.wire.paths import ItemId
from edge_client.wire.release import Release
from model_export import Settings, TrainedModel, train_model
from model_export.evaluate import Figure
from model_export.lines import LineFile
from model_export.reading import Reading
from model_export.sequences import Holdout
from model_export.tables import read_sessions
from nearside.commands.files import unusable
from nearside.commands.numbers import FiniteRange

MOST_WEIGHT = 1_000_000


@click.command("train")
@click.argument("releases", metavar="RELEASE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder to write to."
)
@click.option("--catalogue", type=click.Path(path_type=Path), help="Model the pages of this catalogue.json.")
@click.option("--sessions", type=click.Path(path_type=Path), help="Table of sessions to measure on.")
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
    "--top-k", default=32, show_default=True, type=click.IntRange(1, 256), help="Neighbours a page."
)
@click.option("--budget-bytes", type=click.IntRange(1), help="Most that the model file may take.")
def train(
    releases: tuple[Path, ...],
    *,
    out: Path,
    catalogue: Path | None,
    sessions: Path | None,
    holdout: float,
    holdout_seed: int,
    kappa: float,
    content_share: float,
    top_k: int,
    budget_bytes: int | None,
) -> None:
    """Train on every RELEASE together and write model.onnx, model.json and MODEL_CARD.md.

    Sessions only measure: none of them may be among what the releases counted.
    """
    with unusable():
        parsed = [Release.parse(path.read_bytes()) for path in releases]
        model = train_model(
            parsed,
            None if catalogue is None else Catalogue.parse(catalogue.read_bytes()),
            settings=Settings(
                kappa=kappa, content_share=content_share, top_k=top_k, budget_bytes=budget_bytes
            ),
            sequences=() if sessions is None else _held_out(sessions, Holdout(holdout, holdout_seed)),
        )
        replace_file(out / "model.onnx", model.onnx_bytes)
        replace_file(out / "model.json", model.card_bytes)
        replace_file(out / "MODEL_CARD.md", str(model.card).encode())
    _tell(model, out=out)


def _held_out(sessions: Path, holdout: Holdout) -> list[tuple[ItemId, ...]]:
    """The distinct held-out sequences, in the order of the file."""
    rows = read_sessions(LineFile(sessions), Reading())
    return list(dict.fromkeys(pages for _, pages in rows if holdout.holds(pages)))


def _tell(model: TrainedModel, *, out: Path) -> None:
    trained = model.trained
    console = Console()
    facts = Table(show_header=False)
    facts.add_row("pages", f"{len(trained.pages):,}")
    facts.add_row("ships", trained.shipped.value)
    facts.add_row("chosen on", trained.gated_on)
    facts.add_row("neighbours", f"{trained.fitted.size.layout.entries:,}")
    facts.add_row("model file", f"{len(trained.onnx_bytes):,} bytes")
    facts.add_row(
        "parity",
        f"{trained.parity.queries:,} queries, largest difference {trained.parity.largest_difference:.2g}",
    )
    facts.add_row("written to", str(out))
    console.print(facts)
    if not trained.accuracy:
        return
    found = next(iter(trained.accuracy.values()))
    table = Table(
        title=f"{found.steps:,} held-out steps, {found.reachable:,} within reach", title_justify="left"
    )
    table.add_column("recipe", no_wrap=True)
    for heading in ("hit@5", "within reach", "NDCG@10", "coverage@10"):
        table.add_column(heading)
    for recipe, accuracy in trained.accuracy.items():
        table.add_row(
            recipe.value,
            _interval(accuracy.hit),
            _interval(accuracy.hit_reachable),
            _interval(accuracy.ndcg),
            f"{accuracy.coverage:.3f}",
        )
    console.print(table)


def _interval(figure: Figure) -> str:
    return f"{figure.mean:.3f} ({figure.low:.3f} to {figure.high:.3f})"
