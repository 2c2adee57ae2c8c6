"""Three life events of a real site, in two languages: each benefit stands as its criteria say."""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from consent_ledger.errors import Malformed
from edge_client.flows.answers import settle
from edge_client.flows.cells import Answer
from edge_client.flows.next_question import Ask, next_step
from edge_client.flows.results import Status, results
from edge_client.flows.tables import compile_flow
from edge_client.wire.flow import Flow, Kind, print_flows
from edge_client.wire.flow_reading import parse_flows
from lambdas.shared.publishing.flow_lint import lint
from nearside.commands.flows.convert import convert
from nearside.importing.eligibility import import_life_event
from tests.support.benefit_finder import dated, folder

pytestmark = pytest.mark.data

EVENTS = ("death-of-a-loved-one", "disability", "retirement")
TODAY = date(2024, 2, 15)
Files = Mapping[str, bytes]
English = tuple[Mapping[str, str], Mapping[str, list[str]]]
"""The texts, and the options of each criterion in words."""


@pytest.fixture(scope="module")
def site(request: pytest.FixtureRequest) -> Path:
    """The folder of the site."""
    return folder(request, "usagov-benefits-eligibility")


@pytest.fixture(scope="module")
def files(site: Path) -> Files:
    """The site's files, by their paths."""
    return {
        file.relative_to(site).as_posix(): file.read_bytes() for file in site.rglob("*") if file.is_file()
    }


def lines(files: Files, lang: str) -> dict[str, str]:
    """All texts of a language, by their names."""
    found: dict[str, str] = {}
    for path in files:
        if path.startswith(f"locales/{lang}/"):
            found |= json.loads(files[path])
    return found


def heads(files: Files, life_event: str) -> list[dict[str, Any]]:
    """The fields of each benefit of a life event, in the order of their files."""
    texts = [files[path].decode() for path in sorted(files) if path.startswith("content/benefits/")]
    found = [yaml.safe_load(text.split("---\n")[1]) for text in texts]
    return [each for each in found if life_event in (each.get("lifeEvents") or [])]


def held(criterion: Mapping[str, Any], said: Mapping[str, Any], english: English) -> bool | None:
    """Whether a criterion holds by the site's rule; None where nothing was said that it could be told by.

    `said` holds English words of options, truths and dates.
    """
    texts, options = english
    key, wanted = criterion["criteriaKey"], criterion["acceptableValues"]
    # Written in two ways in the source.
    plain = {"unmarried": "not married"}
    names = [
        plain.get(texts.get(each, ""), texts.get(each, "")).replace("Guard or", "Guard") for each in wanted
    ]
    match said.get(key):
        case None:
            return True if options[key] and set(options[key]) <= set(names) else None
        case bool(truth):
            return truth in wanted
        case date() as day:
            return all(dated(day, each, today=TODAY) for each in wanted)
        case word:
            return word in names


def somebody(flow: Flow, dice: random.Random) -> dict[str, Answer]:
    """Answers to most questions."""
    days = (date(1940, 5, 1), date(1962, 2, 15), date(1977, 12, 31), date(2010, 1, 1), date(2023, 3, 1))
    return {
        question.id: dice.choice(days) if question.kind is Kind.DATE else dice.choice(question.options).id
        for question in flow.questions
        if dice.random() < 0.9
    }


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize("event", EVENTS)
def test_every_benefit_stands_as_its_criteria_say(files: Files, event: str, lang: str) -> None:
    """Over hundreds of people, each criterion read one by one from the site's own files."""
    flow = import_life_event(files, language=lang, life_event=event).flow
    assert parse_flows(print_flows((flow,))) == (flow,)
    english, table = lines(files, "en"), csv.reader(io.StringIO(files["content/criteria.csv"].decode()))
    options = {row[0]: [english[name] for name in row[3].split(";") if name in english] for row in table}
    benefits = heads(files, event)
    assert [outcome.title[lang] for outcome in flow.outcomes] == [
        " ".join(lines(files, lang)[each["title"]].split()) for each in benefits
    ]
    tables = compile_flow(flow, today=TODAY)
    dice, seen = random.Random(7), set()
    for _ in range(300):
        answers = settle(tables, somebody(flow, dice), frozenset())
        said: dict[str, Any] = {}
        for name, answer in answers.given.items():
            if isinstance(answer, date):
                said[name] = answer
            else:
                place = [option.id for option in flow.question(name).options].index(str(answer))
                said[name] = options[name][place] if options[name] else place == 0
        for benefit, result in zip(benefits, results(tables, answers), strict=True):
            holds = [held(each, said, (english, options)) for each in benefit["eligibility"]]
            theirs = Status.UNMET if False in holds else Status.UNKNOWN if None in holds else Status.MET
            # Ours may know more: what is asked of nobody who said so cannot hold any more.
            assert result.status is theirs or (result.status, theirs) == (Status.UNMET, Status.UNKNOWN)
            seen.add((benefit["title"], result.status))
    met = {title for title, status in seen if status is Status.MET}
    assert len(met) > len(benefits) // 3


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize("event", EVENTS)
def test_nothing_is_asked_that_cannot_be_left_out(files: Files, event: str, lang: str) -> None:
    """Whoever begins may skip any question; nobody is told that they get something, and it prints for its
    author without an error."""
    flow = import_life_event(files, language=lang, life_event=event).flow
    assert flow.life_event == event
    assert all(question.optional for question in flow.questions)
    assert flow.tells.value == "may-get"
    tables = compile_flow(flow, today=TODAY)
    assert isinstance(next_step(tables, settle(tables, {}, frozenset())), Ask)
    assert [str(each) for each in lint(flow, today=TODAY) if each.fatal] == []


def test_what_the_source_says_in_two_ways_is_noted(files: Files) -> None:
    """A tag that no life event has, by the name of its benefit; in both languages."""
    for lang in ("en", "es"):
        notes = import_life_event(files, language=lang, life_event="retirement").notes
        assert [(note.place, note.text) for note in notes] == [
            ("ssa-extra-help", "no life event is called financial_hardship")
        ]


def test_a_benefit_without_words_in_a_language_is_left_out(files: Files) -> None:
    """In that language, with a note; in the other it stands."""
    name = "va-education-benefits-for-survivors"
    without = {path: raw for path, raw in files.items() if path != f"locales/es/benefits/{name}.json"}
    flows = {
        lang: import_life_event(without, language=lang, life_event="death-of-a-loved-one")
        for lang in ("en", "es")
    }
    assert {lang: len(each.flow.outcomes) for lang, each in flows.items()} == {"en": 33, "es": 32}
    assert f"{name}: has no words in es, and is left out" in [
        f"{note.place}: {note.text}" for note in flows["es"].notes
    ]


@pytest.mark.parametrize(
    ("path", "raw"),
    [
        ("content/criteria.csv", b"a\nb"),
        ("content/life-events/retirement.md", b"nothing"),
        ("content/life-events/retirement.md", b"---\n[]\n---\n"),
        ("content/benefits/va-pension.md", b"---\ntitle: [\n---\n"),
        ("locales/en/criteria.json", b"[]"),
    ],
)
def test_other_files_are_refused(files: Files, path: str, raw: bytes) -> None:
    """Whatever is not of this format is told as that."""
    with pytest.raises(Malformed, match="benefits eligibility: "):
        import_life_event({**files, path: raw}, language="en", life_event="retirement")


def test_the_command_writes_it(site: Path, tmp_path: Path) -> None:
    """From the folder, for `nearside flows check`."""
    from click.testing import CliRunner

    out = tmp_path / "retirement.json"
    done = CliRunner().invoke(
        convert,
        [
            str(site),
            "--format",
            "life-event",
            "--language",
            "es",
            "--life-event",
            "retirement",
            "--out",
            str(out),
        ],
    )
    assert done.exit_code == 0, done.output
    assert "retirement-es: 14 questions, 18 outcomes, 1 notes" in done.output
    assert json.loads(out.read_bytes())["life_event"] == "retirement"
