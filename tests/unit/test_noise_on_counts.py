"""Noise on counts: its size, its thresholds, and what it costs."""

from __future__ import annotations

import math
import statistics
from typing import Any

import opendp.prelude as dp
import pytest

from consent_ledger.errors import Refused
from edge_client.wire.candidates import Candidates
from edge_client.wire.noise import Noise
from edge_client.wire.release import Bound, Mechanism, Privacy, Unit
from model_export.releasing.noise import Noisy
from model_export.releasing.noise import add_noise_to_known as add_to_known
from model_export.releasing.noise import add_noise_to_occurring as add_to_occurring
from model_export.releasing.plan import Plan

LAPLACE = Privacy(2, Mechanism.DISCRETE_LAPLACE, 1000, 6)
GAUSSIAN = Privacy(2, Mechanism.DISCRETE_GAUSSIAN, 1000, 6)
CELLS = [(0, at) for at in range(1, 2001)]
PUBLIC = Candidates("0" * 64, tuple(CELLS))


def plan(privacy: Privacy, pairs: int, *, public: bool, parts: int = 1) -> Plan:
    """What a release of visitors' counts on these terms settles beforehand."""
    bound = Bound(Unit.VISITOR, pairs)
    noise = Noise.least(privacy, bound.footprint(parts), occurring=not public)
    return Plan(privacy, bound, parts, PUBLIC if public else None, noise)


def add_noise_to_known(
    counts: dict[tuple[int, int], int], cells: list[tuple[int, int]], *, privacy: Privacy, pairs: int
) -> Noisy:
    return add_to_known(counts, cells, plan=plan(privacy, pairs, public=True))


def add_noise_to_occurring(
    counts: dict[tuple[int, int], int], *, privacy: Privacy, pairs: int, parts: int = 1
) -> Noisy:
    return add_to_occurring(counts, plan=plan(privacy, pairs, public=False, parts=parts))


def test_laplace_noise_is_centred_and_as_wide_as_the_bound_over_epsilon() -> None:
    """Two pairs a visitor at epsilon 1 make a scale of 2: a standard deviation near 2.8."""
    noisy = add_noise_to_known(dict.fromkeys(CELLS, 1000), CELLS, privacy=LAPLACE, pairs=2).counts
    errors = [count - 1000 for count in noisy.values()]
    assert len(errors) == len(CELLS)
    assert abs(statistics.mean(errors)) < 0.4
    assert statistics.pstdev(errors) == pytest.approx(2 * math.sqrt(2), rel=0.15)


def test_gaussian_noise_grows_with_the_root_of_the_bound() -> None:
    """Sixteen pairs need four times the deviation of one pair, not sixteen times."""
    spreads = []
    for pairs in (1, 16):
        noisy = add_noise_to_known(dict.fromkeys(CELLS, 1000), CELLS, privacy=GAUSSIAN, pairs=pairs).counts
        spreads.append(statistics.pstdev(noisy.values()))
    assert spreads[1] / spreads[0] == pytest.approx(4, rel=0.15)


def test_noise_alone_hardly_ever_makes_a_cell() -> None:
    """Of two thousand known pairs that nobody made, about one is released.

    A single release shows none more often than not, and now and then ten: forty are looked at together.
    """
    shown = [len(add_noise_to_known({}, CELLS, privacy=LAPLACE, pairs=1).counts) for _ in range(40)]
    assert sum(shown) <= 40 * 4
    assert shown.count(0) >= 8


@pytest.mark.parametrize("mechanism", [Mechanism.DISCRETE_LAPLACE, Mechanism.DISCRETE_GAUSSIAN])
def test_a_pair_that_one_visitor_made_stays_out(mechanism: Mechanism) -> None:
    """At a delta of 1e-12, none of two thousand lone pairs is released; frequent ones are.

    At a delta of a millionth one of them would be, once in some six hundred runs.
    """
    privacy = Privacy(2, mechanism, 1000, 12)
    counts = dict.fromkeys(CELLS, 1) | {(9, 9): 500}
    assert list(add_noise_to_occurring(counts, privacy=privacy, pairs=1).counts) == [(9, 9)]


def test_the_threshold_is_never_under_k() -> None:
    """Noise does not excuse a count under k."""
    strict = Privacy(400, Mechanism.DISCRETE_LAPLACE, 500, 3)
    noisy = add_noise_to_occurring(dict.fromkeys(CELLS, 399), privacy=strict, pairs=1).counts
    assert noisy
    assert all(count >= 400 for count in noisy.values())
    assert 500 < len(noisy) < 1000


def test_the_threshold_pays_for_unknown_pairs() -> None:
    """At epsilon 1 a lone pair passes with a probability of at most a millionth; less would not do."""
    threshold = add_noise_to_occurring({}, privacy=LAPLACE, pairs=1).threshold
    passes = math.exp(-(threshold - 1)) / (1 + math.exp(-1))
    assert passes <= 1e-6 < passes * math.e


@pytest.mark.parametrize("mechanism", [Mechanism.DISCRETE_LAPLACE, Mechanism.DISCRETE_GAUSSIAN])
def test_a_lone_visitor_shows_no_oftener_than_delta(mechanism: Mechanism) -> None:
    """Of many visitors with a pair of their own, the measured share that shows at all is at most delta."""
    loose = Privacy(2, mechanism, 1000, 3)
    visitors = 30_000
    alone = {(visitor, visitor): 1 for visitor in range(visitors)}
    shown = add_noise_to_occurring(alone, privacy=loose, pairs=1).counts
    # Expected at most 30; five standard deviations above that is 58.
    assert len(shown) <= 58


def test_without_epsilon_there_is_no_noise_to_add() -> None:
    """Being asked for noise without a budget is refused."""
    with pytest.raises(Refused, match=r"^noise: "):
        add_noise_to_known({}, CELLS, privacy=Privacy(2), pairs=1)


def test_nothing_counted_is_nothing_released() -> None:
    """An empty log makes an empty release, with noise too."""
    assert add_noise_to_occurring({}, privacy=LAPLACE, pairs=1).counts == {}


@pytest.mark.parametrize("mechanism", [Mechanism.DISCRETE_LAPLACE, Mechanism.DISCRETE_GAUSSIAN])
@pytest.mark.parametrize("epsilon_milli", [300, 1000, 4000])
def test_opendp_finds_no_shape_of_a_visitor_that_shows_oftener_than_delta(
    mechanism: Mechanism, epsilon_milli: int
) -> None:
    """Parted evenly among any number of pairs, a visitor's cells show with the probability that was given."""
    settled = plan(Privacy(2, mechanism, epsilon_milli, 6), 190, public=False, parts=5040)
    noise, threshold = settled.noise, settled.stability_threshold
    assert noise is not None
    assert threshold is not None
    dp.enable_features("contrib")
    space = dp.map_domain(dp.atom_domain(T=int), dp.atom_domain(T=int))
    laplace = mechanism is Mechanism.DISCRETE_LAPLACE
    metric = (dp.l01inf_distance if laplace else dp.l02inf_distance)(dp.absolute_distance(T=int))
    build: Any = dp.m.make_laplace_threshold if laplace else dp.m.make_gaussian_threshold
    # OpenDP states the delta of values above the threshold, and releases one that equals it, too.
    theirs = build(space, metric, scale=float(noise.scale), threshold=threshold - 1)
    worst = 0.0
    for pairs in (1, 2, 3, 10, 50, 189, 190):
        each = 5040 // pairs
        norm = each * pairs if laplace else math.isqrt(each * each * pairs - 1) + 1
        worst = max(worst, theirs.map((pairs, norm, each))[1])
    given = 1e-6 if laplace else 5e-7
    assert given * 0.5 < worst <= given
