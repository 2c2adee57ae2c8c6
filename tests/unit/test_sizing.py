"""A model is cut to the bytes that are allowed, by what keeps most of its accuracy."""

from __future__ import annotations

import math
import re
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.typing import NDArray

from consent_ledger.errors import Refused
from model_export.choosing.histories import walk_histories
from model_export.choosing.layout import Layout, Spread, Whole
from model_export.choosing.places import agreement, first_of, hit_of, ndcg_of, places_of
from model_export.choosing.sizing import FEWEST_NEIGHBOURS, HALVINGS, Fitted, fit_size
from model_export.learning.evaluate import Step, evaluate
from model_export.shipping.convert import graph_facts, read_table
from model_export.shipping.quantise import TableModel, quantise
from tests.support import layouts

PAGES = 400


def moves(number: int, *, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Moves of visitors who go on to a page after theirs, the nearest likeliest, or to any at all."""
    rng = np.random.default_rng(seed)
    rows = np.minimum(rng.zipf(1.3, size=number) - 1, PAGES - 1)
    near = (rows + rng.geometric(0.07, size=number)) % PAGES
    return rows, np.where(rng.random(number) < 0.8, near, rng.integers(0, PAGES, size=number))


@pytest.fixture(scope="module")
def model() -> TableModel:
    """Four hundred pages, the first ones busy, with up to 128 neighbours each."""
    rows, columns = moves(40_000, seed=1)
    return layouts.model_of(rows, columns, np.ones(len(rows)), pages=PAGES)


@pytest.fixture(scope="module")
def steps() -> tuple[Step, ...]:
    """Questions of other visitors who move alike, and one whose answer the model does not have."""
    pairs = zip(*moves(600, seed=2), strict=True)
    asked = [Step(at, (int(a),), frozenset({int(a)}), int(b)) for at, (a, b) in enumerate(pairs) if a != b]
    return (*asked, Step(9999, (3,), frozenset({3}), None))


@cache
def fitted(model: TableModel, steps: tuple[Step, ...], budget_bytes: int | None) -> Fitted:
    """The model cut to a budget."""
    return fit_size(model, gated=model, steps=steps, budget_bytes=budget_bytes, top_k=32)


def test_places_are_those_of_a_full_ranking(model: TableModel, steps: tuple[Step, ...]) -> None:
    """Counting what stands before an answer gives what sorting gives, one question after the other."""
    whole = Whole.of(model)
    for table in (quantise(model), whole.cut(Layout(Spread.VALUE, 5000, 4, 3))):
        accuracy = evaluate(table.scores, steps, pages=PAGES)
        places = places_of(table, steps)
        assert hit_of(places) == pytest.approx(accuracy.hit.mean)
        assert ndcg_of(places) == pytest.approx(accuracy.ndcg.mean)
        assert places[-1] == PAGES


def test_the_first_ten_are_those_of_a_full_ranking(model: TableModel, steps: tuple[Step, ...]) -> None:
    """Taking the few that reach the tenth score gives what sorting all gives, ties and seen pages too."""
    table = Whole.of(model).cut(Layout(Spread.EVEN, 900, 4))
    found = first_of(table, steps[:300])
    for step, row in zip(steps[:300], found, strict=True):
        scores = table.matrix()[list(step.recent)].toarray()[0] + table.popularity
        scores[list(step.seen)] = -np.inf
        assert row.tolist() == np.argsort(-scores, kind="stable")[:10].tolist()


def test_agreement_is_of_pages_and_weighs_early_places() -> None:
    """The same pages in any order agree wholly; a first place lost costs more than a last one."""
    expected = np.arange(10)[None, :]
    assert agreement(expected[:, ::-1], expected) == pytest.approx(1)
    lost_first, lost_last = expected.copy(), expected.copy()
    lost_first[0, 0], lost_last[0, 9] = 99, 99
    assert 0.7 < agreement(lost_first, expected) < agreement(lost_last, expected) < 1
    assert agreement(expected + 50, expected) == 0


def test_histories_follow_the_table_backwards(model: TableModel) -> None:
    """Each older page leads to the next one, none comes twice, and they are the same every time."""
    whole = Whole.of(model)
    walked = walk_histories(whole.table, whole.popularity)
    assert walked == walk_histories(whole.table, whole.popularity)
    assert {len(step.recent) for step in walked} == {1, 2, 3, 4, 5}
    for step in walked:
        assert len(step.seen) == len(step.recent)
        assert all(whole.table[older, newer] > 0 for newer, older in pairwise(step.recent))


def test_a_table_without_entries_has_histories_too() -> None:
    """Of one page each: popularity alone can be cut to size as well."""
    empty = sp.csr_matrix((4, 4))
    assert {len(step.recent) for step in walk_histories(empty, np.zeros(4, dtype=np.float32))} == {1}


def test_equal_scores_stand_by_index() -> None:
    """Where no score tells pages apart, the lower index is first, seen pages left out."""
    fitted_model = layouts.model(6, moves=1)
    table = Whole.of(fitted_model).cut(Layout(Spread.EVEN, 0))
    flat = type(table)(
        table.starts,
        table.neighbours,
        table.levels,
        8,
        table.scale,
        np.zeros(6, dtype=np.float32),
        table.rest,
    )
    assert places_of(flat, [Step(0, (0,), frozenset({0, 2}), 4)]).tolist() == [2]


def test_without_a_budget_every_page_keeps_as_many(model: TableModel, steps: tuple[Step, ...]) -> None:
    """The layout is that of `top_k`, and nothing else is looked at."""
    found = fitted(model, steps, None)
    lengths = np.diff(found.table.starts)
    assert found.size.layout == Layout(Spread.EVEN, Whole.of(model).even(32))
    assert lengths.max() == 32
    assert found.sizes == (found.size,)


@pytest.mark.parametrize("budget", [10_000, 15_000, 20_000])
def test_the_budget_is_kept_and_used(model: TableModel, steps: tuple[Step, ...], budget: int) -> None:
    """The file is no larger; the largest that was looked at is within a hundredth of the budget."""
    found = fitted(model, steps, budget)
    assert len(found.onnx_bytes) == found.size.file_bytes <= budget
    within = [size for size in found.sizes if size.file_bytes <= budget]
    assert max(size.file_bytes for size in within) >= 0.99 * budget
    assert read_table(found.onnx_bytes).entries == found.table.entries


def test_the_best_that_fits_ships(model: TableModel, steps: tuple[Step, ...]) -> None:
    """No size within the budget keeps a thousandth more, and none that keeps as much is smaller."""
    found = fitted(model, steps, 15_000)
    assert len(found.sizes) > HALVINGS
    kept = {size.file_bytes: round(1000 * size.kept) for size in found.sizes}
    best = max(kept.values())
    assert kept[found.size.file_bytes] == best
    assert found.size.file_bytes == min(length for length, share in kept.items() if share == best)


def test_layouts_of_every_kind_are_looked_at(model: TableModel, steps: tuple[Step, ...]) -> None:
    """Bits, factors and ways to prune are chosen among, not assumed."""
    looked_at = [size.layout for size in fitted(model, steps, 20_000).sizes]
    assert {layout.bits for layout in looked_at} == {4, 8}
    assert {layout.rank for layout in looked_at} == {0, 8}
    assert {layout.spread for layout in looked_at} == set(Spread)


def test_more_bytes_keep_more(model: TableModel, steps: tuple[Step, ...]) -> None:
    """The table from size to what is kept rises with size, up to all of it."""
    kept = [fitted(model, steps, budget).size.kept for budget in (10_000, 15_000, 20_000, 40_000)]
    assert all(later > earlier for earlier, later in pairwise(kept))
    assert kept[-1] > 0.98


def test_a_budget_that_nothing_fits_is_refused_with_the_least(
    model: TableModel, steps: tuple[Step, ...]
) -> None:
    """The message names a number of bytes, and with that many it works."""
    with pytest.raises(Refused, match=r"^training: no model fits 400 bytes") as caught:
        fitted(model, steps, 400)
    least = int(re.sub(",", "", str(caught.value).split()[-1]))
    found = fitted(model, steps, least)
    assert len(found.onnx_bytes) == least
    assert np.diff(found.table.starts).mean() <= FEWEST_NEIGHBOURS
    with pytest.raises(Refused):
        fitted(model, steps, least - 1)


def test_what_ships_does_not_hang_on_the_questions(model: TableModel, steps: tuple[Step, ...]) -> None:
    """They are the gate's: accuracy on them is told, and decides nothing. Without any it is nothing."""
    without, other = fitted(model, (), 15_000), fitted(model, steps, 15_000)
    assert without.onnx_bytes == other.onnx_bytes
    assert (without.size.hit, without.size.ndcg) == (0, 0)
    assert other.size.hit > 0.2


def test_the_even_spread_takes_the_largest_of_each_page(model: TableModel) -> None:
    """Every page keeps its three largest neighbours; by value a page may keep none."""
    whole = Whole.of(model)
    even = whole.cut(Layout(Spread.EVEN, whole.even(3))).matrix()
    for page in range(0, PAGES, 37):
        row = whole.table[[page]].toarray().ravel()
        kept = even[[page]].indices
        assert set(kept) <= set(np.argsort(-row, kind="stable")[:3])
    by_value = whole.cut(Layout(Spread.VALUE, whole.even(3)))
    assert by_value.matrix().sum() >= even.sum() - 1
    assert np.diff(by_value.starts).max() > 3


def test_progress_is_told(model: TableModel, steps: tuple[Step, ...]) -> None:
    """Every layout is announced, in order, and none beyond the total."""
    told: list[tuple[int, int]] = []
    fit_size(
        model, gated=model, steps=steps[:50], budget_bytes=12_000, top_k=32,
        progress=lambda name, done, total: told.append((done, total)),
    )  # fmt: skip
    assert [done for done, _ in told] == list(range(len(told)))
    assert {total for _, total in told} == {len(told)}


def test_bytes_a_page_are_those_of_the_arrays() -> None:
    """A million bytes hold ten thousand pages with about thirty neighbours far apart in eight bits."""
    pages, each = 10_000, 30
    row = np.repeat(np.arange(pages), each)
    columns = (row * 7 + np.tile(np.arange(each), pages) * 333) % pages
    model = layouts.model_of(row, columns, np.tile(np.arange(each, 0, -1), pages), pages=pages)
    found = fit_size(model, gated=model, steps=(), budget_bytes=None, top_k=each)
    assert graph_facts(found.onnx_bytes)["entries"] >= pages * (each - 1)
    assert len(found.onnx_bytes) <= pages * (each * 3 + 11) + 4096 <= 1_020_000
    assert math.isclose(len(found.onnx_bytes), 1_000_000, rel_tol=0.03)
