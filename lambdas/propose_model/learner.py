"""The one place where a function trains: `model_export` on one side, the gate on the other."""

from __future__ import annotations

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from lambdas.propose_model.comparison import (
    LEAST_UNITS,
    Answers,
    Scorer,
    ask,
    popularity_of,
    pushed,
    questions_of,
    units_of,
)
from lambdas.propose_model.gate import MOST_MODEL_BYTES, Contest, judge
from lambdas.propose_model.service import Candidate, Question
from model_export import Settings, train_model
from model_export.learning.content import similar_pages
from model_export.learning.evaluate import first_of_row


def learn(question: Question) -> Candidate | None:
    """Train on what may be trained on, and judge by what was kept out of it.

    The candidate that is judged is the one that is proposed, byte for byte: it does not know the newest week.
    None, and nothing is trained, where the held-out week tells too little to judge anything by.
    Raises `Refused` when there is nothing to learn from, `Untrue` when ONNX Runtime disagrees with itself.
    """
    catalogue = question.catalogue
    pages = catalogue.pages
    questions = questions_of(question.held_out, pages)
    if units_of(questions) < LEAST_UNITS:
        return None
    made = train_model(question.trained_on, catalogue, settings=Settings(budget_bytes=MOST_MODEL_BYTES))
    alike = similar_pages(pages, catalogue)
    baselines: dict[str, Scorer] = {
        "popularity": popularity_of(question.trained_on, pages),
        "content": lambda page: alike[[page]].toarray().ravel(),
    }

    def answers(scorer: Scorer) -> Answers:
        # What is first is what training takes for first.
        return ask(scorer, questions, pages=len(pages), ranking=first_of_row)

    candidate, live = answers(scorer_of(made.onnx_bytes)), answers(scorer_of(question.live))
    contest = Contest(
        questions=questions,
        candidate=candidate,
        live=live,
        baselines={name: answers(scorer) for name, scorer in baselines.items()},
        essential=frozenset(at for at, item in enumerate(catalogue.items) if item.essential),
        model_bytes=len(made.onnx_bytes),
        parity_queries=made.trained.parity.queries,
    )
    return Candidate(made.onnx_bytes, made.card_bytes, judge(contest), pushed=pushed(candidate, live, pages))


def scorer_of(model: bytes) -> Scorer:
    """What a model file says after one page, by the same runtime family as on devices; one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    weight = np.ones(1, dtype=np.float32)

    def score(page: int) -> NDArray[np.floating]:
        (scores,) = session.run(["scores"], {"recent": np.array([page], dtype=np.int64), "weights": weight})
        found: NDArray[np.floating] = scores
        return found

    return score
