"""Whole numbers from random bytes: all equally likely, none from bytes that another was drawn from."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Iterator

import pytest

from lambdas.make_release.chance import Chance, seeded

RANGE = 2**64


def chance_of(*words: int) -> Chance:
    """Chance that falls on `words`, each of 64 bits, and then has no more."""
    waiting = iter([b"".join(word.to_bytes(8, "little") for word in words)])
    return Chance(lambda number: next(waiting))


@pytest.mark.parametrize("n", [2, 3, 10, 4001, 2**32 + 15, 2**64 - 1, 2**64])
def test_every_number_has_equally_many_words(n: int) -> None:
    """RANGE // n words side by side count for each number; the words before and after them do not."""
    share, left_over = divmod(RANGE, n)

    def first_word(number: int) -> int:
        return -(-(number * RANGE + left_over) // n)

    for number in (0, n // 2, n - 1):
        first = first_word(number)
        last, others = first + share - 1, first_word((number + 1) % n)
        assert [chance_of(word).below(n) for word in (first, last)] == [number, number]
        beside = [word for word in (first - 1, last + 1) if 0 <= word < RANGE]
        assert number not in [chance_of(word, others).below(n) for word in beside]


def test_a_word_that_is_left_over_is_drawn_again() -> None:
    """2 ** 64 is 1 more than a multiple of 3: word 0 counts for no number."""
    assert chance_of(0, RANGE - 1).below(3) == 2
    assert chance_of(1).below(3) == 0


@pytest.mark.parametrize("n", [2, 7, 2**64 + 1, 3 * 2**70])
def test_numbers_are_equally_likely(n: int) -> None:
    """Seven equal parts of the numbers below n come equally often, also where n is more than a word."""
    below, draws, parts = Chance(random.Random(4).randbytes).below, 14_000, min(n, 7)
    seen = Counter(below(n) * parts // n for _ in range(draws))
    expected = draws / parts
    statistic = sum((seen[part] - expected) ** 2 / expected for part in range(parts))
    # Five standard deviations above the mean of a chi-square.
    assert statistic < (parts - 1) + 5 * math.sqrt(2 * (parts - 1))
    assert all(0 <= part < parts for part in seen)


def test_no_bytes_are_used_twice() -> None:
    """Words come in the order of the source, each once, over the end of what was asked for at once."""
    asked: list[int] = []

    def count_up() -> Iterator[int]:
        yield from range(10_000)

    numbers = count_up()

    def source(number: int) -> bytes:
        asked.append(number)
        return b"".join(next(numbers).to_bytes(8, "little") for _ in range(number // 8))

    chance = Chance(source)
    assert asked == []
    assert [chance.below(RANGE) for _ in range(3000)] == list(range(3000))
    assert len(asked) == 3


def test_a_seed_stands_for_one_sequence() -> None:
    """The same seed draws the same numbers, another seed others; no two askings get the same bytes."""
    same = [[Chance(seeded(bytes(32))).below(RANGE) for _ in range(1)] for _ in range(2)]
    one, other = Chance(seeded(bytes(32))), Chance(seeded(bytes(31) + b"1"))
    drawn = [one.below(RANGE) for _ in range(5000)]
    assert same == [drawn[:1], drawn[:1]]
    assert len({*drawn, *(other.below(RANGE) for _ in range(5000))}) == 10_000
