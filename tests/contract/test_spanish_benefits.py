"""The benefit finder in Spanish, whose keys do not join: what of that is mended, and what cannot be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edge_client.flows.answers import settle
from edge_client.flows.results import Status, results
from edge_client.flows.tables import compile_flow
from tests.support.benefit_finder import CLOCK, Finder, answers_of, benefits, finder

pytestmark = pytest.mark.data
__all__ = ["benefits", "finder"]

# The published benefits by their Spanish twins, and what the file asks nobody of what each needs.
# It has no twin of the first scenario's first benefit; of one of the second's it has one for each relation.
SPANISH = {
    "scenario_1_covid": {
        "Beneficios para padres sobrevivientes con hijos": {"applicant_marital_status"},
        "Beneficios para cónyuge sobreviviente con discapacidades": {
            "applicant_marital_status",
            "applicant_disability",
            "applicant_ability_to_work",
        },
        "Beneficios para cónyuges sobrevivientes": {"applicant_marital_status"},
    },
    "scenario_2_veteran": {
        "Certificado Presidencial Conmemorativo": set(),
        "Medallón para veterano": set(),
        "Lápida y marcador de tumba para veterano": set(),
        "Seguro de vida para beneficiarios de veteranos": set(),
        "Compensación por dependencia e indemnización (DIC) para padres": {"applicant_income"},
        "Beneficios de entierro": set(),
        "Bandera para entierro": set(),
        "Entierro en cementerio nacional de VA": set(),
        "Monto por fallecimiento": set(),
    },
}
IN_SPANISH = {
    "Yes": "Sí",
    "No": "No",
    "Spouse": "Cónyuge",
    "Parent": "Madre/Padre",
    "Active-duty service member": "Miembro activo del servicio",
    "Died while on active duty": "Falleció durante su servicio activo",
}


@pytest.mark.parametrize("scenario", SPANISH)
def test_the_spanish_file_gives_the_published_results_as_far_as_it_asks(
    benefits: Path, finder: Finder, scenario: str
) -> None:
    """Each published benefit that it has is got where it asks for all that the benefit needs, and is open
    where it does not: then everything that it does ask for is met, and what is open is what no question of
    the file is about. Nothing else is got."""
    published = json.loads((benefits / "scenarios.json").read_bytes())[scenario]["en"]
    source = json.loads((benefits / "death-of-a-loved-one.es.json").read_bytes())["data"]["benefits"]
    keys = {each["benefit"]["title"]: each["benefit"]["eligibility"] for each in source}
    flow = finder["es"].flow
    said = {
        question.id: IN_SPANISH.get(value, value) if isinstance(value, str) else value
        for question in flow.questions
        if (value := published["param"].get(question.id.removeprefix("es_"))) is not None
    }
    for name in ("deceased_date_of_death", "applicant_date_of_birth"):
        parts = {part: published["param"].get(f"{name}_{part}") for part in ("year", "month", "day")}
        if all(parts.values()):
            said[name] = parts
    tables = compile_flow(flow, today=CLOCK)
    given = answers_of(flow, said)
    assert len(given) >= 12
    found = dict(
        zip(
            [each.title["es"] for each in flow.outcomes],
            results(tables, settle(tables, given, frozenset())),
            strict=True,
        )
    )
    expected = SPANISH[scenario]
    assert len(expected) == published["results"]["eligible"]["length"] - (scenario == "scenario_1_covid")
    for title, unasked in expected.items():
        result = found[title]
        assert result.status is (Status.UNKNOWN if unasked else Status.MET), title
        rows = zip(keys[title], result.needs, strict=True)
        assert {
            row["criteriaKey"].removeprefix("es_") for row, need in rows if need is not Status.MET
        } == unasked
    assert {title for title, result in found.items() if result.status is Status.MET} == {
        title for title, unasked in expected.items() if not unasked
    }


def test_what_the_spanish_file_never_asks_is_asked_by_none_of_its_questions(
    benefits: Path, finder: Finder
) -> None:
    """Of the 50 criteria whose key no question has, 24 are taken for the question that they mean. The others
    are about eight things that no question of the file is about, by any name, and the English file asks about
    one of them."""
    assert len(finder["en"].notes) == 2
    notes = [note.text for note in finder["es"].notes if note.text.startswith("no question asks for ")]
    taken = [text for text in notes if "taken for" in text]
    left = {text.split()[-1].removeprefix("es_") for text in notes if "taken for" not in text}
    assert (len(notes), len(taken)) == (50, 24)
    asked = {
        lang: {question.id.removeprefix("es_") for question in imported.flow.questions}
        for lang, imported in finder.items()
    }
    assert left & asked["es"] == set()
    assert left == {
        "applicant_ability_to_work",
        "applicant_disability",
        "applicant_high-school_diploma",
        "applicant_income",
        "applicant_marital_status",
        "applicant_paid_into_SS",
        "applicant_public_safety_officer",
        "applicant_service_status",
    }
    assert left & asked["en"] == {"applicant_marital_status"}


def test_what_is_taken_for_something_else_is_what_its_words_say(benefits: Path, finder: Finder) -> None:
    """A criterion's own sentence names the question that it was taken for, and the fourth option, a third one
    listed twice, is in the English file the one that Spanish criteria name."""
    source = {
        lang: json.loads((benefits / f"death-of-a-loved-one.{lang}.json").read_bytes())["data"]
        for lang in ("en", "es")
    }
    criteria = {
        f"{each['benefit']['title']}, criterion {place}": criterion["label"]
        for each in source["es"]["benefits"]
        for place, criterion in enumerate(each["benefit"]["eligibility"], 1)
    }
    moved = [note for note in finder["es"].notes if note.text.startswith("its values are no options")]
    assert [(criteria[note.place].split(":")[0].lower(), note.text.split()[-1]) for note in moved] == [
        (
            "la relación del solicitante con la persona fallecida es",
            "es_applicant_relationship_to_the_deceased",
        ),
        ("el estatus de servicio militar de la persona fallecida era", "es_deceased_service_status"),
    ]
    options = {
        lang: [option.text[lang] for option in finder[lang].flow.question(name).options]
        for lang, name in (("en", "deceased_service_status"), ("es", "es_deceased_service_status"))
    }
    assert (options["en"][3], options["es"][3]) == (
        "Member of the National Guard/Reserves",
        "Miembro de la Guardia/Reserva Nacional",
    )
