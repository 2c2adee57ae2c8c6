"""A finding of the advisor: what is wrong where, how that is known, why it matters and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from edge_client.wire.catalogue import Catalogue
from edge_client.wire.paths import ItemId


class Code(StrEnum):
    """Every kind of finding; `docs/advisor.md` explains each."""

    ACCURACY_DECAY = "accuracy-decay"
    BROKEN_TRANSLATION = "broken-translation"
    DEAD_END = "dead-end"
    DRIFT = "drift"
    FADING = "fading"
    MISSING_LANGUAGE = "missing-language"
    MISSING_TAG = "missing-tag"
    MISTAGGED = "mistagged"
    NEAR_DUPLICATE = "near-duplicate"
    NEVER_REACHED = "never-reached"
    NEVER_SHOWN = "never-shown"
    PAST_YEAR = "past-year"
    RETIRED_NAME = "retired-name"
    TAG_TYPO = "tag-typo"
    UNKNOWN_TO_MODEL = "unknown-to-model"
    UNREVIEWED = "unreviewed"
    UNTRANSLATED = "untranslated"


WHY: Final[Mapping[Code, str]] = MappingProxyType(
    {
        Code.ACCURACY_DECAY: "people are offered pages that fewer and fewer of them want",
        Code.BROKEN_TRANSLATION: "people who ask for their language are sent nowhere, or to another one",
        Code.DEAD_END: "people who do not find the next step on the page call, write or give up",
        Code.DRIFT: "the model suggests what people wanted then",
        Code.FADING: "a page that loses its visitors was moved, has lost a link, or is not needed any more",
        Code.MISSING_LANGUAGE: "people who do not read the language of a page cannot use the service",
        Code.MISSING_TAG: "rules and suggestions that go by this life event pass the page over",
        Code.MISTAGGED: "a page under the wrong topic is suggested to the wrong people alone",
        Code.NEAR_DUPLICATE: "people open one after the other to find out which is theirs",
        Code.NEVER_REACHED: "a page that nobody finds costs as much to keep as one that helps",
        Code.NEVER_SHOWN: "what is never suggested is found by those alone who know its name",
        Code.PAST_YEAR: "people act on rules and amounts that may not hold any more",
        Code.RETIRED_NAME: "old links and bookmarks end at nothing",
        Code.TAG_TYPO: "whatever goes by the tag misses the pages that spell it otherwise",
        Code.UNKNOWN_TO_MODEL: "new pages are never suggested until the model is trained again",
        Code.UNREVIEWED: "what nobody has checked for years is likely to be wrong somewhere",
        Code.UNTRANSLATED: "people who read this language best are left with a part of the service",
    }
)
"""Why each kind of finding matters to the people whom a site is for."""


class Sure(StrEnum):
    """How sure a finding is: a fact of the files; beyond what noise explains; or for a person to judge."""

    CERTAIN = "certain"
    LIKELY = "likely"
    LOOK = "worth a look"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One number behind a finding, with its 95 % interval where it is uncertain, and its unit."""

    name: str
    value: float
    unit: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Fix:
    """What to do: in words, and where a machine can do it as a JSON Patch (RFC 6902) of `catalogue.json`.

    `links` are pairs (on this page, to this page), `redirects` pairs (from the old name, to the page).
    """

    says: str
    patch: tuple[Mapping[str, object], ...] = ()
    links: tuple[tuple[ItemId, ItemId], ...] = ()
    redirects: tuple[tuple[ItemId, ItemId], ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding.

    `where` are the pages concerned, `visitors` how many are concerned in the releases at hand: findings are
    told in that order.
    """

    code: Code
    where: tuple[ItemId, ...]
    says: str
    evidence: tuple[Evidence, ...]
    fix: Fix
    sure: Sure
    visitors: float = 0.0


@dataclass(frozen=True, slots=True)
class Silence:
    """A question that the material cannot answer, and why: silence is not a clean bill of health."""

    code: Code
    says: str


Told = Finding | Silence


def replaced(catalogue: Catalogue, index: int, field: str, value: object) -> tuple[Mapping[str, object], ...]:
    """A JSON Patch that sets one field of an item, after testing that it is the item meant."""
    place = f"/items/{index}"
    return (
        {"op": "test", "path": f"{place}/id", "value": catalogue.items[index].id},
        {"op": "replace", "path": f"{place}/{field}", "value": value},
    )
