"""The attacker who lays releases beside one another, or one beside what is known, and takes differences."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest

from edge_client.wire.release import Mechanism, Privacy, Release
from model_export.aggregate import Terms, aggregate
from model_export.reading import Choice, Format, Reading
from model_export.visits import Limits
from tests.support.canary_paths import Aviary, from_a_table, strongest
from tests.support.linking import linked_triples, msweb_walks, precision
from tests.support.one_run_audit import SURE, coins, guess
from tests.support.visits import journey, numbered

NOISY = Privacy(2, Mechanism.DISCRETE_LAPLACE, 1000, 6)
EPSILON = 1.0


def released(lines: list[str], privacy: Privacy) -> Release:
    terms = Terms("riverton", privacy, Choice(Limits(bound=4)))
    return aggregate(numbered(lines), Format.NCSA, reading=Reading(), terms=terms)


def test_two_exact_releases_that_differ_by_one_visitor_tell_all_that_the_visitor_did() -> None:
    """The limit of k: this attack works, which is why exact releases are for those who may know the log."""
    crowd = [line for n in range(40) for line in journey(f"192.0.2.{n}", ["/home", "/tax", "/pay", "/home"])]
    victim = journey("198.51.100.1", ["/home", "/tax", "/pay"])
    with_, without = (Counter(released(lines, Privacy(10)).moves()) for lines in (crowd + victim, crowd))
    assert with_ - without == {("/home", "/tax"): 1, ("/tax", "/pay"): 1}


def test_two_noisy_releases_that_differ_by_visitors_tell_twice_epsilon_at_most() -> None:
    """Thousands of visitors, each in the first week's release and by a coin in the overlapping second's.

    The same subtraction is right of every one of them without noise.
    """
    aviary = Aviary(pages=101)
    present = coins(len(aviary.walks), seed=8)

    def differences(privacy: Privacy) -> np.ndarray:
        both = np.ones(len(present), dtype=np.bool_)
        first, second = (
            aviary.read(from_a_table(aviary, there, privacy=privacy, known=True)[0])
            for there in (both, present)
        )
        return strongest(second - first + 1, Privacy(2))

    exact = guess(differences(Privacy(2)), present)
    assert exact.right == exact.guesses
    noisy = guess(differences(NOISY), present)
    assert noisy.epsilon_at_least(SURE) <= 2 * EPSILON
    assert noisy.right / noisy.guesses < math.exp(EPSILON) / (1 + math.exp(EPSILON))


def test_the_hundredth_report_is_plain_without_noise_and_hidden_by_it() -> None:
    """Who sent the other ninety-nine, in ten thousand cells at once: always right, or 73 times in 100."""
    aviary = Aviary(pages=101, crowd=99)
    present = coins(len(aviary.walks), seed=9)

    def guessed(privacy: Privacy) -> float:
        release, _ = from_a_table(aviary, present, privacy=privacy, known=False)
        audit = guess(strongest(aviary.read(release), privacy), present)
        return audit.right / audit.guesses

    assert guessed(Privacy(2)) == 1
    # Ten thousand tosses stay within five deviations of their mean but once in two million runs.
    assert guessed(NOISY) < math.e / (1 + math.e) + 5 * 0.45 / 100


@pytest.fixture(scope="module")
def walks() -> list[tuple[str, ...]]:
    """Visits of msweb, or a skip."""
    found = msweb_walks()
    if not found:
        pytest.skip("public data set msweb not found: set NEARSIDE_DATA to the folder of data sets")
    return found


@pytest.mark.data
@pytest.mark.parametrize("bound", [1, 4])
def test_rare_pairs_of_real_visits_do_not_link_into_paths(walks: list[tuple[str, ...]], bound: int) -> None:
    """Three pages whose three pairs were counted equally often at the fewest count are taken for one path.

    At ten visitors a pair and few pairs a visitor next to nothing can be claimed; at two visitors a pair and
    all pairs of everyone there are hundreds of claims, one in fifteen of which is the way that somebody went.
    """
    assert len(linked_triples(walks, bound=bound, k=10)) <= 3
    careless = linked_triples(walks, bound=None, k=2)
    assert len(careless) > 500
    assert 0.02 < precision(careless, walks) < 0.2
