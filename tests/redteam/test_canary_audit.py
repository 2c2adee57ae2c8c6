"""The attacker who knows everybody but the canaries, down to the last visit, and reads one release of them.

Each test claims that the epsilon which such an attacker proves is no larger than the release's own.
A true claim fails one run in a thousand million (`SURE`), and there are a few dozen.
That the attack is a real one is shown beside it: it catches a release with a tenth of the noise claimed.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_client.wire.release import Mechanism, Privacy
from model_export import train_model
from model_export.shipping.convert import read_table
from model_export.training import Recipe
from tests.support.canary_paths import Aviary, averaged, from_a_table, from_devices, strongest
from tests.support.one_run_audit import SURE, Audit, coins, guess

# Delta stands far under one in all canaries, so that it explains no guess.
LAPLACE = Privacy(2, Mechanism.DISCRETE_LAPLACE, 1000, 12)
GAUSSIAN = Privacy(2, Mechanism.DISCRETE_GAUSSIAN, 1000, 12)
DELTA = 1e-12
BOTH = pytest.mark.parametrize("privacy", [LAPLACE, GAUSSIAN], ids=["laplace", "gaussian"])
CELLS = pytest.mark.parametrize("known", [True, False], ids=["known", "occurring"])

WALKS = pytest.mark.parametrize(
    ("length", "parts"), [(1, 1), (4, 1), (1, 5040)], ids=["one pair", "four pairs", "one share"]
)


def with_a_tenth_of_the_noise(privacy: Privacy) -> Privacy:
    """The terms of who adds noise for ten times the epsilon that is claimed."""
    assert privacy.epsilon_milli is not None
    return replace(privacy, epsilon_milli=10 * privacy.epsilon_milli)


def claimed(privacy: Privacy) -> float:
    assert privacy.epsilon_milli is not None
    return privacy.epsilon_milli / 1000


def scored(scores: NDArray[np.float64], present: NDArray[np.bool_], *, share: float) -> Audit:
    return guess(scores, present, share=share, delta=DELTA)


def audit_of_a_table(
    privacy: Privacy, *, known: bool, length: int, parts: int = 1, crowd: int = 500
) -> Audit:
    aviary = Aviary(length=length, crowd=crowd)
    present = coins(len(aviary.walks), seed=1)
    release, _ = from_a_table(aviary, present, privacy=privacy, known=known, parts=parts)
    # Laplace noise tells as much of every canary of one pair; else the boldest guesses tell most.
    share = 1.0 if length == 1 and privacy.mechanism is Mechanism.DISCRETE_LAPLACE else 0.25
    whole = 1 / length if parts > 1 else 1
    return scored(strongest(aviary.read(release), privacy, whole=whole), present, share=share)


@BOTH
@CELLS
@WALKS
def test_no_release_of_a_table_tells_more_than_its_epsilon(
    privacy: Privacy, known: bool, length: int, parts: int
) -> None:
    """Of sessions of one pair and of four, counted in whole ones or in shares."""
    audit = audit_of_a_table(privacy, known=known, length=length, parts=parts)
    assert audit.epsilon_at_least(SURE) <= claimed(privacy)


@BOTH
@CELLS
@WALKS
def test_a_tenth_of_the_noise_is_caught(privacy: Privacy, known: bool, length: int, parts: int) -> None:
    """The audit can fail: the same canaries refute the claim once the noise is not worth it."""
    audit = audit_of_a_table(with_a_tenth_of_the_noise(privacy), known=known, length=length, parts=parts)
    assert audit.epsilon_at_least(SURE) > claimed(privacy)


@BOTH
@CELLS
def test_sessions_that_share_one_out_among_four_pairs_tell_no_more(privacy: Privacy, known: bool) -> None:
    """However a session shares out its one, noise for one is enough."""
    audit = audit_of_a_table(privacy, known=known, length=4, parts=5040)
    assert audit.epsilon_at_least(SURE) <= claimed(privacy)


@BOTH
@CELLS
def test_no_threshold_tells_more_than_the_noise(privacy: Privacy, known: bool) -> None:
    """Where nobody else went, or as few as a threshold just hides: what is left out tells something, too."""
    for crowd in (0, 8):
        audit = audit_of_a_table(privacy, known=known, length=1, crowd=crowd)
        assert audit.epsilon_at_least(SURE) <= claimed(privacy)


@CELLS
def test_laplace_noise_tells_hardly_less_than_its_epsilon(known: bool) -> None:
    """No noise is added that nobody asked for, and the audit is nearly as sharp as an audit can be."""
    assert audit_of_a_table(LAPLACE, known=known, length=1).epsilon_at_least(SURE) > 0.7 * claimed(LAPLACE)


@BOTH
@CELLS
@pytest.mark.parametrize("reports", [1, 4])
def test_no_release_of_contributions_tells_more_than_its_epsilon(
    privacy: Privacy, known: bool, reports: int
) -> None:
    """Devices that send all that a week allows of one pair meet the noise of `make_release` itself."""
    aviary = Aviary(pages=53)
    present = coins(len(aviary.walks), seed=2)

    def audit(terms: Privacy) -> Audit:
        release = from_devices(aviary, present, privacy=terms, seed=reports, reports=reports, known=known)
        scores = strongest(aviary.read(release), terms, whole=reports)
        share = 1.0 if terms.mechanism is Mechanism.DISCRETE_LAPLACE else 0.25
        return scored(scores, present, share=share)

    assert audit(privacy).epsilon_at_least(SURE) <= claimed(privacy)
    assert audit(with_a_tenth_of_the_noise(privacy)).epsilon_at_least(SURE) > claimed(privacy)


def audit_of_a_model(privacy: Privacy) -> Audit:
    """Guesses from nothing but the bytes that every device fetches, and what is known of the crowd."""
    aviary = Aviary(pages=211, crowd=60, rings=10)
    present = coins(len(aviary.walks), seed=3)
    release, _ = from_a_table(aviary, present, privacy=privacy, known=True)
    model = train_model(release, aviary.catalogue)
    assert model.trained.shipped is Recipe.COVISIT
    table = read_table(model.onnx_bytes)
    rows, columns = aviary.pairs[:, 0, 0], aviary.pairs[:, 0, 1]
    after = np.stack([table.scores(np.array([row]), np.ones(1, np.float32)) for row in range(aviary.pages)])
    anywhere = table.scores(np.empty(0, np.int64), np.empty(0, np.float32))
    told = np.log(np.maximum((after - anywhere)[rows, columns].astype(np.float64), 1e-9))
    # Every row holds the same crowd, and so does every ring: what they have in common says nothing.
    rings = (columns - rows) % aviary.pages
    for group in (rows, rings):
        told -= (np.bincount(group, weights=told) / np.maximum(np.bincount(group), 1))[group]
    return scored(told, present, share=0.5)


def test_no_model_tells_more_than_the_epsilon_of_its_release() -> None:
    """Training, rounding to eight bits and export see the release alone, and add nothing to it."""
    assert audit_of_a_model(LAPLACE).epsilon_at_least(SURE) <= claimed(LAPLACE)


def test_a_model_passes_on_what_its_release_gave_away() -> None:
    """The audit of the model can fail, too: eight bits are fine enough to show a canary without noise."""
    assert audit_of_a_model(with_a_tenth_of_the_noise(LAPLACE)).epsilon_at_least(SURE) > claimed(LAPLACE)


def test_eight_releases_of_the_same_visits_tell_more_than_one_may() -> None:
    """Whoever averages them proves more than epsilon, and no more than eight times it: epsilon adds up."""
    aviary = Aviary(pages=53)
    present = coins(len(aviary.walks), seed=4)
    eight = [aviary.read(from_a_table(aviary, present, privacy=LAPLACE, known=True)[0]) for _ in range(8)]
    audit = scored(strongest(averaged(eight), GAUSSIAN), present, share=0.25)
    assert claimed(LAPLACE) < audit.epsilon_at_least(SURE) <= 8 * claimed(LAPLACE)
