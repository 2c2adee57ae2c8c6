"""Our own contender: rows become releases, releases a model file, and ONNX Runtime runs it.

Everything goes the way that an agency's data goes: `model_export.counting.counts`,
`model_export.releasing.aggregate`, `model_export.train_model`. Nothing here sees a row after it was counted,
and what scores is the file that would ship.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from benchmarks.recommend.rows import Rows, Walk
from edge_client.wire.candidates import Candidates
from edge_client.wire.catalogue import Catalogue
from edge_client.wire.privacy import Mechanism, Privacy
from edge_client.wire.release import Release
from model_export import Settings, TrainedModel, train_model
from model_export.counting.contributions import WHOLE_PARTS, Limits, Pair
from model_export.counting.counts import count
from model_export.counting.lines import Line
from model_export.counting.reading import Choice, Format, Reading
from model_export.counting.tables import MOVES_HEADER, SESSIONS_HEADER
from model_export.learning.content import similar_pages
from model_export.learning.evaluate import RECENT, query
from model_export.learning.recipes import Recipe, fit_recipes
from model_export.learning.samples import moves_of
from model_export.releasing.aggregate import Terms, release_counts
from model_export.shipping.quantise import quantise

K = 10
# All pairs of a visit's first twenty pages, each with its share of the one visit.
SHARED = Limits(bound=190, window=None, parts=WHOLE_PARTS)


@dataclass(frozen=True, slots=True)
class Source:
    """A site's counts, made once: of visits in shares, and of the moves that were published as totals."""

    catalogue: Catalogue
    visits: Counter[Pair]
    moves: Counter[Pair]
    candidates: Candidates | None = None

    @classmethod
    def of(cls, rows: Rows, catalogue: Catalogue, *, candidates: Candidates | None = None) -> Source:
        """Count `rows` as `nearside aggregate` does."""
        walks = (
            (int(times), ">>".join(catalogue.pages[page] for page in walk))
            for walk, times in zip(rows.walks, rows.times, strict=True)
        )
        moves = ((catalogue.pages[a], catalogue.pages[b], int(times)) for a, b, times in rows.moves)
        return cls(
            catalogue,
            _count(Format.SESSIONS, SESSIONS_HEADER, walks),
            _count(Format.MOVES, MOVES_HEADER, moves) if len(rows.moves) else Counter(),
            candidates,
        )

    def release(self, *, epsilon: float | None, k: int = K, with_totals: bool = True) -> tuple[Release, ...]:
        """Release visits and published totals at `epsilon`, or without noise, which is drawn anew every time.

        A visit is one unit and a move of the totals another, since nobody knows which moves one visitor made.
        """
        privacy = Privacy(k)
        if epsilon is not None:
            privacy = Privacy(k, Mechanism.DISCRETE_LAPLACE, round(epsilon * 1000), 6)
        shared = Terms(
            site=self.catalogue.site,
            privacy=privacy,
            choice=Choice(SHARED),
            catalogue=self.catalogue,
            candidates=self.candidates,
        )
        whole = replace(shared, choice=Choice(Limits(bound=1)))
        return tuple(
            release_counts(counts, format_, reading=Reading(used=1), terms=terms)
            for counts, format_, terms in (
                (self.visits, Format.SESSIONS, shared),
                (self.moves if with_totals else Counter(), Format.MOVES, whole),
            )
            if counts
        )


def train(
    releases: Sequence[Release], catalogue: Catalogue, *, content: bool = True, budget: int | None = None
) -> TrainedModel:
    """The model that these releases make, with settings tuned on them; without content, as it comes."""
    if content:
        return train_model(releases, catalogue, settings=Settings(budget_bytes=budget))
    settings = Settings(kappa=0.0, content_share=0.0, tuned=False, budget_bytes=budget)
    return train_model(releases, catalogue, settings=settings)


def ask_recipe(
    recipe: Recipe, releases: Sequence[Release], catalogue: Catalogue, histories: Sequence[Walk]
) -> NDArray[np.float32]:
    """The scores of one recipe that the gate has to choose from, whether or not it would ship."""
    counts, alike = moves_of(releases, catalogue.pages), similar_pages(catalogue.pages, catalogue)
    table = quantise(dict(fit_recipes(counts, alike, settings=Settings()))[recipe])
    return np.stack([table.scores(*query(history[: -RECENT - 1 : -1])) for history in histories])


def ask(model: TrainedModel, histories: Sequence[Walk]) -> NDArray[np.float32]:
    """(n, pages) scores as a device has them: the last five pages, weighted 0.6 to the power of age."""
    session = onnxruntime.InferenceSession(model.onnx_bytes, providers=["CPUExecutionProvider"])
    held: dict[Walk, NDArray[np.float32]] = {}
    for history in histories:
        recent = history[: -RECENT - 1 : -1]
        if recent not in held:
            pages, weights = query(recent)
            held[recent] = session.run(["scores"], {"recent": pages, "weights": weights})[0]
    return np.stack([held[history[: -RECENT - 1 : -1]] for history in histories])


def _count(format_: Format, header: tuple[str, ...], rows: Iterator[tuple[object, ...]]) -> Counter[Pair]:
    return count(list(_lines(header, rows)), format_, reading=Reading(), choice=Choice(SHARED))


def _lines(header: tuple[str, ...], rows: Iterator[tuple[object, ...]]) -> Iterator[Line]:
    """The rows as the lines of a table."""
    yield Line(1, ",".join(header))
    for number, row in enumerate(rows, 2):
        text = io.StringIO()
        csv.writer(text, lineterminator="").writerow(row)
        yield Line(number, text.getvalue())
