"""The noise is exact: its distribution is the formula's, and OpenDP's."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import accumulate

import pytest

from consent_ledger.errors import Untrue
from edge_client.wire.noise import Noise
from edge_client.wire.release import Bound, Mechanism, Privacy, Unit
from lambdas.make_release.mechanism import noise_for
from lambdas.make_release.noise import Below, discrete_gaussian, discrete_laplace
from tests.support.measuring import TASK

DRAWS = 20_000


def sample(draw: Callable[[Below], int], seed: int = 1) -> Counter[int]:
    below = random.Random(seed).randrange
    return Counter(draw(below) for _ in range(DRAWS))


def chi_square(observed: Counter[int], probability: Callable[[int], float]) -> tuple[float, int]:
    """Pearson's statistic over cells that expect at least ten, the rest as one cell; and how many cells."""
    cells = [x for x in range(-200, 201) if DRAWS * probability(x) >= 10]
    expected = [DRAWS * probability(x) for x in cells]
    seen = [observed[x] for x in cells]
    expected.append(DRAWS - sum(expected))
    seen.append(DRAWS - sum(seen))
    return sum((s - e) ** 2 / e for s, e in zip(seen, expected, strict=True)), len(seen)


def fits(observed: Counter[int], probability: Callable[[int], float]) -> bool:
    statistic, cells = chi_square(observed, probability)
    # Five standard deviations above the mean of a chi-square: a right sampler fails once in a million.
    return statistic < (cells - 1) + 5 * math.sqrt(2 * (cells - 1))


@pytest.mark.parametrize("scale", [Fraction(1, 3), Fraction(1), Fraction(5, 2), Fraction(4)])
def test_discrete_laplace_has_its_distribution(scale: Fraction) -> None:
    """P(x) = (1 - a) / (1 + a) a^|x| with a = exp(-1 / scale)."""
    ratio = math.exp(-1 / scale)
    observed = sample(lambda below: discrete_laplace(scale, below))
    assert fits(observed, lambda x: (1 - ratio) / (1 + ratio) * ratio ** abs(x))


@pytest.mark.parametrize("variance", [Fraction(1, 4), Fraction(1), Fraction(9), Fraction(60018, 625)])
def test_discrete_gaussian_has_its_distribution(variance: Fraction) -> None:
    """P(x) is proportional to exp(-x^2 / (2 variance))."""
    total = sum(math.exp(-x * x / (2 * variance)) for x in range(-400, 401))
    observed = sample(lambda below: discrete_gaussian(variance, below))
    assert fits(observed, lambda x: math.exp(-x * x / (2 * variance)) / total)


def test_a_wrong_scale_does_not_fit() -> None:
    """The test above can fail: noise of scale 2 is not taken for noise of scale 2.5."""
    ratio = math.exp(-1 / 2.5)
    observed = sample(lambda below: discrete_laplace(Fraction(2), below))
    assert not fits(observed, lambda x: (1 - ratio) / (1 + ratio) * ratio ** abs(x))


@pytest.mark.parametrize(
    ("draw", "parameter", "most"),
    [
        (discrete_laplace, Fraction(13_334, 1000), 9),
        (discrete_laplace, Fraction(4000), 9),
        (discrete_gaussian, Fraction(9877, 1000) ** 2, 14),
        (discrete_gaussian, Fraction(98_770) ** 2, 14),
    ],
)
def test_a_draw_takes_little_chance_however_wide_it_is(
    draw: Callable[[Fraction, Below], int], parameter: Fraction, most: int
) -> None:
    """So few numbers a draw on average, or else a week of millions of pairs outlasts its function."""
    chance, asked = random.Random(1), 0

    def below(n: int) -> int:
        nonlocal asked
        asked += 1
        return chance.randrange(n)

    for _ in range(4000):
        draw(parameter, below)
    assert asked / 4000 < most


@pytest.mark.parametrize("mechanism", ["laplace", "gaussian"])
def test_opendp_draws_from_the_same_distribution(mechanism: str) -> None:
    """Two samples, ours and the maintained library's, cannot be told apart (Kolmogorov and Smirnov)."""
    dp = pytest.importorskip("opendp.prelude")
    dp.enable_features("contrib")
    space = dp.atom_domain(T=int), dp.absolute_distance(T=int)
    if mechanism == "laplace":
        theirs = space >> dp.m.then_laplace(scale=4.0)
        ours = sample(lambda below: discrete_laplace(Fraction(4), below))
    else:
        theirs = space >> dp.m.then_gaussian(scale=4.0)
        ours = sample(lambda below: discrete_gaussian(Fraction(16), below))
    drawn = Counter(theirs(0) for _ in range(DRAWS))
    furthest = reached = 0
    for x in range(min(*ours, *drawn), max(*ours, *drawn) + 1):
        reached += ours[x] - drawn[x]
        furthest = max(furthest, abs(reached))
    # Critical distance for two samples of n at one in a million: 2.65 sqrt(2 / n).
    assert furthest / DRAWS < 2.65 * math.sqrt(2 / DRAWS)


@pytest.mark.parametrize("parts", [1, 60])
@pytest.mark.parametrize("pairs", [1, 2, 4])
@pytest.mark.parametrize("mechanism", [Mechanism.DISCRETE_LAPLACE, Mechanism.DISCRETE_GAUSSIAN])
def test_the_threshold_hides_a_cell_of_one_device(mechanism: Mechanism, pairs: int, parts: int) -> None:
    """Summed exactly over every way to spread it, one device shows a cell of its own at most delta often."""
    privacy = Privacy(2, mechanism, 1000, 3)
    footprint = Bound(Unit.DEVICE_WEEK, pairs).footprint(parts)
    noise = Noise.least(privacy, footprint, occurring=True)
    assert noise is not None
    scale = float(noise.scale)
    weigh: Callable[[int], float] = lambda x: math.exp(-abs(x) / scale)  # noqa: E731 -- one of two formulas
    share = 1.0
    if mechanism is Mechanism.DISCRETE_GAUSSIAN:
        weigh, share = (lambda x: math.exp(-x * x / (2 * scale**2))), 0.5
    span = 40 * footprint.total * 10
    weights = [weigh(x) for x in range(-span, span + 1)]
    tails = list(accumulate(reversed(weights)))
    total = tails[-1]

    def shows(threshold: int) -> float:
        def reaches(count: int) -> float:
            return tails[span - (threshold - count)] / total

        worst = [0.0] + [-1.0] * footprint.total
        for _ in range(footprint.cells):
            # One more cell, of every size that what is left allows.
            worst = [
                max([worst[spent], *(worst[spent - size] + reaches(size) for size in range(1, spent + 1))])
                for spent in range(footprint.total + 1)
            ]
        return worst[footprint.total]

    threshold = noise.threshold_for(privacy, floor=2)
    assert shows(threshold) <= share * 1e-3
    assert shows(threshold - 2 - 2 * parts) > share * 1e-3


@pytest.mark.parametrize("epsilon_milli", [100, 1000, 8000])
def test_gaussian_noise_is_worth_its_epsilon(epsilon_milli: int) -> None:
    """OpenDP, asked independently, finds that the noise spends at most epsilon, and nearly all of it."""
    dp = pytest.importorskip("opendp.prelude")
    dp.enable_features("contrib")
    noise = noise_for(
        replace(TASK, pairs_per_week=2, epsilon_milli=epsilon_milli),
        Mechanism.DISCRETE_GAUSSIAN,
        occurring=True,
    )
    space = dp.vector_domain(dp.atom_domain(T=int)), dp.l2_distance(T=float)
    theirs = dp.m.make_gaussian(*space, scale=float(noise.scale))
    spent = dp.c.make_zCDP_to_approxDP(theirs).map(2.0).epsilon(5e-7)
    assert 0.999 * epsilon_milli / 1000 < spent <= epsilon_milli / 1000 * (1 + 1e-6)


def test_no_mechanism_is_no_noise() -> None:
    """A release of contributions without noise cannot be configured."""
    with pytest.raises(Untrue, match=r"^release: noise and epsilon"):
        noise_for(TASK, Mechanism.NONE, occurring=True)
