"""What drafts are of: each collection, how a document in it is checked, and what names it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Final

from consent_ledger import canonical
from consent_ledger.canonical import Json
from consent_ledger.errors import Malformed
from consent_ledger.fields import Fields
from edge_client.wire.calendars import parse_calendar
from edge_client.wire.catalogue import CatalogueItem, ItemKind
from edge_client.wire.flow_reading import read_flow
from edge_client.wire.notice import Notice
from edge_client.wire.paths import ItemId
from edge_client.wire.question import parse_question
from edge_client.wire.reminders import Reminders, read_reminder
from edge_client.wire.rule import parse_rule
from edge_client.wire.rules import Rules
from lambdas.shared.agency.goal import Goal
from lambdas.shared.agency.problems import Problem, said_of

NAME: Final = r"(?!\.+$)[A-Za-z0-9._~-]{1,200}"
"""What a document may be called in an address: nothing there has to be escaped."""

MOST_BYTES: Final = 200_000
"""The longest document: with who edited it, it stays under the 400 KB that a row may have."""


class Collection(StrEnum):
    """The collections of a site's draft."""

    CATALOGUE = "catalogue"
    SLOTS = "slots"
    SEGMENTS = "segments"
    QUESTIONS = "questions"
    CALENDARS = "calendars"
    RULES = "rules"
    GOALS = "goals"
    FLOWS = "flows"
    REMINDERS = "reminders"
    NOTICES = "notices"
    SETTINGS = "settings"


NAMED_BY: Final[Mapping[Collection, str]] = {
    Collection.CATALOGUE: "id",
    Collection.SLOTS: "slot",
    Collection.NOTICES: "lang",
}
"""The field that names a document where that is not `name`; settings have none, their address names them."""

ORDERED: Final = (Collection.SLOTS, Collection.QUESTIONS, Collection.RULES)
"""The collections whose order says something; `settings/order` gives it."""

_FORMATS: Final = "docs/agency-api.md"
_ITEM: Final = CatalogueItem(ItemId("/"), "", "", "", ItemKind.INFORMATION, "").to_json()
_SETTINGS: Final = {
    "recent_pages": 5,
    "decay_milli": 600,
    "keep_days": 90,
    "never_topics": [],
    "never_items": [],
    "entitled_items": [],
    "entitled_topics": [],
    "slots_a_page": 2,
    "interest_sessions": 2,
}


def check(collection: Collection, name: str, body: Json) -> tuple[Problem, ...]:
    """Say what is wrong with one document in itself; nothing where it may be kept as a draft."""
    if not isinstance(body, dict):
        return (Problem("", "not an object", "write a JSON object"),)
    problems = tuple(_missing(collection, body))
    if problems:
        return problems
    try:
        _PARSERS[collection](name, body)
    except Malformed as error:
        # A slot has a field of the name of its kind, which the words begin with.
        message = str(error).removeprefix("rules: slot: ")
        return (said_of(message, body, otherwise=f"write it as {_FORMATS} says"),)
    except RecursionError:
        return (Problem("", "nested too deeply", "write it with fewer levels"),)
    field = NAMED_BY.get(collection, "name")
    if collection is not Collection.SETTINGS and name_of(collection, body) != name:
        return (
            Problem(f"/{field}", "is not what its address says", f"send it to .../{collection}/{{{field}}}"),
        )
    return ()


def name_of(collection: Collection, body: Mapping[str, Json]) -> str:
    """Return the name that a document gives itself: a page's path with `~` for `/`; "" where it has none."""
    named = body.get(NAMED_BY.get(collection, "name"))
    name = named if isinstance(named, str) else ""
    if collection is Collection.CATALOGUE:
        name = "" if "~" in name else name.replace("/", "~")
    return name if re.fullmatch(NAME, name) else ""


def rules_of(parts: Mapping[str, Json]) -> Rules:
    """Parse rules that have these parts, and nothing else but usual settings. Raises `Malformed`."""
    empty: dict[str, Json] = {"v": 2, "slots": [], "definitions": [], "questions": [], "rules": []}
    return Rules.parse(canonical.encode({**empty, **_SETTINGS, **parts}))


def _missing(collection: Collection, body: Mapping[str, Json]) -> list[Problem]:
    # The catalogue's own parser says only that some field is missing or unknown: here it is told which.
    if collection is not Collection.CATALOGUE:
        return []
    return [
        *(Problem(f"/{field}", "is missing", f"add {field}") for field in sorted(_ITEM.keys() - body.keys())),
        *(
            Problem(f"/{field}", "is none of this format", "take it away")
            for field in sorted(body.keys() - _ITEM.keys() - {"picture"})
        ),
    ]


def _settings(name: str, body: Json) -> None:
    match name, body:
        case "rules", dict():
            parts = set(body) - {"half_life_days", "outcome_days", "child_topics"}
            if parts != set(_SETTINGS):
                raise Malformed("settings: not those of rules: some are missing or unknown")
            rules_of(body)
        case "reminders", dict():
            Reminders.parse(canonical.encode({"v": 1, "reminders": [], **body}))
        case "order", _:
            fields = Fields(body, "settings")
            for each in ORDERED:
                rows = fields.rows(each, max_length=1000)
                if not all(isinstance(row, str) for row in rows) or len(set(map(str, rows))) != len(rows):
                    raise Malformed(f"settings: {each} are not names, each once")
            fields.done()
        case _:
            raise Malformed("settings: there are rules, reminders and order, and no others")


_PARSERS: Final[Mapping[Collection, Callable[[str, Json], object]]] = {
    Collection.CATALOGUE: lambda _, body: CatalogueItem.from_json(body),
    Collection.SLOTS: lambda _, body: rules_of({"slots": [body]}),
    Collection.SEGMENTS: lambda _, body: rules_of({"definitions": [body]}),
    Collection.QUESTIONS: lambda _, body: parse_question(body),
    Collection.CALENDARS: lambda _, body: parse_calendar(body),
    Collection.RULES: lambda _, body: parse_rule(body),
    Collection.GOALS: lambda _, body: Goal.from_json(body),
    Collection.FLOWS: lambda _, body: read_flow(body, "flow"),
    Collection.REMINDERS: lambda _, body: read_reminder(body, "reminder"),
    Collection.NOTICES: lambda _, body: Notice.from_value(body),
    Collection.SETTINGS: _settings,
}
