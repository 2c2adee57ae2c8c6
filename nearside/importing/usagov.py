"""From USAGov's benefit finder (one JSON file a language and life event) to a flow.

Its words become plain text. What a benefit's agency says of itself, and links to other life events, stay
behind.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any as Raw
from typing import Final

from consent_ledger.errors import Malformed
from edge_client.wire.condition import Any, Compare, Condition, Moment, OneOf, Op, Unit
from edge_client.wire.flow import Flow, Kind, Named, Need, Option, Order, Outcome, Question, Tells, Words
from nearside.importing.imported import Ids, ImportedFlow, Note, plain_text

_DATE: Final = re.compile(r"([<>]=?|=)(?:(\d\d)-(\d\d)-(\d{4})|(\d+)years)(.*)", re.DOTALL)
# Their "<18years" is of the years that have passed, ours of the day: fewer years, a later day.
_PASSED: Final = {
    Op.LESS: Op.MORE,
    Op.AT_MOST: Op.AT_LEAST,
    Op.IS: Op.IS,
    Op.AT_LEAST: Op.AT_MOST,
    Op.MORE: Op.LESS,
}


def import_benefit_finder(raw: bytes, *, language: str, life_event: str) -> ImportedFlow:
    """Read one file of the benefit finder. Raises `Malformed` when it is not one.

    A criterion that no question of the file asks about becomes a need that nobody asks about; each such, and
    whatever else the file says in two ways, is noted.
    """
    try:
        data = json.loads(raw)["data"]
        return _Importer(language).flow(data["lifeEventForm"], data["benefits"], life_event)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        if isinstance(error, Malformed):
            raise
        raise Malformed("benefit finder: not a file of this format") from error


@dataclass(slots=True)
class _Asked:
    """A question and, by the value in the source, the ids of its options."""

    question: Question
    options: dict[str, str]


@dataclass(slots=True)
class _Importer:
    language: str
    asked: dict[str, _Asked] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)

    def flow(self, form: Raw, benefits: Raw, life_event: str) -> ImportedFlow:
        sections: list[Named] = []
        ids = Ids()
        for entry in form["sectionsEligibilityCriteria"]:
            section = Named(ids.of(entry["section"]["heading"]), self.words(entry["section"]["heading"]))
            sections.append(section)
            for fieldset in entry["section"]["fieldsets"]:
                self.question(fieldset["fieldset"], section.id, when=None)
        names = Ids()
        outcomes = [self.outcome(entry["benefit"], names) for entry in benefits]
        flow = Flow(
            name=f"{life_event}-{self.language}",
            languages=(self.language,),
            title=self.words(form["title"]),
            summary=self.words(form["summary"]),
            order=Order.AUTHOR,
            tells=Tells.MAY_GET,
            questions=tuple(each.question for each in self.asked.values()),
            outcomes=tuple(outcomes),
            sections=tuple(sections),
            life_event=life_event,
        )
        return ImportedFlow(flow, tuple(self.notes))

    def question(self, fieldset: Raw, section: str, *, when: Condition | None) -> None:
        key = fieldset["criteriaKey"]
        criteria = fieldset["inputs"][0]["inputCriteria"]
        dated = criteria["type"] == "Date"
        options: dict[str, str] = {}
        texts: list[Option] = []
        ids = Ids()
        for value in () if dated else criteria["values"]:
            if value["value"].strip() in options:
                self.note(key, "an option is listed twice")
                continue
            option = Option(ids.of(value["value"]), self.words(value["option"]))
            options[value["value"].strip()] = option.id
            texts.append(option)
        question = Question(
            id=key,
            kind=Kind.DATE if dated else Kind.SINGLE,
            title=self.words(fieldset["legend"]),
            hint=self.words(fieldset["hint"]) if fieldset["hint"].strip() else None,
            section=section,
            optional=str(fieldset["required"]).upper() != "TRUE",
            when=when,
            options=tuple(texts),
        )
        self.asked[key] = _Asked(question, options)
        for child in self.children(fieldset):
            depends = self.test(key, [criteria["childDependencyOption"]], key)
            self.question(child, section, when=depends)

    def children(self, fieldset: Raw) -> Iterator[Raw]:
        for child in fieldset["children"]:
            for each in child["fieldsets"]:
                yield each["fieldset"]

    def outcome(self, benefit: Raw, names: Ids) -> Outcome:
        agency = benefit["agency"]["title"].strip()
        needs: list[Need] = []
        for place, criterion in enumerate(benefit["eligibility"], 1):
            where = f"{benefit['title']}, criterion {place}"
            key = criterion["criteriaKey"]
            label = criterion["label"].strip()
            if not label:
                self.note(where, "has no label")
                label = key.replace("_", " ")
            values = criterion.get("acceptableValues", [])
            test = self.test(key, values, where) if key in self.asked else None
            if test is None:
                self.note(where, f"no question asks for {key}{self.likely(key)}")
            needs.append(Need(self.words(label), test))
        link = benefit["SourceLink"].strip()
        return Outcome(
            id=names.of(benefit["title"]),
            title=self.words(benefit["title"]),
            summary=self.words(benefit["summary"]) if plain_text(benefit["summary"]) else None,
            href={self.language: link} if link.startswith("https://") else None,
            by=self.words(agency) if agency else None,
            needs=tuple(needs),
        )

    def test(self, key: str, values: list[str], where: str) -> Condition:
        asked = self.asked[key]
        if asked.question.kind is Kind.DATE:
            return Any(tuple(self.days(key, value, where) for value in values))
        known = [asked.options[value.strip()] for value in values if value.strip() in asked.options]
        if len(known) < len(values):
            self.note(where, f"a value is no option of {key}")
        if any(value != value.strip() for value in values):
            self.note(where, "a value has spaces around it")
        # Without an option of the question nothing satisfies it: that is what the source says.
        return OneOf(key, tuple(dict.fromkeys(known))) if known else Any(())

    def days(self, key: str, value: str, where: str) -> Condition:
        match = _DATE.match(value)
        if match is None:
            raise Malformed("benefit finder: a date is compared in a way that this format does not have")
        sign, month, day, year, passed, rest = match.groups()
        if rest:
            self.note(where, "words stand behind the comparison")
        if passed is not None:
            return Compare(key, _PASSED[Op(sign)], Moment(None, int(passed), Unit.YEARS))
        return Compare(key, Op(sign), Moment(date(int(year), int(month), int(day))))

    def likely(self, key: str) -> str:
        plain = key.removeprefix("es_")
        near = [name for name in self.asked if name.removeprefix("es_") == plain]
        return f"; {near[0]} may be meant" if near else ""

    def words(self, text: str) -> Words:
        return {self.language: plain_text(text)}

    def note(self, place: str, text: str) -> None:
        self.notes.append(Note(place, text))
