"""From the content of USAGov's benefits eligibility site to a flow of one of its life events.

Criteria are a table; life events and benefits are Markdown files with fields at their head, whose texts are
names of lines in a folder for each language. Any question of such a flow may be left out.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any as Raw
from typing import Final

import yaml

from consent_ledger.errors import Malformed
from edge_client.wire.condition import All, Any, Condition, OneOf
from edge_client.wire.flow import Flow, Kind, Named, Need, Option, Order, Outcome, Question, Tells, Words
from nearside.importing.imported import Ids, ImportedFlow, Note, plain_text
from nearside.importing.usagov import compare_day

_YES_OR_NO: Final = {"en": ("Yes", "No"), "es": ("Sí", "No")}
_LOCALES: Final = "locales/"
_FIRST: Final = "en"
"""The language in which the content is written first, and the others translated."""


def import_life_event(files: Mapping[str, bytes], *, language: str, life_event: str) -> ImportedFlow:
    """Read the site's files, by their paths in its folder. Raises `Malformed` for any other format.

    Of a criterion that the life event does not ask about a need stays open. A benefit without words in the
    language is left out. Each such, and whatever else the files say in two ways, is noted.
    """
    try:
        return _Importer(files, language).flow(life_event)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, yaml.YAMLError) as error:
        if isinstance(error, Malformed):
            raise
        raise Malformed("benefits eligibility: not the files of this format") from error


@dataclass(frozen=True, slots=True)
class _Criterion:
    """A row of the table: the name of its words, what is answered, and the names of its options."""

    label: str
    kind: str
    options: tuple[str, ...]


@dataclass(slots=True)
class _Importer:
    files: Mapping[str, bytes]
    language: str
    lines: dict[str, dict[str, str]] = field(default_factory=dict)
    """The texts of each language, by their names."""
    criteria: dict[str, _Criterion] = field(default_factory=dict)
    asked: dict[str, Question] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)

    def flow(self, life_event: str) -> ImportedFlow:
        if self.language not in _YES_OR_NO:
            raise Malformed("benefits eligibility: yes and no are not known in this language")
        self.read_lines()
        self.read_criteria()
        event = self.head(f"content/life-events/{life_event}.md")
        sections = self.questions(event)
        flow = Flow(
            name=f"{life_event}-{self.language}",
            languages=(self.language,),
            title=self.words(event["title"]),
            summary=self.words(event["summary"]),
            order=Order.AUTHOR,
            tells=Tells.MAY_GET,
            questions=tuple(self.asked.values()),
            outcomes=tuple(self.outcomes(life_event)),
            sections=tuple(sections),
            life_event=life_event,
        )
        return ImportedFlow(flow, tuple(self.notes))

    def read_lines(self) -> None:
        for path in sorted(self.files):
            if path.startswith(_LOCALES) and path.endswith(".json") and path.count("/") > 1:
                lines = self.lines.setdefault(path.split("/")[1], {})
                lines.update(json.loads(self.files[path]))

    def read_criteria(self) -> None:
        rows = csv.reader(io.StringIO(self.files["content/criteria.csv"].decode()))
        for key, label, kind, values, *_ in list(rows)[1:]:
            if kind:
                options = tuple(name for name in values.split(";") if name)
                self.criteria[key] = _Criterion(label, kind, options)

    def head(self, path: str) -> dict[str, Raw]:
        value = yaml.safe_load(self.files[path].decode().split("---\n")[1])
        if not isinstance(value, dict):
            raise Malformed(f"benefits eligibility: {path.rpartition('/')[2]} has no fields at its head")
        return value

    def questions(self, event: Mapping[str, Raw]) -> list[Named]:
        """Make the questions: those that come first, and by their answers the groups of the others."""
        ids = Ids()
        first = self.section(event["topLevelFilter"][0]["label"], ids)
        closed: dict[str, Condition] = {}
        for entry in event["topLevelFilter"]:
            question = self.question(entry["criteriaKey"], first.id, when=None)
            if entry["disableGroupKey"]:
                ending = {self.place(question.id, value) for value in entry["disableGroupWhen"]}
                open_ = tuple(each.id for at, each in enumerate(question.options) if at not in ending)
                closed[entry["disableGroupKey"]] = OneOf(question.id, open_)
        sections = [first]
        for group in event["eligibilityCriteria"]:
            sections.append(self.section(group["label"], ids))
            for key in group["criteriaKeys"]:
                self.question(key, sections[-1].id, when=closed.get(group["criteriaGroupKey"]))
        return sections

    def section(self, label: str, ids: Ids) -> Named:
        words = self.words(label)
        return Named(ids.of(words[self.language]), words)

    def question(self, key: str, section: str, *, when: Condition | None) -> Question:
        criterion = self.criteria[key]
        dated = criterion.kind == "date"
        texts: tuple[str, ...] = _YES_OR_NO[self.language]
        if criterion.kind != "boolean":
            texts = tuple(self.text(name) for name in criterion.options)
        ids = Ids()
        self.asked[key] = Question(
            id=key,
            kind=Kind.DATE if dated else Kind.SINGLE,
            title=self.words(criterion.label),
            section=section,
            optional=True,
            when=when,
            options=() if dated else tuple(Option(ids.of(text), {self.language: text}) for text in texts),
        )
        return self.asked[key]

    def outcomes(self, life_event: str) -> list[Outcome]:
        folder = "content/life-events/"
        events = {path[len(folder) : -3] for path in self.files if path.startswith(folder)}
        known = {name.partition(".")[0] for name in self.lines[_FIRST] if name.endswith(".lede")} | events
        names, made = Ids(), []
        for path in sorted(self.files):
            if not path.startswith("content/benefits/"):
                continue
            name = path.rpartition("/")[2].removesuffix(".md")
            benefit = self.head(path)
            tags = benefit.get("lifeEvents") or []
            for tag in tags:
                if tag not in known:
                    self.note(name, f"no life event is called {tag}")
            if life_event not in tags:
                continue
            if benefit["title"] not in self.lines[self.language]:
                self.note(name, f"has no words in {self.language}, and is left out")
                continue
            made.append(self.outcome(name, benefit, names))
        return made

    def outcome(self, name: str, benefit: Mapping[str, Raw], names: Ids) -> Outcome:
        needs = []
        for place, entry in enumerate(benefit["eligibility"], 1):
            where, key = f"{name}, criterion {place}", entry["criteriaKey"]
            values = entry.get("acceptableValues") or []
            if key not in self.asked:
                self.note(where, f"no question of this life event asks for {key}")
            test = self.test(key, values, where) if key in self.asked else None
            needs.append(Need(self.said(entry, values), test))
        link = self.text(benefit["source"]["link"])
        return Outcome(
            id=names.of(name),
            title=self.words(benefit["title"]),
            summary=self.words(benefit["summary"]) if self.text(benefit["summary"]) else None,
            href={self.language: link} if link.startswith("https://") else None,
            by=self.words(benefit["source"]["name"]),
            needs=tuple(needs),
        )

    def said(self, entry: Mapping[str, Raw], values: list[Raw]) -> Words:
        """Say a need in words: its own, or those of the criterion and of the answers that meet it."""
        own = self.lines[self.language].get(entry.get("label") or "", "")
        criterion = self.criteria[entry["criteriaKey"]]
        text = plain_text(own) or self.text(criterion.label)
        if criterion.kind in ("select", "radio"):
            answers = ", ".join(self.text(value) for value in values)
            text = f"{text.rstrip(': ')}: {answers}"
        return {self.language: text}

    def test(self, key: str, values: list[Raw], where: str) -> Condition:
        criterion, question = self.criteria[key], self.asked[key]
        if criterion.kind == "date":
            # More than one is a range.
            return All(tuple(compare_day(key, value)[0] for value in values))
        if criterion.kind == "boolean":
            return OneOf(key, tuple(question.options[0 if value is True else 1].id for value in values))
        places = [self.place(key, value) for value in values]
        if None in places:
            self.note(where, f"a value is no option of {key}")
        chosen = tuple(question.options[at].id for at in places if at is not None)
        return OneOf(key, tuple(dict.fromkeys(chosen))) if chosen else Any(())

    def place(self, key: str, value: str) -> int | None:
        """Which option of a criterion a value is: as the first language has it that says both alike."""
        for lines in self.lines.values():
            options = [lines.get(name, "").casefold() for name in self.criteria[key].options]
            text = lines.get(value, "").casefold()
            if text and text in options:
                return options.index(text)
        return None

    def text(self, name: str) -> str:
        return plain_text(self.lines[self.language][name])

    def words(self, name: str) -> Words:
        return {self.language: self.text(name)}

    def note(self, place: str, text: str) -> None:
        self.notes.append(Note(place, text))
