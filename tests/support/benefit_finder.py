"""USAGov's benefit finder as flows, and its published scenarios as answers: real public data."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from edge_client.flows.cells import Answer
from edge_client.wire.flow import Flow
from nearside.importing.imported import ImportedFlow
from nearside.importing.usagov import import_benefit_finder

CLOCK = date(2024, 2, 15)
Finder = Mapping[str, ImportedFlow]


def folder(request: pytest.FixtureRequest, name: str) -> Path:
    """A data set, or a skip that says what is missing."""
    found: Path = request.getfixturevalue("public_data") / name
    if not found.is_dir():
        pytest.skip(f"public data set {name} not found: set NEARSIDE_DATA")
    return found


@pytest.fixture(scope="module")
def benefits(request: pytest.FixtureRequest) -> Path:
    """USAGov's benefit finder."""
    return folder(request, "usagov-benefit-finder")


@pytest.fixture(scope="module")
def finder(benefits: Path) -> Finder:
    """The benefit finder in both languages, as flows."""
    return {
        lang: import_benefit_finder(
            (benefits / f"death-of-a-loved-one.{lang}.json").read_bytes(),
            language=lang,
            life_event="death-of-a-loved-one",
        )
        for lang in ("en", "es")
    }


def answers_of(flow: Flow, values: Mapping[str, Any]) -> dict[str, Answer]:
    """A scenario's parameters as answers: an option by its words, a day by its parts."""
    (lang,) = flow.languages
    given: dict[str, Answer] = {}
    for question in flow.questions:
        match values.get(question.id):
            case {"year": year, "month": month, "day": day}:
                given[question.id] = date(year, month, day)
            case str(text):
                given[question.id] = next(o.id for o in question.options if o.text[lang] == text)
    return given


def dated(value: date, condition: str, *, today: date) -> bool:
    """Whether a day is as `<18years` or `>=05-20-2020` says, read on its own."""
    sign = condition[: 2 if condition[1] == "=" else 1]
    rest = condition[len(sign) :].split(" ")[0]
    if rest.endswith("years"):
        days = (today.replace(year=today.year - int(rest.removesuffix("years"))) - value).days
    else:
        month, day, year = map(int, rest.split("-"))
        days = (value - date(year, month, day)).days
    return {"<": days < 0, "<=": days <= 0, ">": days > 0, ">=": days >= 0, "=": days == 0}[sign]
