"""The noise is exact: its distribution is the formula's, and OpenDP's."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable
from fractions import Fraction

import pytest

from edge_client.wire.release import Mechanism
from lambdas.make_release.mechanism import GaussianNoise, LaplaceNoise, noise_for
from lambdas.make_release.noise import Below, discrete_gaussian, discrete_laplace

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


@pytest.mark.parametrize("pairs", [1, 2, 4])
@pytest.mark.parametrize("mechanism", [Mechanism.DISCRETE_LAPLACE, Mechanism.DISCRETE_GAUSSIAN])
def test_the_threshold_hides_a_cell_of_one_device(mechanism: Mechanism, pairs: int) -> None:
    """Summed exactly, one device shows a cell of its own with probability at most delta, and barely so."""
    noise = noise_for(mechanism, pairs=pairs, epsilon_milli=1000, delta_exp=3)
    if isinstance(noise, LaplaceNoise):
        weigh: Callable[[int], float] = lambda x: math.exp(-abs(x) / float(noise.scale))  # noqa: E731
        share = 1.0
    else:
        assert isinstance(noise, GaussianNoise)
        variance = float(noise.variance)
        weigh, share = (lambda x: math.exp(-x * x / (2 * variance))), 0.5
    total = sum(weigh(x) for x in range(-2000, 2001))

    def shows(threshold: int) -> float:
        def reaches(count: int) -> float:
            return sum(weigh(x) for x in range(threshold - count, 2001)) / total

        return max(reaches(pairs), pairs * reaches(1))

    assert shows(noise.threshold) <= share * 1e-3
    assert shows(noise.threshold - 3) > share * 1e-3


@pytest.mark.parametrize("epsilon_milli", [100, 1000, 8000])
def test_gaussian_noise_is_worth_its_epsilon(epsilon_milli: int) -> None:
    """rho + 2 sqrt(rho ln(1/delta)) stays within epsilon, and uses nearly all of it."""
    noise = GaussianNoise(2, Fraction(epsilon_milli, 1000), Fraction(1, 10**6))
    rho = 2**2 / (2 * noise.variance)
    spent = rho + 2 * math.sqrt(rho * math.log(2 * 10**6))
    assert 0.999 * epsilon_milli / 1000 < spent <= epsilon_milli / 1000


def test_no_mechanism_is_no_noise() -> None:
    """A release of contributions without noise cannot be configured."""
    with pytest.raises(ValueError, match="carries noise"):
        noise_for(Mechanism.NONE, pairs=1, epsilon_milli=1000, delta_exp=6)
