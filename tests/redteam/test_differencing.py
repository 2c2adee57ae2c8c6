"""The attacker who lays releases beside one another, or one beside what is known, and takes differences."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from edge_client.wire.release import Mechanism, Privacy, Release
from model_export.counting.reading import Choice, Format, Reading
from model_export.counting.visits import Limits
from model_export.releasing.aggregate import Terms, aggregate
from nearside.commands.aggregate import aggregate as aggregate_command
from nearside.commands.budget import budget as budget_group
from tests.support.canary_paths import Aviary, averaged, from_a_table, strongest
from tests.support.linking import linked_triples, msweb_walks, precision
from tests.support.one_run_audit import SURE, coins, guess
from tests.support.visits import journey, numbered, write_log

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


def test_a_budget_ends_what_asking_again_and_again_would_tell(tmp_path: Path) -> None:
    """Whoever averages all releases of the same visits that a budget of three allows proves three at most."""
    aviary = Aviary(pages=53)
    present = coins(len(aviary.walks), seed=10)
    table = write_log(tmp_path / "sessions.csv", aviary.table(present))
    budget, catalogue = tmp_path / "budget.json", tmp_path / "catalogue.json"
    catalogue.write_bytes(aviary.catalogue.to_bytes())
    CliRunner().invoke(
        budget_group, ["new", str(budget), "--site", "riverton", "--epsilon", "3", "--unit", "session"]
    )
    told = []
    for number in range(5):
        out = tmp_path / f"release{number}.json"
        arguments = ["--site", "riverton", "--catalogue", str(catalogue), "--epsilon", "1"]
        result = CliRunner().invoke(
            aggregate_command, [str(table), "--out", str(out), "--budget", str(budget), *arguments]
        )
        if result.exit_code == 0:
            told.append(aviary.read(Release.parse(out.read_bytes())))
        else:
            assert "would spend more than is left" in result.output
            assert not out.exists()
    assert len(told) == 3
    audit = guess(strongest(averaged(told), Privacy(2)), present, share=0.5)
    assert EPSILON < audit.epsilon_at_least(SURE) <= 3 * EPSILON


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
