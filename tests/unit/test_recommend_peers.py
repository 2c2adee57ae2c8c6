"""Peers on rows small enough to work out by hand, and the choice of their settings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.recommend.peers.items import ease, item_knn, item_peers, markov, popularity
from benchmarks.recommend.peers.sessions import remember, session_peers
from benchmarks.recommend.peers.weighing import Mass, masses, weighed
from benchmarks.recommend.rows import Questions, Rows, Task, Walk, distinct
from benchmarks.recommend.tuning import Asker, Contender, compete, validation

ROWS = Rows.of(4, [(0, 1), (0, 1, 2), (0, 2), (1, 2)])
TOWN = Rows.of(
    6,
    [(at % 5, (at * 3 + 1) % 5) for at in range(60) if at % 5 != (at * 3 + 1) % 5],
    times=[],
)


def test_popularity_counts_visits() -> None:
    """Each page's share of all views, whoever asks."""
    assert (popularity(ROWS, ())([(3,), (0,)]) * 9).tolist() == [[3, 3, 3, 0], [3, 3, 3, 0]]


def test_cosine_is_pairs_over_the_root_of_both() -> None:
    """Pages 0 and 1 were in two visits together and in three each: 2/3."""
    ask = item_knn(ROWS, (), mass=Mass.COUNTED, lean=0.5, shrink=0.0, neighbours=4)
    assert ask([(0,)], decay=1.0)[0].tolist() == pytest.approx([0, 2 / 3, 2 / 3, 0])


def test_shrinkage_is_added_below() -> None:
    """2 / (3 + 1)."""
    ask = item_knn(ROWS, (), mass=Mass.COUNTED, lean=0.5, shrink=1.0, neighbours=4)
    assert ask([(0,)], decay=1.0)[0, 1] == pytest.approx(0.5)


def test_ease_solves_its_least_squares() -> None:
    """Each column is the ridge regression of a page on all others, as numpy solves it."""
    visited = np.array([[1, 1, 0, 0], [1, 1, 1, 0], [1, 0, 1, 0], [0, 1, 1, 0]], dtype=np.float64)
    others = [0, 1, 3]
    gram = visited[:, others].T @ visited[:, others] + 2.0 * np.eye(3)
    solved = np.linalg.solve(gram, visited[:, others].T @ visited[:, 2])
    found = ease(ROWS, (), mass=Mass.COUNTED, ridge=2.0)([(0,)], decay=1.0)[0, 2]
    assert found == pytest.approx(solved[0])


def test_markov_looks_at_the_last_page_alone() -> None:
    """After page 1 came page 2 twice of twice; what was before it changes nothing."""
    ask = markov(ROWS, (), mass=Mass.COUNTED, damping=0.0)
    assert ask([(1,)])[0, 2] == pytest.approx(1, abs=1e-5)
    assert ask([(0, 1)]).tolist() == ask([(1,)]).tolist()


def test_session_knn_adds_up_alike_visits() -> None:
    """For page 0: three visits have it, of 2, 3 and 2 pages; page 2 is in the last two."""
    ask = remember(ROWS, (), mass=Mass.COUNTED)
    assert ask([(0,)], neighbours=4)[0, 2] == pytest.approx(1 / np.sqrt(3) + 1 / np.sqrt(2))


def test_vector_sessions_weigh_recent_pages_more() -> None:
    """After 0 and 1: visits with 1 (weight 1, the last page) and with 0 alone (weight 1/2, a step back)."""
    ask = remember(ROWS, (), mass=Mass.COUNTED)
    scores = ask([(0, 1)], neighbours=4, vector=True, cosine=False)[0]
    assert scores[2] == pytest.approx(1.5 * 0.9 + 0.5 * 0.8 + 1.0 * 0.9)


def test_published_moves_weigh_as_they_are_told_to() -> None:
    """Counted, damped, or left out."""
    rows = Rows.of(3, [(0, 1)], times=[4], moves=[(1, 2, 10)])
    assert masses(ROWS) == (Mass.COUNTED,)
    assert masses(rows) == (Mass.COUNTED, Mass.DAMPED, Mass.ONCE)
    assert weighed(rows, Mass.COUNTED)[1].tolist() == [4, 10]
    assert weighed(rows, Mass.DAMPED)[1].tolist() == np.log1p([4, 10]).tolist()
    assert weighed(rows, Mass.ONCE) == (((0, 1),), np.ones(1))


@pytest.mark.parametrize("contender", [*item_peers(TOWN), *session_peers(TOWN)], ids=lambda each: each.name)
def test_every_peer_ranks_the_whole_catalogue(contender: Contender) -> None:
    """A finite score for each page, the one that nobody visited too, and every setting tried once."""
    found = compete(contender, Task(TOWN, ((0,), (1, 2), (5,))))
    assert found.scores.shape == (3, 6)
    assert np.isfinite(found.scores).all()
    tried = len(contender.learning) * len(contender.asking)
    assert len(found.trials) == (tried if tried > 1 else 0)


def test_validation_takes_its_questions_out_of_the_rows() -> None:
    """What validation asks is not among what it lets be learnt."""
    rows = Rows.of(200, [(at, at + 100) for at in range(100)])
    part, questions = validation(rows)
    asked = {
        (*history, target) for history, target in zip(questions.histories, questions.targets, strict=True)
    }
    assert len(asked) == 15
    assert asked & set(part.walks) == set()
    assert asked | set(part.walks) == set(rows.walks)


def test_the_setting_with_most_hits_learns_from_everything() -> None:
    """The better of two settings is chosen, and the last fit is on all rows."""
    seen: list[int] = []

    def fit(rows: Rows, histories: Sequence[Walk], *, right: bool) -> Asker:
        seen.append(len(rows.walks))

        def ask(histories: Sequence[Walk], **_: Any) -> np.ndarray:
            scores = np.zeros((len(histories), rows.pages))
            for row, history in enumerate(histories):
                scores[row, history[-1] + 100] = 1 if right else -1
            return scores

        return ask

    rows = Rows.of(200, [(at, at + 100) for at in range(100)])
    found = compete(Contender("two", fit, ({"right": False}, {"right": True})), Task(rows, ((3,),)))
    assert found.chosen == {"right": True}
    assert [trial.hit for trial in found.trials] == [0.0, 1.0]
    assert seen == [85, 85, 100]


def test_a_task_reads_back_as_it_was_written(tmp_path: Path) -> None:
    """Rows and histories of any length, and the moves."""
    rows = Rows.of(5, [(0,), (1, 2, 3)], times=[2, 7], moves=[(0, 4, 11)])
    Task(rows, ((1,), (2, 3))).write(tmp_path / "task.npz")
    found = Task.read(tmp_path / "task.npz")
    assert found.histories == ((1,), (2, 3))
    assert (found.rows.pages, found.rows.walks) == (rows.pages, rows.walks)
    assert found.rows.times.tolist() == [2, 7]
    assert found.rows.moves.tolist() == [[0, 4, 11]]


def test_a_question_leaves_out_the_last_page_alone() -> None:
    """A walk of one page asks nothing."""
    asked = Questions.of([(0, 1, 2), (3,), (4, 0)])
    assert asked.histories == ((0, 1), (4,))
    assert asked.targets.tolist() == [2, 0]


def test_each_history_is_scored_once() -> None:
    """Equal histories share a row."""
    once, where = distinct([(1,), (2,), (1,)])
    assert once == ((1,), (2,))
    assert where.tolist() == [0, 1, 0]
