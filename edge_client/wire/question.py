"""A question that a citizen may answer, or not: the only way in which a device learns what it cannot see."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from consent_ledger import canonical
from consent_ledger.errors import Malformed
from consent_ledger.fields import Fields
from edge_client.wire.audience import NAME, read_texts


class Label(StrEnum):
    """What kind of thing a fact says: what whoever serves the page sees anyway, what the citizen said, what
    the device saw, what nobody may infer, and where somebody is."""

    PUBLIC = "public"
    DECLARED = "declared"
    OBSERVED = "observed"
    SENSITIVE = "sensitive"
    PLACE = "place"


ASKED = (Label.DECLARED, Label.SENSITIVE, Label.PLACE)


@dataclass(frozen=True, slots=True)
class Question:
    """A question and its possible answers; `label` says what an answer is, `about` which sensitive topics a
    sensitive one may bring up."""

    name: str
    options: tuple[str, ...]
    label: Label
    about: tuple[str, ...]


def parse_question(value: canonical.Json) -> Question:
    """Read one question. Raises `Malformed`."""
    fields = Fields(value, "rules: question")
    name, label = fields.text("name", pattern=NAME), fields.text("label")
    if label not in ASKED:
        raise Malformed(f"rules: question {name}: label is not among {', '.join(ASKED)}")
    question = Question(
        name, read_texts(fields, "options", pattern=NAME, least=2), Label(label), read_texts(fields, "about")
    )
    fields.done()
    if question.about and question.label is not Label.SENSITIVE:
        raise Malformed(f"rules: question {name}: is about sensitive topics and not labelled so")
    return question


def print_question(question: Question) -> canonical.Json:
    """Print what `parse_question` reads."""
    return {
        "name": question.name,
        "options": list(question.options),
        "label": question.label.value,
        "about": list(question.about),
    }
