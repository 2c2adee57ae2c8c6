"""Telling two models apart by a week of moves: how sure that is, and what the gate makes of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from edge_client.wire.paths import ItemId
from edge_client.wire.release import Release
from lambdas.propose_model.comparison import Question as Cell
from lambdas.propose_model.comparison import ask, difference, popularity_of, questions_of
from lambdas.propose_model.gate import Contest, judge
from model_export.learning.evaluate import first_of_row
from tests.support.proposing import PAGES, release_of


def test_a_page_is_found_where_training_ranks_it() -> None:
    """Hit and gain of every target, over scores with many ties: its place in the ranking, or none."""
    rng = np.random.default_rng(3)
    for pages in (2, 9, 10, 11, 40):
        scores = rng.integers(0, 5, size=(pages, pages)).astype(np.float64)
        cells = tuple(Cell(0, target, 1.0, 0.0, 1) for target in range(1, pages))
        made = ask(scores.__getitem__, cells, pages=pages, ranking=first_of_row)
        alone = scores[0].copy()
        alone[0] = -np.inf
        order = sorted(range(pages), key=lambda page: (-alone[page], page))
        places = [order.index(cell.target) for cell in cells]
        assert made.hits.tolist() == [place < 5 for place in places]
        assert made.gains.tolist() == pytest.approx(
            [1 / np.log2(place + 2) if place < 10 else 0.0 for place in places]
        )
        assert first_of_row(alone, min(10, pages)).tolist() == order[:10]


def test_a_difference_is_as_sure_as_its_moves() -> None:
    """Few moves, dependent moves and noise each widen the interval; without any move nothing is known."""

    def width(moves: float, variance: float, pairs: int) -> float:
        cells = tuple(Cell(0, at, moves, variance, pairs) for at in range(1, 5))
        found = difference(np.array([1.0, 1.0, 0.0, 1.0]), np.array([0.0, 1.0, 1.0, 0.0]), cells)
        assert found.mean == 0.25
        assert found.low < found.mean < found.high
        return found.high - found.low

    plain = width(100, 0, 1)
    assert width(1_000, 0, 1) < plain < width(100, 0, 4)
    assert plain < width(100, 400, 1)
    assert difference(np.zeros(0), np.zeros(0), ()).low == -1.0


def test_a_few_moves_that_all_agree_are_no_certainty() -> None:
    """One cell of twelve moves that one model answers and the other does not: an interval, and no verdict."""
    cells = (Cell(0, 1, 12.0, 0.0, 1),)
    found = difference(np.ones(1), np.zeros(1), cells)
    assert found.mean == 1.0
    assert found.low < 0.7
    assert found.high == 1.0
    base = ask(lambda page: np.zeros(9), cells, pages=9, ranking=first_of_row)
    sure, lost = replace(base, hits=np.ones(1)), replace(base, hits=np.zeros(1))
    few = Contest(cells, sure, lost, {}, frozenset(), model_bytes=1, parity_queries=1)
    many = replace(few, questions=(Cell(0, 1, 120.0, 0.0, 1),))
    dependent = replace(few, questions=(Cell(0, 1, 120.0, 0.0, 4),))
    assert [judge(contest)[0].held for contest in (few, many, dependent)] == [False, True, False]


def test_few_moves_are_held_certain_no_oftener_than_the_interval_says() -> None:
    """Sixty moves whose outcomes are even, drawn four thousand times: above nought in 2.5 % of them."""
    rng = np.random.default_rng(7)
    wins = 0
    for _ in range(4_000):
        up, down = rng.multinomial(60, [0.1, 0.1, 0.8])[:2]
        cells = tuple(
            Cell(0, at, float(moves), 0.0, 1) for at, moves in enumerate((up, down, 60 - up - down), start=1)
        )
        wins += difference(np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0]), cells).low > 0
    assert wins <= 120


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    """Moves drawn anew five hundred times, with noise: 95 % of the intervals, give or take, hold the mean."""
    rng = np.random.default_rng(5)
    rates = rng.uniform(20, 200, 40)
    one, other = rng.integers(0, 2, 40).astype(float), rng.integers(0, 2, 40).astype(float)
    truth = float((rates * (one - other)).sum() / rates.sum())
    held = 0
    for _ in range(500):
        moves = np.maximum(rng.poisson(rates) + rng.normal(0, 6, 40), 1)
        cells = tuple(Cell(0, at, float(each), 36.0, 1) for at, each in enumerate(moves, start=1))
        found = difference(one, other, cells)
        held += found.low <= truth <= found.high
    assert 450 <= held <= 500


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("beats-live", {"candidate": np.zeros(40)}),
        ("not-below-popularity", {"popularity": np.ones(40), "candidate": np.repeat([1.0, 0.0], [39, 1])}),
        ("coverage", {"named": frozenset(range(7))}),
        ("essential", {"named": frozenset(range(1, 10))}),
        ("size", {"model_bytes": 1_048_577}),
        ("parity", {"parity_queries": 0}),
        ("finite", {"is_finite": False}),
    ],
)
def test_each_check_fails_for_its_own_reason(name: str, change: dict[str, object]) -> None:
    """An honest candidate passes all; with one thing worse, that check alone fails."""

    def contest(**changed: object) -> Contest:
        given: dict[str, object] = {
            "candidate": np.ones(40),
            "popularity": np.zeros(40),
            "named": frozenset(range(10)),
            "model_bytes": 1_000,
            "parity_queries": 5,
            "is_finite": True,
            **changed,
        }
        cells = tuple(Cell(0, at, 50.0, 1.0, 1) for at in range(1, 41))
        base = ask(lambda page: np.zeros(50), cells, pages=50, ranking=first_of_row)
        live = replace(base, hits=np.repeat([1.0, 0.0], [10, 30]), named=frozenset(range(9)))
        candidate = replace(base, hits=given["candidate"], named=given["named"], is_finite=given["is_finite"])
        baselines = {"popularity": replace(base, hits=given["popularity"])}
        return Contest(
            cells,
            candidate,
            live,
            baselines,
            frozenset({0}),
            given["model_bytes"],  # type: ignore[arg-type]  # chosen above
            given["parity_queries"],  # type: ignore[arg-type]  # chosen above
        )

    assert all(check.held for check in judge(contest()))
    failed = [check.name for check in judge(contest(**change)) if not check.held]
    assert failed == [name]


def test_only_cells_between_pages_of_the_catalogue_are_questions() -> None:
    """Of two weeks the same pair is one question; popularity counts where moves lead."""
    weeks = tuple(Release.parse(release_of(week)) for week in ("2026-W09", "2026-W10"))
    cells = questions_of(weeks, PAGES[:2])
    assert [(cell.source, cell.target) for cell in cells] == [(0, 1)]
    assert cells[0].moves == 1_800
    assert cells[0].noise_variance == pytest.approx(2 * weeks[0].noise_scale ** 2)
    assert popularity_of(weeks, PAGES)(0).tolist()[:3] == [0, 1_800, 600]
    assert ItemId("/") == PAGES[0]
