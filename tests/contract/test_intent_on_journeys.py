"""Real journeys: what a visit comes to is named before it gets there, and sureness can be believed."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

import pytest

from benchmarks.intent import Answer, Band, Told, bands, measure
from benchmarks.recommend.datasets import GOVUK, load

pytestmark = pytest.mark.data


@pytest.fixture(scope="module")
def answers(request: pytest.FixtureRequest) -> list[Answer]:
    """The answers at every step of the held-out visits to GOV.UK, by a model of releases with noise."""
    folder: Path = request.getfixturevalue("public_data")
    if not (folder / "govuk-journeys").is_dir():
        pytest.skip("public data set govuk-journeys not found: set NEARSIDE_DATA")
    return measure(load(GOVUK, folder), 1.0)


def test_the_last_page_is_named_ahead_in_three_of_ten_steps(answers: list[Answer]) -> None:
    """Silence counts as not named; where something is named, it is right oftener."""
    told = Told.of(answers)
    print(told)
    assert told.steps > 1000
    assert told.named >= 0.30
    assert told.right >= told.named + 0.03
    assert 0.05 <= told.silent <= 0.30


def test_what_is_said_to_be_surer_comes_true_oftener(answers: list[Answer]) -> None:
    """From band to band, and on average no further from the truth than two in a hundred."""
    found = [band for band in bands(answers) if band.count >= 100]
    print(found)
    # The noise of each run is its own: a band of a few hundred tells no less than its own standard error.
    # Of many runs the surest band is the one that varies most: three of its own keep a true claim standing.
    assert all(later.true > earlier.true - 2 * _error(earlier, later) for earlier, later in pairwise(found))
    assert found[-1].true + 3 * _error(found[-1]) >= 4 * found[0].true
    assert all(abs(band.sure - band.true) <= 0.02 + 3 * _error(band) for band in found)
    off = sum(band.count * abs(band.sure - band.true) for band in found)
    assert off <= 0.02 * sum(band.count for band in found)


def _error(*compared: Band) -> float:
    """The standard error of the share of a band that came true, or of the difference between two."""
    return math.sqrt(sum(band.true * (1 - band.true) / band.count for band in compared))
