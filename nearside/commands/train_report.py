"""What `nearside train` prints when it is done."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.table import Table

from model_export import TrainedModel
from model_export.choosing.sizing import Fitted
from model_export.learning.drift import Drift
from model_export.learning.evaluate import Figure

MOST_PROPOSALS = 10


def tell_model(model: TrainedModel, *, out: Path, console: Console) -> None:
    """Print what was trained, the sizes that were compared, and the accuracy on held-out sequences."""
    trained, size = model.trained, model.trained.fitted.size
    facts = Table(show_header=False)
    facts.add_row("pages", f"{len(trained.pages):,}")
    facts.add_row("ships", trained.shipped.value)
    facts.add_row("chosen on", trained.gated_on)
    facts.add_row("neighbours", f"{size.layout.entries:,} in {size.layout.bits} bits")
    facts.add_row("model file", f"{size.file_bytes:,} bytes, {size.brotli_bytes:,} compressed")
    facts.add_row(
        "parity",
        f"{trained.parity.queries:,} queries, largest difference {trained.parity.largest_difference:.2g}",
    )
    facts.add_row("written to", str(out))
    console.print(facts)
    if len(trained.fitted.sizes) > 1:
        console.print(_sizes(trained.fitted))
    if trained.accuracy:
        console.print(_accuracy(model))


def tell_drift(drift: Drift, console: Console) -> None:
    """Print how many pages came and went, and which of them may be one and the same."""
    if drift.new or drift.retired:
        console.print(f"pages in no release: {len(drift.new):,}; pages that are gone: {len(drift.retired):,}")
    for proposal in drift.proposals[:MOST_PROPOSALS]:
        console.print(
            f"  {proposal.old} may be {proposal.new} now (alike {proposal.likeness:.2f})",
            highlight=False, markup=False, soft_wrap=True,
        )  # fmt: skip
    if drift.proposals:
        console.print("Where that is so, say it in the file of --renamed: counts are carried over.")


def _sizes(fitted: Fitted) -> Table:
    table = Table(title="sizes: how much of the whole table's first ten each names", title_justify="left")
    for heading in ("bytes", "compressed", "neighbours", "bits", "factors", "kept"):
        table.add_column(heading, justify="right")
    table.add_column("first kept")
    for size in fitted.sizes:
        table.add_row(
            f"{size.file_bytes:,}",
            f"{size.brotli_bytes:,}",
            f"{size.layout.entries:,}",
            str(size.layout.bits),
            str(size.layout.rank),
            f"{size.kept:.3f}" + (" *" if size == fitted.size else ""),
            size.layout.spread.value,
        )
    table.caption = "* ships"
    return table


def _accuracy(model: TrainedModel) -> Table:
    trained = model.trained
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
    return table


def _interval(figure: Figure) -> str:
    return f"{figure.mean:.3f} ({figure.low:.3f} to {figure.high:.3f})"
