"""What protects the units of a release: a fewest count, a mechanism with its parameters, and a bound."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from consent_ledger.errors import Malformed, Untrue

FEWEST_K = 2
MOST_PARTS = 1_000_000
SMALLEST_DELTA_EXP = 64
_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)


class Mechanism(StrEnum):
    """The noise that was added to every cell."""

    NONE = "none"
    DISCRETE_LAPLACE = "discrete-laplace"
    DISCRETE_GAUSSIAN = "discrete-gaussian"


class Unit(StrEnum):
    """Whose presence or absence the contribution bound, and so epsilon, speaks of."""

    VISITOR = "visitor"
    SESSION = "session"
    DEVICE_WEEK = "device-week"
    MOVE = "move"


@dataclass(frozen=True, slots=True)
class Bound:
    """The most distinct page pairs that one unit adds to."""

    unit: Unit
    pairs: int

    def __post_init__(self) -> None:
        if not is_count(self.pairs) or self.pairs < 1:
            raise Malformed("release: bound is not a positive number of pairs")

    def footprint(self, parts: int) -> Footprint:
        """What one unit can change at most, when a whole unit is `parts`.

        A device may send one pair as often as it may send pairs at all: its unit is in one cell, then.
        """
        if parts > 1:
            return Footprint(total=parts, cells=min(parts, self.pairs), most=parts)
        return Footprint(
            total=self.pairs, cells=self.pairs, most=self.pairs if self.unit is Unit.DEVICE_WEEK else 1
        )


@dataclass(frozen=True, slots=True)
class Footprint:
    """The most that one unit changes: `total` over all cells, at most `cells` of them, by `most` in each.

    In the unit of cells. All are positive whole numbers.
    """

    total: int
    cells: int
    most: int

    @property
    def square(self) -> int:
        """The largest sum of squares: what the Euclidean norm's square can reach."""
        # Squares add up to most where a unit is in as few cells as it can be.
        whole, rest = divmod(self.total, self.most)
        return whole * self.most**2 + rest**2


@dataclass(frozen=True, slots=True)
class Privacy:
    """What protects the units: the fewest whole units in a cell, and a mechanism with its parameters.

    `epsilon_milli` is epsilon in thousandths; delta is 10 to the power of minus `delta_exp`.
    """

    k: int
    mechanism: Mechanism = Mechanism.NONE
    epsilon_milli: int | None = None
    delta_exp: int | None = None

    def __post_init__(self) -> None:
        if not is_count(self.k) or self.k < FEWEST_K:
            raise Untrue(f"release: k is not a number of at least {FEWEST_K}")
        for number in (self.epsilon_milli, self.delta_exp):
            if number is not None and (not is_count(number) or number < 1):
                raise Malformed("release: epsilon or delta is not a positive whole number")
        if self.delta_exp is not None and self.delta_exp > SMALLEST_DELTA_EXP:
            raise Malformed("release: delta is smaller than any that is meant")
        if (self.mechanism is Mechanism.NONE) != (self.epsilon_milli is None):
            raise Untrue("release: noise and epsilon must be named together or not at all")
        if self.mechanism is Mechanism.NONE and self.delta_exp is not None:
            raise Untrue("release: delta is named without noise")
        if self.mechanism is Mechanism.DISCRETE_GAUSSIAN and self.delta_exp is None:
            raise Untrue("release: gaussian noise is named without delta")

    @property
    def epsilon(self) -> Fraction | None:
        """Epsilon, exactly; None without noise."""
        return None if self.epsilon_milli is None else Fraction(self.epsilon_milli, 1000)

    @property
    def delta(self) -> Fraction:
        """Delta, exactly; 0 when none is named."""
        return Fraction(0) if self.delta_exp is None else Fraction(1, 10**self.delta_exp)


@dataclass(frozen=True, slots=True)
class PublicPairs:
    """A public list of the page pairs that could be there: how many, and the SHA-256 of its bytes in hex."""

    count: int
    sha256: str

    def __post_init__(self) -> None:
        # TypeError, for what is no text, is the reader's to translate.
        if not is_count(self.count) or not _HASH.fullmatch(self.sha256):
            raise Malformed("release: candidates are not a number and a hash")


def is_count(value: object) -> bool:
    """Say whether `value` is a whole number from 0 to 2^53 - 1."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53
