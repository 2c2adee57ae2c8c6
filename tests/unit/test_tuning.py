"""Settings are chosen on counts that were held out, and chosen well."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from edge_client.wire.paths import ItemId
from model_export.choosing.holding_out import hold_out
from model_export.choosing.tuning import tune
from model_export.learning.content import similar_pages
from model_export.learning.recipes import Settings
from model_export.learning.samples import prior_of

PAGES = tuple(
    ItemId(f"/{topic}/{number}x{topic}") for topic in ("tax", "swim", "park", "bins") for number in range(10)
)
ALIKE = similar_pages(PAGES)


def drawn(share: sp.csr_matrix | np.ndarray, *, visits: int, seed: int = 0) -> sp.csr_matrix:
    """Counts of so many visits, drawn with these odds."""
    odds = sp.csr_matrix(share).toarray()
    counts = np.random.default_rng(seed).multinomial(visits, (odds / odds.sum()).ravel())
    return sp.csr_matrix(counts.reshape(odds.shape).astype(np.float64))


def test_every_move_is_either_learnt_from_or_asked_for() -> None:
    """The three parts add up, and no pair that is unseen is in the rest."""
    counts = drawn(ALIKE, visits=5000)
    held = hold_out(counts, seed=0, unseen=0.2)
    assert (held.rest + held.again + held.unseen - counts).nnz == 0
    assert held.rest.multiply(held.unseen).nnz == 0
    assert 0.17 < held.again.sum() / (counts.sum() - held.unseen.sum()) < 0.23
    assert 0.1 < held.unseen.nnz / counts.nnz < 0.3


def test_questions_are_about_what_they_say() -> None:
    """Pairs to be seen again are in the rest, unseen ones are not, and neither are more than 2,000."""
    held = hold_out(drawn(ALIKE, visits=50_000), seed=0, unseen=0.2)
    again, unseen = held.steps_again(seed=1), held.steps_unseen(seed=1)
    assert all(held.rest[step.recent[0], step.target] > 0 for step in again)
    assert not any(held.rest[step.recent[0], step.target] > 0 for step in unseen)
    assert (len(again), len(unseen)) == (2000, 2000)


def test_content_weighs_more_where_people_follow_words() -> None:
    """On few visits that follow likeness content is used; on many that follow something else it is not."""
    by_words = hold_out(drawn(ALIKE, visits=400), seed=0, unseen=0.2)
    # Habit: from every page to a dozen others, each half as often as the one before, none of them alike.
    ring = sum(np.roll(np.eye(len(PAGES)), 10 + step, axis=1) / 2**step for step in range(12))
    by_habit = hold_out(drawn(np.asarray(ring), visits=8000), seed=0)
    chosen = [tune(held, ALIKE, settings=Settings())[0] for held in (by_words, by_habit)]
    weights = [prior_of(ALIKE, held.rest, kappa=one.kappa, share=one.content_share).sum() / held.rest.sum()
               for one, held in zip(chosen, (by_words, by_habit), strict=True)]  # fmt: skip
    assert weights[0] > 10 * weights[1]


def test_what_is_chosen_is_the_best_that_content_allows() -> None:
    """Among trials with the same use of content none beats the chosen one, and nothing is tried twice."""
    held = hold_out(drawn(ALIKE, visits=400), seed=0, unseen=0.2)
    chosen, trials = tune(held, ALIKE, settings=Settings())
    alike = [trial for trial in trials if trial.settings.content_share == chosen.content_share]
    assert max(alike, key=lambda trial: trial.rank).settings == chosen
    assert trials[0].settings == Settings()
    assert len({trial.settings for trial in trials}) == len(trials)


def test_without_a_question_settings_stay_as_they_are() -> None:
    """Nothing is made up from nothing."""
    empty = sp.csr_matrix((len(PAGES), len(PAGES)))
    assert tune(hold_out(empty, seed=0), ALIKE, settings=Settings()) == (
        Settings(),
        (),
    )


def test_tuning_is_the_same_every_time() -> None:
    """The same counts choose the same settings by the same trials."""
    held = hold_out(drawn(ALIKE, visits=400), seed=0, unseen=0.2)
    first, second = (tune(held, ALIKE, settings=Settings()) for _ in range(2))
    assert first == second
