"""The gate: what a candidate has to do better than the live model, and what it must not do worse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from lambdas.propose_model.comparison import LEAST_UNITS, Answers, Question, difference, mean_of, units_of
from lambdas.shared.learning.proposal import Check

LEAST_COVERAGE_MILLI: Final = 800
"""A candidate names at least this share, in thousandths, of as many pages as the live model does."""

MOST_MODEL_BYTES: Final = 1_048_576
"""What a device may have to fetch for a model."""


@dataclass(frozen=True, slots=True)
class Contest:
    """What candidate, live model and baselines answered to the same questions; `essential` are indexes."""

    questions: Sequence[Question]
    candidate: Answers
    live: Answers
    baselines: Mapping[str, Answers]
    essential: frozenset[int]
    model_bytes: int
    parity_queries: int


def judge(contest: Contest) -> tuple[Check, ...]:
    """Every check, in a fixed order; figures are millionths where they are shares, and counts otherwise."""
    return (_beats_live(contest), *_baselines(contest), *_guardrails(contest))


def _beats_live(contest: Contest) -> Check:
    questions, candidate, live = contest.questions, contest.candidate, contest.live
    gained = difference(candidate.hits, live.hits, questions)
    units = units_of(questions)
    # More than level: what is replaced is known to work, so a tie keeps it.
    return Check(
        "beats-live",
        gained.low > 0 and units >= LEAST_UNITS,
        {
            "candidate_hit": _micro(mean_of(candidate.hits, questions)),
            "live_hit": _micro(mean_of(live.hits, questions)),
            "difference": _micro(gained.mean),
            "low": _micro(gained.low),
            "high": _micro(gained.high),
            "candidate_ndcg": _micro(mean_of(candidate.gains, questions)),
            "live_ndcg": _micro(mean_of(live.gains, questions)),
            "cells": len(questions),
            "units": int(units),
            "moves": round(sum(question.moves for question in questions)),
        },
    )


def _baselines(contest: Contest) -> tuple[Check, ...]:
    checks = []
    for name, answers in contest.baselines.items():
        above = difference(contest.candidate.hits, answers.hits, contest.questions)
        hit = mean_of(answers.hits, contest.questions)
        figures = {"baseline_hit": _micro(hit), "difference": _micro(above.mean), "low": _micro(above.low)}
        checks.append(Check(f"not-below-{name}", above.mean >= 0, figures))
    return tuple(checks)


def _guardrails(contest: Contest) -> tuple[Check, ...]:
    candidate, live = contest.candidate.named, contest.live.named
    kept, before = len(contest.essential & candidate), len(contest.essential & live)
    return (
        Check(
            "coverage",
            len(candidate) * 1000 >= len(live) * LEAST_COVERAGE_MILLI,
            {"candidate_pages": len(candidate), "live_pages": len(live)},
        ),
        Check("essential", kept >= before, {"candidate_pages": kept, "live_pages": before}),
        Check("finite", contest.candidate.is_finite, {}),
        Check("parity", contest.parity_queries > 0, {"queries": contest.parity_queries}),
        Check("size", contest.model_bytes <= MOST_MODEL_BYTES, {"bytes": contest.model_bytes}),
    )


def _micro(share: float) -> int:
    return round(share * 1_000_000)
