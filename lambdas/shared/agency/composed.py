"""From a site's drafts to the files of a bundle, the same bytes for the same drafts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from consent_ledger import canonical
from consent_ledger.canonical import Json
from consent_ledger.errors import Malformed
from edge_client.wire.audience import AllOf, AnyOf, Condition, InTable, NotThis
from edge_client.wire.rules import Rules
from edge_client.wire.tables import Table
from lambdas.shared.agency.collection import ORDERED, Collection, rules_of

Drafts = Mapping[Collection, Mapping[str, Mapping[str, Json]]]
"""What is in a site's draft: bodies by collection and name, nothing that was deleted."""

CATALOGUE, RULES, NOTICES, FLOWS, REMINDERS = (
    "catalogue.json",
    "rules.json",
    "notices.json",
    "flows.json",
    "reminders.json",
)

FILES_OF: Final[Mapping[str, tuple[Collection, ...]]] = {
    CATALOGUE: (Collection.CATALOGUE,),
    RULES: (
        Collection.SLOTS,
        Collection.SEGMENTS,
        Collection.QUESTIONS,
        Collection.CALENDARS,
        Collection.RULES,
        Collection.SETTINGS,
    ),
    NOTICES: (Collection.NOTICES,),
    FLOWS: (Collection.FLOWS,),
    REMINDERS: (Collection.REMINDERS, Collection.SETTINGS),
}
"""The files that drafts make, and of which collections each is made."""


def compose(site: str, drafts: Drafts) -> dict[str, bytes]:
    """Return the files that the drafts make, by name, as canonical JSON; each document was checked before.

    Raises `Malformed` for drafts that make no bundle: without settings for the rules, or with segments that
    refer to one another in a circle.
    """
    files = {
        CATALOGUE: {"v": 1, "site": site, "items": _by_id(drafts)},
        RULES: _rules(drafts),
        NOTICES: {"v": 1, "notices": _named(drafts, Collection.NOTICES)},
    }
    if drafts.get(Collection.FLOWS):
        files[FLOWS] = {"v": 1, "flows": _named(drafts, Collection.FLOWS)}
    if drafts.get(Collection.REMINDERS):
        zone = _settings(drafts, "reminders")
        files[REMINDERS] = {"v": 1, "reminders": _named(drafts, Collection.REMINDERS), **zone}
    return {name: canonical.encode(value) for name, value in files.items()}


def _by_id(drafts: Drafts) -> list[Json]:
    items = drafts.get(Collection.CATALOGUE, {}).values()
    return [dict(item) for item in sorted(items, key=lambda item: str(item["id"]))]


def _named(drafts: Drafts, collection: Collection) -> list[Json]:
    documents = drafts.get(collection, {})
    return [dict(documents[name]) for name in sorted(documents)]


def _rules(drafts: Drafts) -> dict[str, Json]:
    calendars = _named(drafts, Collection.CALENDARS)
    slots, questions, rules = (_ordered(drafts, each) for each in ORDERED)
    return {
        "v": 2,
        **_settings(drafts, "rules"),
        "slots": slots,
        "definitions": _defined(drafts, calendars),
        "questions": questions,
        "rules": rules,
        **({"calendars": calendars} if calendars else {}),
    }


def _settings(drafts: Drafts, name: str) -> Mapping[str, Json]:
    found = drafts.get(Collection.SETTINGS, {}).get(name)
    if found is None:
        raise Malformed(f"settings: {name} is missing")
    return found


def _ordered(drafts: Drafts, collection: Collection) -> list[Json]:
    """The documents in the order that the author gave; those that it leaves out come after, by name."""
    order = drafts.get(Collection.SETTINGS, {}).get("order", {}).get(collection.value)
    given = [str(name) for name in order] if isinstance(order, list) else []
    documents = drafts.get(collection, {})
    names = [name for name in given if name in documents]
    return [dict(documents[name]) for name in [*names, *sorted(documents.keys() - set(names))]]


def _defined(drafts: Drafts, calendars: list[Json]) -> list[Json]:
    """The segments, each after those that it refers to, otherwise by name."""
    documents = drafts.get(Collection.SEGMENTS, {})
    definitions = rules_of({"definitions": _named(drafts, Collection.SEGMENTS)}).definitions
    needs = {each.name: _needed(each) & documents.keys() for each in definitions}
    placed: dict[str, Json] = {}
    while len(placed) < len(documents):
        ready = sorted(
            name for name, needed in needs.items() if name not in placed and needed <= placed.keys()
        )
        if not ready:
            raise Malformed("segments: some refer to one another in a circle")
        placed |= {name: dict(documents[name]) for name in ready}
    return list(placed.values())


def _needed(definition: Condition | Table) -> set[str]:
    if isinstance(definition, Table):
        return set(definition.columns)
    match definition.test:
        case AllOf(names) | AnyOf(names):
            return set(names)
        case NotThis(name):
            return {name}
        case InTable(table, _):
            return {table}
        case _:
            return set()


def parts_of(site: str, files: Mapping[str, bytes]) -> dict[Collection, dict[str, dict[str, Json]]]:
    """Take the files of a bundle apart into drafts that `compose` makes the same files of.

    Raises `Malformed` for files that are none, and for rules of version 1, which have no settings.
    """
    rules = canonical.decode_object(files[RULES])
    Rules.parse(files[RULES])
    if rules.pop("v") != 2:
        raise Malformed("rules: of version 1")
    order: dict[str, Json] = {}
    drafts: dict[Collection, dict[str, dict[str, Json]]] = {each: {} for each in Collection}
    for collection, field, by in (
        (Collection.SLOTS, "slots", "slot"),
        (Collection.SEGMENTS, "definitions", "name"),
        (Collection.QUESTIONS, "questions", "name"),
        (Collection.RULES, "rules", "name"),
        (Collection.CALENDARS, "calendars", "name"),
    ):
        drafts[collection] = _apart(rules.pop(field, []), by)
        if collection in ORDERED:
            order[collection.value] = list(drafts[collection])
    drafts[Collection.SETTINGS] = {"rules": rules, "order": order}
    catalogue = _apart(canonical.decode_object(files[CATALOGUE])["items"], "id")
    drafts[Collection.CATALOGUE] = {path.replace("/", "~"): item for path, item in catalogue.items()}
    drafts[Collection.NOTICES] = _apart(canonical.decode_object(files[NOTICES])["notices"], "lang")
    if FLOWS in files:
        drafts[Collection.FLOWS] = _apart(canonical.decode_object(files[FLOWS])["flows"], "name")
    if REMINDERS in files:
        reminders = canonical.decode_object(files[REMINDERS])
        drafts[Collection.REMINDERS] = _apart(reminders["reminders"], "name")
        drafts[Collection.SETTINGS]["reminders"] = {"zone": reminders["zone"]}
    return drafts


def _apart(rows: Json, by: str) -> dict[str, dict[str, Json]]:
    found = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    return {str(row[by]): row for row in found}
