"""Answers that the citizen asked this device to keep: to bytes and back, also when the flow has changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from consent_ledger import canonical
from consent_ledger.canonical import Json
from consent_ledger.errors import Malformed, Refused
from consent_ledger.fields import Fields
from edge_client.flows.answers import Answers, print_answer, read_answer, settle
from edge_client.flows.cells import Answer, limits
from edge_client.flows.tables import Tables
from edge_client.wire.condition import ID, read_day
from edge_client.wire.flow import Flow, Question
from edge_client.wire.flow_reading import MOST_QUESTIONS

MAX_SAVED_BYTES: Final = 64 * 1024
_DIGEST: Final = r"[0-9a-f]{16}"


@dataclass(frozen=True, slots=True)
class Saved:
    """What is kept: answers as JSON and what was skipped, each with the digest of the question it was to.

    `flow` is the flow's name, `hash` its hash at that time, and `until` the last day on which it may be used.
    """

    flow: str
    hash: str
    until: date
    answers: Mapping[str, tuple[str, Json]]
    skipped: Mapping[str, str]

    @classmethod
    def from_bytes(cls, raw: bytes) -> Saved:
        """Read what `to_bytes` printed. Raises `Malformed`."""
        fields = Fields(canonical.decode(raw, max_bytes=MAX_SAVED_BYTES), "saved answers")
        fields.whole("v", low=1, high=1)
        saved = cls(
            flow=fields.text("flow", pattern=ID),
            hash=fields.hex("hash", 32).hex(),
            until=read_day(fields.text("until"), "saved answers: until"),
            answers=_answers(fields.rows("answers", max_length=MOST_QUESTIONS)),
            skipped=_skipped(fields.rows("skipped", max_length=MOST_QUESTIONS)),
        )
        fields.done()
        if saved.to_bytes() != raw:
            raise Malformed("saved answers: not in order")
        return saved

    def to_bytes(self) -> bytes:
        """Print canonical JSON, questions in the order of their ids."""
        return canonical.encode(
            {
                "v": 1,
                "flow": self.flow,
                "hash": self.hash,
                "until": self.until.isoformat(),
                "answers": [[name, *self.answers[name]] for name in sorted(self.answers)],
                "skipped": [[name, self.skipped[name]] for name in sorted(self.skipped)],
            }
        )


@dataclass(frozen=True, slots=True)
class Resumed:
    """The answers that still count, and the questions whose answers do not, in the flow's order."""

    answers: Answers
    dropped: tuple[str, ...]


def save(flow: Flow, answers: Answers, *, until: date) -> Saved:
    """Return what to keep of the answers until a day."""
    return Saved(
        flow.name,
        flow.hash,
        until,
        {name: (flow.question(name).digest, print_answer(answer)) for name, answer in answers.given.items()},
        {name: flow.question(name).digest for name in answers.skipped},
    )


def resume(tables: Tables, saved: Saved) -> Resumed:
    """Return the answers to go on with; of a flow that changed, those to questions that did not.

    Raises `Refused` when they are of another flow, or past their last day.
    """
    if saved.flow != tables.flow.name:
        raise Refused("saved answers: of another flow")
    if tables.today > saved.until:
        raise Refused("saved answers: past their last day")
    given: dict[str, Answer] = {}
    skipped: set[str] = set()
    for question in tables.flow.questions:
        digest, value = saved.answers.get(question.id, ("", None))
        if digest == question.digest and (answer := _answer(question, value, tables.today)) is not None:
            given[question.id] = answer
        elif saved.skipped.get(question.id) == question.digest and question.optional:
            skipped.add(question.id)
    answers = settle(tables, given, frozenset(skipped))
    before = [*saved.answers, *saved.skipped]
    kept = {
        name
        for name, (_, value) in saved.answers.items()
        if name in answers.given and print_answer(answers.given[name]) == value
    }
    gone = set(before) - kept - answers.skipped
    order = [question.id for question in tables.flow.questions]
    known = [name for name in order if name in gone]
    return Resumed(answers, (*known, *sorted(gone.difference(order))))


def _answer(question: Question, value: Json, today: date) -> Answer | None:
    """The answer, or None where it is none of the question's own."""
    try:
        answer = read_answer(question, value)
    except Malformed:
        return None
    ids = [option.id for option in question.options]
    match answer:
        case str():
            return answer if answer in ids else None
        case tuple():
            return answer if answer == tuple(each for each in ids if each in answer) else None
        case date() | int():
            low, high = limits(question, today=today)
            whole = answer.toordinal() if isinstance(answer, date) else answer
            return answer if low <= whole <= high else None


def _answers(rows: list[Json]) -> dict[str, tuple[str, Json]]:
    found: dict[str, tuple[str, Json]] = {}
    for row in rows:
        match row:
            case [str(name), str(digest), str() | int() | list() as value] if not isinstance(value, bool):
                _check_row(name, digest)
                found[name] = digest, value
            case _:
                raise Malformed("saved answers: an answer is not a question, a digest and a value")
    return found


def _skipped(rows: list[Json]) -> dict[str, str]:
    found: dict[str, str] = {}
    for row in rows:
        match row:
            case [str(name), str(digest)]:
                _check_row(name, digest)
                found[name] = digest
            case _:
                raise Malformed("saved answers: what was skipped is not a question and a digest")
    return found


def _check_row(name: str, digest: str) -> None:
    fields = Fields({"question": name, "digest": digest}, "saved answers")
    fields.text("question", pattern=ID)
    fields.text("digest", pattern=_DIGEST)
