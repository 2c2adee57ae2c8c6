"""Chance as an argument: uniform draws from whatever source of random bytes the host hands in."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Dice:
    """Uniform draws over `draw(n) -> n random bytes` (WebCrypto in the browser, a seed in tests)."""

    draw: Callable[[int], bytes]

    def below(self, bound: int) -> int:
        """Return an integer drawn uniformly from [0, bound); `bound` is at least 1 and at most 2^64."""
        if not 1 <= bound <= 1 << 64:
            raise ValueError("dice: the bound must lie between 1 and 2^64")
        width = max(1, ((bound - 1).bit_length() + 7) // 8)
        # Rejection, not a remainder: a remainder would favour the small numbers.
        limit = (1 << (8 * width)) // bound * bound
        while True:
            number = int.from_bytes(self.draw(width), "big")
            if number < limit:
                return number % bound

    def choose(self, options: Sequence[T]) -> T:
        """Return one of `options`, each as likely as the others; `options` is not empty."""
        return options[self.below(len(options))]

    def sample(self, bound: int, count: int) -> tuple[int, ...]:
        """Return `count` distinct integers from [0, bound) in random order (Floyd would keep them sorted)."""
        taken: list[int] = []
        while len(taken) < min(count, bound):
            number = self.below(bound)
            if number not in taken:
                taken.append(number)
        return tuple(taken)


@dataclass(frozen=True, slots=True)
class Chance:
    """The two kinds of chance on a device: `visible` draws show outside (times, ids), `hidden` ones never do.

    Kept apart so that what is visible cannot depend on how many hidden draws a history has used up.
    """

    visible: Dice
    hidden: Dice


def dice_of(seed: bytes) -> Dice:
    """Return dice that fall as `seed` says and no other way: SHA-256 of the seed and a counter, block by
    block. Whoever keeps the seed can let them fall again."""
    blocks = (hashlib.sha256(seed + number.to_bytes(8, "big")).digest() for number in itertools.count())
    stream = (byte for block in blocks for byte in block)
    return Dice(lambda count: bytes(itertools.islice(stream, count)))
