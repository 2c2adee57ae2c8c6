"""Uniform whole numbers from a source of random bytes, which is asked for many at once."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Callable, Iterator
from itertools import count
from typing import Final, TypeAlias

Source: TypeAlias = Callable[[int], bytes]

_BITS: Final = 64
_WORDS_AT_ONCE: Final = 1024
_RANGE: Final = 1 << _BITS
_MASK: Final = _RANGE - 1


class Chance:
    """Draws from `source`, which returns so many random bytes; a byte of it counts in one draw alone.

    To ask an operating system for eight bytes takes longer than to make a number of them.
    Nothing is asked for before the first draw.
    """

    def __init__(self, source: Source) -> None:
        self._words = _words(source)

    def below(self, n: int) -> int:
        """Draw a whole number from 0 to n - 1, all equally likely; n is positive.

        D. Lemire, "Fast random integer generation in an interval" (2019).
        """
        if n > _RANGE:
            return self._below_many(n)
        for word in self._words:
            product = word * n
            rest = product & _MASK
            # What is left over of all words when each number has got equally many is drawn again.
            if rest >= n or rest >= _RANGE % n:
                return product >> _BITS
        raise AssertionError("words never end")

    def _below_many(self, n: int) -> int:
        bits = (n - 1).bit_length()
        while True:
            drawn, held = 0, 0
            while held < bits:
                drawn, held = drawn << _BITS | next(self._words), held + _BITS
            drawn >>= held - bits
            if drawn < n:
                return drawn


def seeded(seed: bytes) -> Source:
    """Return the source that a secret seed of 32 bytes stands for: the same seed, the same bytes.

    SHAKE256 of the seed and the number of the asking (FIPS 202): who has not the seed can tell it from
    chance no better than they can break that.
    """
    asked = count()
    return lambda number: hashlib.shake_256(seed + next(asked).to_bytes(8)).digest(number)


def _words(source: Source) -> Iterator[int]:
    while True:
        yield from array("Q", source(_WORDS_AT_ONCE * _BITS // 8))
