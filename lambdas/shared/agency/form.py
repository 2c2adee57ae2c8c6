"""What has to be answered before anything goes live: what for, for whom, how it is told, whether at all."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from consent_ledger.canonical import Json
from lambdas.shared.agency.problems import Problem

LONGEST: Final = 2000
LATEST_REVIEW_DAYS: Final = 366
ASKED: Final[Mapping[str, str]] = {
    "goal": "what people are to come to",
    "audience": "whom it is for",
    "hypothesis": "what is expected to change, and why",
    "metric": "what would show that it did",
    "fallback": "what is shown where nothing is decided",
    "owner": "which team answers for it",
    "review": "on which day it is looked at again",
    "benefit": "what the people concerned gain by it",
    "necessity": "why it takes personalisation",
    "alternatives": "what else was thought of",
    "harms": "whom it could harm, and what is done about that",
}
"""Every field of the form, and what it asks."""

_DAY: Final = re.compile(r"20\d\d-\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class Form:
    """The answers, none of them empty; `review` is a day."""

    answers: Mapping[str, str]

    @property
    def review(self) -> date:
        """The day by which its owner looks at it again."""
        return date.fromisoformat(self.answers["review"])


def read_form(value: Mapping[str, Json], *, today: date) -> Form | tuple[Problem, ...]:
    """Return the form, or everything that is wrong with it: a field that is missing is named."""
    problems = [
        Problem(f"/{name}", "is none of this form", "take it away") for name in sorted(value.keys() - ASKED)
    ]
    for name, question in ASKED.items():
        answer = value.get(name)
        if not isinstance(answer, str) or not answer.strip():
            problems.append(Problem(f"/{name}", "is missing", f"say {question}"))
        elif len(answer) > LONGEST:
            problems.append(Problem(f"/{name}", "is too long", f"say it in {LONGEST} characters"))
        elif name == "review" and not _is_in_time(answer, today):
            problems.append(
                Problem("/review", "is no day within a year from today", "write it as 2027-01-31")
            )
    if problems:
        return tuple(problems)
    return Form({name: str(value[name]) for name in ASKED})


def _is_in_time(text: str, today: date) -> bool:
    if _DAY.fullmatch(text) is None:
        return False
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return False
    return today < day <= today + timedelta(days=LATEST_REVIEW_DAYS)
