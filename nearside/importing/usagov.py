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
# The Spanish files mark their keys so; some criteria and questions are left without, and some are marked that
# have no marked question.
_MARK: Final = "es_"
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

    A criterion whose key no question has is taken for the one question whose key differs by the mark of the
    language alone; one whose values are all another question's, and none its own, for that; the second of
    two same options for the one value that criteria name and no option is. Any other criterion becomes a need
    that nobody asks about. Each, and whatever else the file says in two ways, is noted.
    """
    try:
        data = json.loads(raw)["data"]
        return _Importer(language).flow(data["lifeEventForm"], data["benefits"], life_event)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        if isinstance(error, Malformed):
            raise
        raise Malformed("benefit finder: not a file of this format") from error


def compare_day(key: str, value: str) -> tuple[Condition, str]:
    """Read `<18years` or `>=05-20-2020` as a test of the question `key`, with what stands behind it.

    Raises `Malformed`.
    """
    match = _DATE.match(value)
    if match is None:
        raise Malformed("benefit finder: a date is compared in a way that this format does not have")
    sign, month, day, year, passed, rest = match.groups()
    if passed is not None:
        return Compare(key, _PASSED[Op(sign)], Moment(None, int(passed), Unit.YEARS)), rest
    return Compare(key, Op(sign), Moment(date(int(year), int(month), int(day)))), rest


def _plain(key: str) -> str:
    return key.removeprefix(_MARK)


@dataclass(slots=True)
class _Asked:
    """A question and, by the value in the source, the ids of its options."""

    question: Question
    options: dict[str, str]

    def takes(self, value: str) -> bool:
        """Whether a value of the source can be an answer to it."""
        if self.question.kind is Kind.DATE:
            return _DATE.match(value) is not None
        return value.strip() in self.options


@dataclass(slots=True)
class _Importer:
    language: str
    named: dict[str, list[str]] = field(default_factory=dict)
    """The values that criteria name, by key without the mark of a language, in the order of the source."""
    asked: dict[str, _Asked] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)

    def flow(self, form: Raw, benefits: Raw, life_event: str) -> ImportedFlow:
        for benefit in benefits:
            for criterion in benefit["benefit"]["eligibility"]:
                named = self.named.setdefault(_plain(criterion["criteriaKey"]), [])
                named.extend(value.strip() for value in criterion.get("acceptableValues", []))
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
            name, text = value["value"].strip(), value["option"]
            if name in options:
                missing = self.missing(key, [each["value"].strip() for each in criteria["values"]])
                self.note(key, "an option is listed twice" + (f"; taken for {missing}" if missing else ""))
                if missing is None or missing in options:
                    continue
                name = text = missing
            option = Option(ids.of(name), self.words(text))
            options[name] = option.id
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

    def missing(self, key: str, options: list[str]) -> str | None:
        """The one value that criteria name for a question and that is no option of it, if there is one."""
        left = {value: None for value in self.named.get(_plain(key), ()) if value not in options}
        return next(iter(left)) if len(left) == 1 else None

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
            asked = self.meant(key, values)
            if asked is None:
                self.note(where, f"no question asks for {key}")
            elif asked != key:
                told = "its values are no options of" if key in self.asked else "no question asks for"
                self.note(where, f"{told} {key}; taken for {asked}")
            needs.append(Need(self.words(label), self.test(asked, values, where) if asked else None))
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
        test, rest = compare_day(key, value)
        if rest:
            self.note(where, "words stand behind the comparison")
        return test

    def meant(self, key: str, values: list[str]) -> str | None:
        """The question that a criterion is about, by its key or else by its values; None where it is none."""
        plain = _plain(key)
        near = [key] if key in self.asked else [name for name in self.asked if _plain(name) == plain]
        if len(near) != 1:
            return None
        (name,) = near
        if not values or any(self.asked[name].takes(value) for value in values):
            return name
        others = [other for other, each in self.asked.items() if all(each.takes(value) for value in values)]
        return others[0] if len(others) == 1 else name

    def words(self, text: str) -> Words:
        return {self.language: plain_text(text)}

    def note(self, place: str, text: str) -> None:
        self.notes.append(Note(place, text))
