"""Settings are chosen on counts that were held out, and chosen well."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from edge_client.wire.paths import ItemId
from model_export.choosing.holding_out import hold_out
from model_export.choosing.tuning import KAPPAS, MOST_COST, tune
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
    assert chosen[1].content_share == 0


def test_where_words_say_nothing_content_only_breaks_ties() -> None:
    """All go to the same few pages, whatever they read: the least weight there is, and no loss by it."""
    rng = np.random.default_rng(6)
    favourites = np.outer(rng.random(len(PAGES)), 0.7 ** np.arange(len(PAGES))[rng.permutation(len(PAGES))])
    np.fill_diagonal(favourites, 0.0)
    held = hold_out(drawn(favourites, visits=2000), seed=0, unseen=0.2)
    chosen, trials = tune(held, ALIKE, settings=Settings())
    best = next(trial for trial in trials if trial.settings == chosen)
    assert (chosen.kappa, chosen.content_share) == (KAPPAS[0], 0.0)
    assert best.again >= max(trial.again for trial in trials) - 0.01


def test_pages_without_visits_are_asked_about_with_all_that_was_held_out() -> None:
    """No question is about a move that popularity was learnt from."""
    held = hold_out(drawn(ALIKE, visits=400), seed=0, unseen=0.2)
    asked = {(step.recent[0], step.target) for step in held.steps_alone(seed=2)}
    out = sp.coo_matrix(held.again + held.unseen)
    assert asked <= set(zip(*(part.tolist() for part in out.coords), strict=True))
    assert any(held.rest[pair] == 0 for pair in asked)
    assert any(held.rest[pair] > 0 for pair in asked)


def test_nothing_that_is_chosen_costs_too_much() -> None:
    """Of what counts foretell of themselves no more is given up than is said; no settings are tried twice."""
    for visits in (200, 400, 4000):
        held = hold_out(drawn(ALIKE, visits=visits), seed=0, unseen=0.2)
        chosen, trials = tune(held, ALIKE, settings=Settings())
        best = next(trial for trial in trials if trial.settings == chosen)
        others = [trial for trial in trials if trial.settings.kappa == chosen.kappa]
        assert best.again >= (1 - MOST_COST) * max(trial.again for trial in others)
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
