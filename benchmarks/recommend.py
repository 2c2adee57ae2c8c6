"""How well next pages are predicted from aggregates, on real journeys: `python -m benchmarks.recommend`.

Trains on GOV.UK releases (k = 10) of one day's moves and of four fifths of the distinct sequences, and asks
the remaining fifth, five times over with each fifth held out by another seed.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from edge_client.wire.catalogue import Catalogue, CatalogueItem, ItemKind
from edge_client.wire.paths import ItemId, has_placeholder
from edge_client.wire.release import Mechanism, Privacy, Release
from model_export.aggregate import Terms, aggregate
from model_export.content import similar_pages
from model_export.covisit import CoVisitClassifier
from model_export.evaluate import Accuracy, evaluate, steps_of
from model_export.lines import LineFile
from model_export.quantise import quantise
from model_export.reading import Choice, Format, Reading
from model_export.samples import Samples, moves_of, pages_of, prior_of, samples_from
from model_export.sequences import Holdout
from model_export.tables import read_sessions
from model_export.visits import Limits
from nearside.settings import Settings

SEEDS = range(5)
K = 10
EXACT = Privacy(K)
NOISY = Privacy(K, Mechanism.DISCRETE_LAPLACE, 1000, 6)

Recipe = Callable[[Samples, Samples], CoVisitClassifier]


def fit(samples: Samples, **settings: float) -> CoVisitClassifier:
    """A classifier on these samples."""
    return CoVisitClassifier(**settings).fit(samples.visited, samples.followed, samples.weight)


def popularity(moves: Samples, likeness: Samples) -> CoVisitClassifier:
    """Every visitor is shown the most visited pages."""
    return fit(moves.without_visits())


def first_order(moves: Samples, likeness: Samples) -> CoVisitClassifier:
    """The plain share of each next page, without damping or content."""
    return fit(moves, damping=0.0, popularity=1e-6)


def content(moves: Samples, likeness: Samples) -> CoVisitClassifier:
    """The words of the pages alone, and popularity where there are none."""
    return fit(moves.without_visits() + likeness)


def ours(moves: Samples, likeness: Samples) -> CoVisitClassifier:
    """Damped co-visits with the content prior: what `nearside train` makes."""
    return fit(moves + likeness)


def releases(folder: Path, *, seed: int, privacy: Privacy) -> list[Release]:
    """Releases of both tables, without the sequences that `seed` holds out."""
    noisy = privacy.mechanism is not Mechanism.NONE
    choice = Choice(Limits(bound=1 if noisy else 4), holdout=Holdout(0.2, seed))
    terms = Terms(site="govuk", privacy=privacy, choice=choice)
    return [
        aggregate(LineFile(folder / name), format_, reading=Reading(), terms=terms)
        for name, format_ in (("moves.csv", Format.MOVES), ("sessions.csv", Format.SESSIONS))
    ]


def sequences(folder: Path) -> list[tuple[ItemId, ...]]:
    """The distinct sequences of the table of sessions."""
    rows = read_sessions(LineFile(folder / "sessions.csv"), Reading())
    return list(dict.fromkeys(pages for _, pages in rows))


def page_list(found: Sequence[Release], walks: Iterable[Sequence[ItemId]]) -> Catalogue:
    """All addresses named in the data, held-out sequences too, as a stand-in for the site's own list."""
    named = {page for release in found for page in release.pages} | {page for walk in walks for page in walk}
    pages = sorted(page for page in named if not has_placeholder(page))
    return Catalogue(
        "govuk", tuple(CatalogueItem(page, "", "", "", ItemKind.INFORMATION, "en") for page in pages)
    )


def measure(
    folder: Path, recipe: Recipe, *, privacy: Privacy = EXACT, with_list: bool = False
) -> tuple[list[Accuracy], int]:
    """The recipe's accuracy with each seed, and the pages of the last model."""
    walks, figures, size = sequences(folder), [], 0
    for seed in SEEDS:
        found = releases(folder, seed=seed, privacy=privacy)
        catalogue = page_list(found, walks) if with_list else None
        pages = pages_of(found, catalogue)
        counts = moves_of(found, pages)
        prior = prior_of(similar_pages(pages, catalogue), counts, kappa=20.0, share=1.0)
        model = recipe(samples_from(counts), samples_from(prior))
        held_out = [walk for walk in walks if Holdout(0.2, seed).holds(walk)]
        figures.append(evaluate(quantise(model).scores, steps_of(held_out, pages), pages=len(pages)))
        size = len(pages)
    return figures, size


def mean(values: Iterable[float]) -> str:
    """The mean over the seeds, with the least and the largest."""
    listed = list(values)
    return f"{np.mean(listed):.3f} ({min(listed):.3f} to {max(listed):.3f})"


def main() -> int:
    """Print the table; 1 when the data is not there."""
    folder = Settings.read().data / "govuk-journeys"
    if not folder.is_dir():
        print("public data set govuk-journeys not found: set NEARSIDE_DATA", file=sys.stderr)
        return 1
    table = Table(title=f"next page on GOV.UK, k = {K}, mean of {len(SEEDS)} hold-outs (least to largest)")
    table.add_column("recipe", no_wrap=True)
    for heading in ("hit@5", "within reach", "NDCG@10", "coverage@10", "pages"):
        table.add_column(heading)
    for name, recipe, privacy, with_list in (
        ("popularity", popularity, EXACT, False),
        ("first-order moves", first_order, EXACT, False),
        ("content", content, EXACT, False),
        ("ours", ours, EXACT, False),
        ("ours, epsilon 1", ours, NOISY, False),
        ("popularity, page list", popularity, EXACT, True),
        ("first-order moves, page list", first_order, EXACT, True),
        ("content, page list", content, EXACT, True),
        ("ours, page list", ours, EXACT, True),
        ("ours, page list, epsilon 1", ours, NOISY, True),
    ):
        figures, pages = measure(folder, recipe, privacy=privacy, with_list=with_list)
        table.add_row(
            name,
            mean(found.hit.mean for found in figures),
            mean(found.hit_reachable.mean for found in figures),
            mean(found.ndcg.mean for found in figures),
            mean(found.coverage for found in figures),
            str(pages),
        )
    Console(width=140).print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
