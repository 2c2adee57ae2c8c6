"""Real public flows: USAGov's benefit finder, the licence finder and GOV.UK's next steps for a business."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml

from edge_client.flows.answers import Answers, give, settle, skip
from edge_client.flows.cells import Answer
from edge_client.flows.next_question import Ask, Confirm, Finished, next_step
from edge_client.flows.results import Result, Status, results
from edge_client.flows.tables import Tables, compile_flow
from edge_client.wire.flow import Kind, print_flows
from edge_client.wire.flow_reading import parse_flows
from nearside.importing.licences import NATIONS, import_licences
from nearside.importing.smart_answers import NEXT_STEPS, import_results
from tests.support.benefit_finder import CLOCK, Finder, answers_of, benefits, dated, finder, folder

pytestmark = pytest.mark.data
__all__ = ["benefits", "finder"]


@pytest.fixture(scope="module")
def licence_finder(request: pytest.FixtureRequest) -> Path:
    """The licence finder's tables."""
    return folder(request, "licence-finder")


@pytest.fixture(scope="module")
def licences(licence_finder: Path) -> Tables:
    """The licence finder as a flow, compiled."""
    files = {
        name: (licence_finder / f"{name}.csv").read_bytes() for name in ("sectors", "activities", "licences")
    }
    flow = import_licences(**files).flow
    assert parse_flows(print_flows((flow,))) == (flow,)
    return compile_flow(flow, today=CLOCK)


@pytest.fixture(scope="module")
def rows(licence_finder: Path) -> list[dict[str, str]]:
    """The table of licences."""
    with (licence_finder / "licences.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def titles(tables: Tables, found: tuple[Result, ...], status: Status) -> list[str]:
    """The titles of the outcomes that stand so."""
    (lang,) = tables.flow.languages
    pairs = zip(tables.flow.outcomes, found, strict=True)
    return [outcome.title[lang] for outcome, result in pairs if result.status is status]


@pytest.mark.parametrize(
    ("scenario", "eligible", "open_"), [("scenario_1_covid", 4, 1), ("scenario_2_veteran", 9, 0)]
)
def test_the_benefit_finder_gives_its_published_results(
    benefits: Path, finder: Finder, scenario: str, eligible: int, open_: int
) -> None:
    """With the clock of the publication each scenario gives the published benefits, all of them, no other."""
    published = json.loads((benefits / "scenarios.json").read_bytes())[scenario]["en"]
    flow = finder["en"].flow
    tables = compile_flow(flow, today=CLOCK)
    given = answers_of(flow, published["param"])
    answers = settle(tables, given, frozenset())
    assert answers.given == given
    found = results(tables, answers)
    expected = published["results"]["eligible"]["eligible_benefits"]
    met = titles(tables, found, Status.MET)
    assert len(met) == eligible == published["results"]["eligible"]["length"] == len(expected)
    # The publication's own check is that a title contains what is published: one is cut short.
    assert all(sum(title.startswith(name) for title in met) >= 1 for name in expected)
    assert all(any(title.startswith(name) for name in expected) for title in met)
    assert len(titles(tables, found, Status.UNKNOWN)) == open_
    assert len(found) == published["results"]["total_benefits"]


def test_a_scenario_that_leaves_one_benefit_open_is_asked_the_one_question_that_decides_it(
    benefits: Path, finder: Finder
) -> None:
    """The first scenario left out the question about mines: it is what comes next, and then nothing does."""
    published = json.loads((benefits / "scenarios.json").read_bytes())["scenario_1_covid"]["en"]
    tables = compile_flow(finder["en"].flow, today=CLOCK)
    answers = settle(tables, answers_of(finder["en"].flow, published["param"]), frozenset())
    assert next_step(tables, answers) == Ask("deceased_miner")
    assert next_step(tables, give(tables, answers, "deceased_miner", "no")) == Finished()


def test_nobody_gets_a_benefit_by_answering_no_to_everything(finder: Finder) -> None:
    """Somebody whom nothing applies to ends with no benefit, and with the unmet need of each."""
    for imported in finder.values():
        flow = imported.flow
        tables = compile_flow(flow, today=CLOCK)
        answers = Answers()
        while isinstance(step := next_step(tables, answers), Ask):
            question = flow.question(step.question)
            ids = [option.id for option in question.options]
            # A grown-up who died long ago, and is no relation.
            answer = date(1960, 1, 1) if question.kind is Kind.DATE else "no" if "no" in ids else ids[-1]
            answers = give(tables, answers, step.question, answer)
        found = results(tables, answers)
        assert titles(tables, found, Status.MET) == []
        assert all(Status.UNMET in result.needs for result in found if result.status is Status.UNMET)


# Two criteria of the Spanish file stand under another key than the one that their words are about.
WORDED = {
    ("Entierro en cementerio nacional de VA", 3): "applicant_relationship_to_the_deceased",
    ("Medallón para veterano", 2): "deceased_service_status",
}


def direct(source: Mapping[str, Any], given: Mapping[str, Any]) -> list[tuple[str, str]]:
    """How each benefit stands by the publisher's rule: every criterion holds, one fails, or some are open.

    `given` holds words of options, and dates; criteria that no question asks about stay open. Keys are those
    of the file without the mark of its language.
    """
    told = []
    given = {key.removeprefix("es_"): value for key, value in given.items()}
    for entry in source["benefits"]:
        benefit = entry["benefit"]
        held = [
            _criterion(given.get(WORDED.get((benefit["title"], place), key)), criterion)
            for place, criterion in enumerate(benefit["eligibility"], 1)
            for key in [criterion["criteriaKey"].removeprefix("es_")]
        ]
        status = Status.UNMET if False in held else Status.UNKNOWN if None in held else Status.MET
        told.append((" ".join(benefit["title"].split()), status.value))
    return told


def _criterion(value: Any, criterion: Mapping[str, Any]) -> bool | None:
    match value:
        case None:
            return None
        case str():
            return value in [each.strip() for each in criterion["acceptableValues"]]
        case _:
            return any(dated(value, each, today=CLOCK) for each in criterion["acceptableValues"])


@pytest.mark.parametrize("lang", ["en", "es"])
def test_every_benefit_stands_as_its_criteria_say(benefits: Path, finder: Finder, lang: str) -> None:
    """Over hundreds of people in both languages each benefit is as its criteria say, read one by one."""
    source = json.loads((benefits / f"death-of-a-loved-one.{lang}.json").read_bytes())["data"]
    flow = finder[lang].flow
    tables = compile_flow(flow, today=CLOCK)
    choices = []
    for question in flow.questions[:14] if lang == "en" else flow.questions:
        if question.kind is Kind.DATE:
            choices.append(
                [(question.id, each) for each in (date(1950, 6, 1), date(2010, 1, 1), date(2023, 3, 1))]
            )
        else:
            choices.append([(question.id, option.id) for option in question.options[:2]])
    checked = 0
    # Every third way of a walk through all of them: a prime step visits each combination of any few.
    ways = list(product(*(range(len(each)) for each in choices)))
    for way in ways[:: max(1, len(ways) // 997)]:
        wanted = dict(each[place] for each, place in zip(choices, way, strict=True))
        answers = settle(tables, wanted, frozenset())
        said = {
            name: answer
            if isinstance(answer, date)
            else next(o.text[lang] for o in flow.question(name).options if o.id == answer)
            for name, answer in answers.given.items()
        }
        found = zip(flow.outcomes, results(tables, answers), strict=True)
        ours = [(" ".join(outcome.title[lang].split()), result.status.value) for outcome, result in found]
        for (title, our), (other, theirs) in zip(ours, direct(source, said), strict=True):
            assert title == other
            # Ours may know more: two criteria that cannot both hold fail before either is answered.
            assert our == theirs or (our == "unmet" and theirs == "unknown")
        checked += len(ours)
    assert checked > 20_000


def by_table(rows: list[dict[str, str]], sector: str, nation: str) -> set[str]:
    """The licences of a sector and a nation, as a query of the table gives them."""
    _, column = NATIONS[nation]
    return {
        row["LICENCE_OID"]
        for row in rows
        if row["SECTOR_OID"] == sector and (row[column] == "1" or row["ALL_OF_UK"] == "1")
    }


def test_the_licence_finder_equals_the_table_for_every_sector_and_nation(
    licences: Tables, rows: list[dict[str, str]]
) -> None:
    """For all sectors and all four nations, whoever names no activity keeps exactly the table's licences
    open, and is not asked for what cannot matter."""
    sectors = [option.id for option in licences.flow.question("sector").options]
    compared = 0
    by_sector: dict[str, list[dict[str, str]]] = {sector: [] for sector in sectors}
    for row in rows:
        by_sector[row["SECTOR_OID"]].append(row)
    for sector in sectors:
        chosen = give(licences, Answers(), "sector", sector)
        for nation in NATIONS:
            answers = give(licences, chosen, "nation", nation)
            left = {
                result.outcome for result in results(licences, answers) if result.status is not Status.UNMET
            }
            expected = by_table(by_sector[sector], sector, nation)
            assert left == expected
            step = next_step(licences, answers)
            assert step == (Ask("activities") if expected else Finished())
            compared += 1
    assert compared == len(sectors) * 4 > 1600


@pytest.mark.parametrize(
    ("sector", "all_", "england", "scotland"),
    [("Licensed restaurants", 34, 18, 21), ("Childrens day care centres", 42, 25, 19)],
)
def test_the_numbers_of_licences_are_those_published(
    licences: Tables, sector: str, all_: int, england: int, scotland: int
) -> None:
    """Restaurants and day care: as many licences as the tables hold, overall and by nation."""
    question = licences.flow.question("sector")
    chosen = give(
        licences,
        Answers(),
        "sector",
        next(option.id for option in question.options if option.text["en"].casefold() == sector.casefold()),
    )

    def left(answers: Answers) -> int:
        return sum(result.status is not Status.UNMET for result in results(licences, answers))

    assert left(chosen) == all_
    assert left(give(licences, chosen, "nation", "england")) == england
    assert left(give(licences, chosen, "nation", "scotland")) == scotland


def test_activities_narrow_the_licences_as_the_table_does_and_three_questions_do(
    licences: Tables, rows: list[dict[str, str]]
) -> None:
    """For every fourth sector the licences of all its activities, and of its first one, are the table's;
    the nation is asked only where, after what was said, it makes a difference."""
    flow = licences.flow
    assert next_step(licences, Answers()) == Ask("sector")
    spared = 0
    for sector in [option.id for option in flow.question("sector").options][::4]:
        ours = [row for row in rows if row["SECTOR_OID"] == sector]
        listed = [option.id for option in flow.question("activities").options]
        acts = [act for act in listed if any(row["BUSINESSACT_ID"] == act for row in ours)]
        for some in (acts, acts[:1]):
            answers, put = give(licences, Answers(), "sector", sector), []
            replies: dict[str, Answer] = {"activities": tuple(some), "nation": "wales"}
            while isinstance(step := next_step(licences, answers), Ask):
                put.append(step.question)
                answers = give(licences, answers, step.question, replies[step.question])
            met = {r.outcome for r in results(licences, answers) if r.status is Status.MET}
            chosen = [row for row in ours if row["BUSINESSACT_ID"] in some]
            assert met == by_table(chosen, sector, "wales")
            differs = len({frozenset(by_table(chosen, sector, nation)) for nation in NATIONS}) > 1
            if put[:1] == ["activities"]:
                assert put == ["activities", "nation"][: 2 if differs else 1]
            spared += len(put) < 2
    assert spared > 10


def test_a_sector_that_was_visited_is_confirmed_before_it_counts(licences: Tables) -> None:
    """What behaviour suggests is offered to confirm; once confirmed it is not asked again."""
    known: dict[str, Answer] = {"sector": "1000418"}
    step = next_step(licences, Answers(), known=known)
    assert step == Confirm("sector", "1000418")
    confirmed = give(licences, Answers(), "sector", "1000418")
    assert next_step(licences, confirmed, known=known) == Ask("activities")
    assert next_step(licences, skip(licences, confirmed, "activities")) == Ask("nation")


def test_next_steps_for_a_business_are_those_that_its_rules_give(request: pytest.FixtureRequest) -> None:
    """For all ways to answer, the results are exactly those of the rules, written out here once more."""
    raw = (folder(request, "smart-answers") / "next_steps_for_your_business.yml").read_bytes()
    imported = import_results(raw, rules=NEXT_STEPS.read_bytes())
    assert [note.place for note in imported.notes] == ["r20"]
    flow = imported.flow
    assert {outcome.id for outcome in flow.outcomes} == {entry["id"] for entry in yaml.safe_load(raw)}
    tables = compile_flow(flow, today=CLOCK)
    trade = ["import_goods", "export_goods_or_services"]
    places = ["home", "rented", "owned"]
    ways = 0
    for turnover, employer, money, tax in product(
        ("yes", "no", "not_sure"), ("yes", "in_future", "no", "not_sure"), ("yes", "no"), ("yes", "no")
    ):
        for bits in range(4 * 8):
            activities = tuple(each for place, each in enumerate(trade) if bits >> place & 1)
            premises = tuple(each for place, each in enumerate(places) if bits >> (place + 2) & 1)
            replies: dict[str, Answer] = {
                "turnover": turnover,
                "employer": employer,
                "activities": activities,
                "financial_support": money,
                "premises": premises,
                "corporation_tax": tax,
            }
            answers = Answers()
            while isinstance(step := next_step(tables, answers), Ask):
                answers = give(tables, answers, step.question, replies[step.question])
            assert answers.given == replies
            met = {result.outcome for result in results(tables, answers) if result.status is Status.MET}
            away = premises == () or "rented" in premises or "owned" in premises
            expected = {
                *(f"r{number}" for number in (*range(2, 16), 31, 32)),
                *({"r1"} if tax == "no" else ()),
                *({"yes": ("r16", "r28"), "not_sure": ("r17",), "no": ("r29",)}[turnover]),
                *(("r18", "r21") if employer != "no" else ()),
                *(("r19",) if money == "yes" else ()),
                *(("r22",) if "home" in premises else ()),
                *(("r23",) if "rented" in premises else ()),
                *(("r24", "r25") if away else ()),
                *(("r26",) if "import_goods" in activities else ()),
                *(("r27", "r30") if "export_goods_or_services" in activities else ()),
            }
            assert met == expected
            ways += 1
    assert ways == 1536
