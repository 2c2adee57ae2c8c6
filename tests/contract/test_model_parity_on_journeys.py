"""Models of real sites: on every real test session all runtimes give the same scores and so the same ten."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from benchmarks.recommend.datasets import parse_msweb
from edge_client.wire.paths import ItemId, scrub_path
from edge_client.wire.release import Bound, Period, Privacy, Release, Source, Unit
from model_export import Settings, train_model
from model_export.counting.sequences import Holdout
from model_export.learning.evaluate import RECENT, query
from model_export.shipping.parity import Query, top, verify_parity
from tests.support import kernel_js, onnx_web

pytestmark = pytest.mark.data

Visits = Counter[tuple[ItemId, ...]]
Reader = Callable[[Path], tuple[Visits, list[tuple[ItemId, ...]]]]


def msweb(folder: Path) -> tuple[Visits, list[tuple[ItemId, ...]]]:
    """Each visitor's areas but the last, both to learn from and as the history to ask with."""
    with (folder / "msweb" / "anonymous-msweb.data").open(encoding="latin-1", newline="") as lines:
        areas, visits = parse_msweb(lines)
    pages = {area: scrub_path(path) for area, (_, path) in areas.items()}
    distinct = [tuple(dict.fromkeys(pages[area] for area in visit)) for visit in visits.values()]
    known = [visit[:-1] for visit in distinct if len(visit) > 1]
    return Counter(known), known


def govuk(folder: Path) -> tuple[Visits, list[tuple[ItemId, ...]]]:
    """Four fifths of the distinct sequences to learn from; of the others all histories with a next page."""
    visits: Visits = Counter()
    with (folder / "govuk-journeys" / "sessions.csv").open(encoding="utf-8", newline="") as lines:
        for times, pages in list(csv.reader(lines))[1:]:
            visits[tuple(dict.fromkeys(map(scrub_path, pages.split(">>"))))] += int(times)
    holdout = Holdout(0.2)
    asked = [visit[:upto] for visit in visits if holdout.holds(visit) for upto in range(1, len(visit))]
    return Counter({visit: times for visit, times in visits.items() if not holdout.holds(visit)}), asked


def released(site: str, visits: Visits) -> Release:
    """Exact counts of all ordered pairs of what was visited."""
    pairs: Counter[tuple[ItemId, ItemId]] = Counter()
    for visit, times in visits.items():
        for at, earlier in enumerate(visit):
            for later in visit[at + 1 :]:
                pairs[earlier, later] += times
    return Release.of(
        pairs,
        site=site,
        source=Source.LOG,
        period=Period(),
        privacy=Privacy(2),
        bound=Bound(Unit.VISITOR, 1000),
    )


@pytest.mark.parametrize(
    ("read", "settings", "fewest"),
    [
        (msweb, Settings(), 20_000),
        (msweb, Settings(budget_bytes=12_000), 20_000),
        (govuk, Settings(), 400),
        (govuk, Settings(budget_bytes=40_000), 400),
    ],
)
def test_every_test_session_ranks_alike_everywhere(
    public_data: Path, tmp_path: Path, read: Reader, settings: Settings, fewest: int
) -> None:
    """The reference, ONNX Runtime, ONNX Runtime Web and the worker's own kernel agree to the last bit."""
    known, histories = read(public_data)
    model = train_model(released(read.__name__, known), settings=settings)
    index = {page: at for at, page in enumerate(model.trained.pages)}
    asked: list[Query] = [
        query([index[page] for page in reversed(history) if page in index][:RECENT]) for history in histories
    ]
    parity = verify_parity(model.onnx_bytes, asked)
    (by_onnx,) = onnx_web.scores_of([(model.onnx_bytes, asked)], tmp_path)
    (by_kernel,) = kernel_js.scores_of([(model.onnx_bytes, asked)], tmp_path)
    different = sum(
        not (np.array_equal(expected, actual) and np.array_equal(top(expected), top(actual)))
        for expected, *answers in zip(
            (model.trained.fitted.table.scores(*one) for one in asked), by_onnx, by_kernel, strict=True
        )
        for actual in answers
    )
    print(f"{read.__name__}: {len(asked):,} sessions, {different} different, {len(model.onnx_bytes):,} bytes")
    assert len(asked) >= fewest
    assert (different, parity.largest_difference) == (0, 0.0)
