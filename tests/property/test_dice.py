"""Dice: every outcome is possible, none is outside, and none is favoured."""

from __future__ import annotations

import itertools
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_client.dice import Dice
from tests.support.pages import dice

SEEDS = st.integers(0, 2**32)


@given(bound=st.integers(1, 2**64), seed=SEEDS)
def test_a_draw_lies_below_its_bound(bound: int, seed: int) -> None:
    """Whatever the source of bytes gives."""
    assert 0 <= dice(seed).below(bound) < bound


@pytest.mark.parametrize("bound", [1, 2, 3, 5, 7, 10, 100, 128, 200, 255, 256, 257, 1000, 4097, 65_535])
def test_each_outcome_has_exactly_as_many_sources_as_the_others(bound: int) -> None:
    """Over all bytes that can come, counted out: what is rejected is what a remainder would have favoured."""
    width = max(1, ((bound - 1).bit_length() + 7) // 8)
    outcomes: Counter[int] = Counter()
    for number in range(1 << (8 * width)):
        draws = iter((number.to_bytes(width, "big"), b"\0" * width))
        drawn = Dice(lambda _, draws=draws: next(draws)).below(bound)  # type: ignore[misc]  # bound now
        if next(draws, None) is not None:
            outcomes[drawn] += 1
    assert set(outcomes) == set(range(bound))
    assert len(set(outcomes.values())) == 1


@pytest.mark.parametrize("bound", [0, -1, 2**64 + 1])
def test_a_bound_without_meaning_is_an_error(bound: int) -> None:
    """There is nothing below nothing."""
    with pytest.raises(ValueError, match=r"^dice: "):
        dice(0).below(bound)


@given(bound=st.integers(1, 40), count=st.integers(0, 50), seed=SEEDS)
def test_a_sample_has_no_doubles(bound: int, count: int, seed: int) -> None:
    """As many as asked for, or all there are, each once."""
    taken = dice(seed).sample(bound, count)
    assert len(taken) == len(set(taken)) == min(count, bound)
    assert set(taken) <= set(range(bound))


def test_every_order_of_a_sample_comes_up() -> None:
    """The order is drawn too: which of some things goes first says nothing."""
    seen = {dice(seed).sample(3, 3) for seed in range(200)}
    assert seen == set(itertools.permutations(range(3)))


@given(options=st.lists(st.text(), min_size=1), seed=SEEDS)
def test_a_choice_is_one_of_the_options(options: list[str], seed: int) -> None:
    """Nothing else can come out."""
    assert dice(seed).choose(options) in options
