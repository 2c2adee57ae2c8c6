"""What a flow may tell the rules of its site, and in which words the citizen is asked for a yes to that."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from consent_ledger.canonical import Json
from consent_ledger.errors import Malformed
from consent_ledger.fields import Fields
from edge_client.wire.audience import NAME
from edge_client.wire.condition import ID
from edge_client.wire.flow_words import optional_words

MOST_TOLD: Final = 1000


@dataclass(frozen=True, slots=True)
class Tellable:
    """One option of a flow's question, and the answer of the rules that it stands for, `means`.

    `asks` is what is asked before it is remembered, one text in each language of the flow; None leaves it to
    the device's own words, which a sensitive question may not.
    """

    option: str
    means: str
    asks: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class ToldInFlow:
    """The question of the rules that a flow's question asks, and the options that are worth telling."""

    question: str
    options: tuple[Tellable, ...]


def read_told(
    value: Json, languages: tuple[str, ...], noun: str, *, options: Collection[str] | None
) -> ToldInFlow:
    """Read it; `options` are those of the question, None where it may have several answers or other ones.

    Raises `Malformed` with the place, which `noun` begins.
    """
    fields = Fields(value, noun)
    question = fields.text("question", pattern=NAME)
    rows = tuple(
        _tellable(row, languages, f"{noun}: options {place}")
        for place, row in enumerate(fields.rows("options", max_length=MOST_TOLD), 1)
    )
    fields.done()
    named = [each.option for each in rows]
    if options is None:
        raise Malformed(f"{noun}: only a question of one answer may be one of the rules")
    if not rows or len(set(named)) != len(named) or not set(options).issuperset(named):
        raise Malformed(f"{noun}: options names none, one twice, or one that the question lacks")
    return ToldInFlow(question, rows)


def _tellable(value: Json, languages: tuple[str, ...], noun: str) -> Tellable:
    fields = Fields(value, noun)
    row = Tellable(
        fields.text("option", pattern=ID),
        fields.text("means", pattern=NAME),
        optional_words(fields, "asks", languages, noun),
    )
    fields.done()
    return row


def print_told(told: ToldInFlow) -> dict[str, Json]:
    """Print it as it stands in the file."""
    return {
        "question": told.question,
        "options": [
            {
                "option": each.option,
                "means": each.means,
                "asks": None if each.asks is None else dict(each.asks),
            }
            for each in told.options
        ],
    }
