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


# How long an answer counts where a question does not say.
KEPT_DAYS = 365
ASKED = (Label.DECLARED, Label.SENSITIVE, Label.PLACE)


@dataclass(frozen=True, slots=True)
class Question:
    """A question and its possible answers; `label` says what an answer is, `about` which sensitive topics a
    sensitive one may bring up. An answer counts for `keep_days`, and is asked for again then. `on_page`
    says that an element of any page may ask it."""

    name: str
    options: tuple[str, ...]
    label: Label
    about: tuple[str, ...]
    keep_days: int = KEPT_DAYS
    on_page: bool = False


def parse_question(value: canonical.Json) -> Question:
    """Read one question. Raises `Malformed`."""
    fields = Fields(value, "rules: question")
    more = value if isinstance(value, dict) else {}
    name, label = fields.text("name", pattern=NAME), fields.text("label")
    if label not in ASKED:
        raise Malformed(f"rules: question {name}: label is not among {', '.join(ASKED)}")
    question = Question(
        name,
        read_texts(fields, "options", pattern=NAME, least=2),
        Label(label),
        read_texts(fields, "about"),
        fields.whole("keep_days", low=1, high=730) if "keep_days" in more else KEPT_DAYS,
        fields.flag("on_page") if "on_page" in more else False,
    )
    fields.done()
    if print_question(question).keys() != more.keys():
        raise Malformed(f"rules: question {name}: says of a field what it says by leaving it out")
    if question.about and question.label is not Label.SENSITIVE:
        raise Malformed(f"rules: question {name}: is about sensitive topics and not labelled so")
    return question


def print_question(question: Question) -> dict[str, canonical.Json]:
    """Print what `parse_question` reads: of `keep_days` and `on_page` only what is not as usual."""
    more: dict[str, canonical.Json] = {}
    more |= {"keep_days": question.keep_days} if question.keep_days != KEPT_DAYS else {}
    more |= {"on_page": True} if question.on_page else {}
    return {
        **more,
        "name": question.name,
        "options": list(question.options),
        "label": question.label.value,
        "about": list(question.about),
    }
