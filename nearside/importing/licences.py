"""From the licence finder's three tables (sectors, activities, licences) to a flow.

Three questions stand for 11,000 rows: the line of business, what is done in it, and the nation.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from consent_ledger.errors import Malformed
from edge_client.wire.condition import All, Any, Condition, OneOf
from edge_client.wire.flow import Flow, Kind, Named, Need, Option, Order, Outcome, Question, Tells
from nearside.importing.imported import Ids, ImportedFlow, Note

NATIONS: Final = {
    "england": ("England", "DA_ENGLAND"),
    "scotland": ("Scotland", "DA_SCOTLAND"),
    "wales": ("Wales", "DA_WALES"),
    "northern-ireland": ("Northern Ireland", "DA_NIRELAND"),
}
_LICENCES: Final = (
    *("SECTOR_OID", "SECTOR", "BUSINESSACT_ID", "ACTIVITY_TITLE", "LICENCE_OID", "LICENCE"),
    *("REGULATION_AREA", "ALL_OF_UK", *(column for _, column in NATIONS.values())),
)
Row = dict[str, str]


def import_licences(*, sectors: bytes, activities: bytes, licences: bytes) -> ImportedFlow:
    """Read the three CSV files. Raises `Malformed` when a column is missing.

    A licence is needed for an activity in a sector, in some nations: those rows are its conditions.
    """
    named = {row["LAYER3_OID"]: row["LAYER3"] for row in _rows(sectors, "LAYER3_OID", "LAYER3")}
    done = _rows(activities, "SECTOR_OID", "SECTOR", "BUSINSS_ACT_ID", "ACTIVITY_TITLE")
    rows = _rows(licences, *_LICENCES)
    notes = [
        Note(f"licences: sector {oid}", "is not in the table of sectors")
        for oid in sorted({row["SECTOR_OID"] for row in rows} - set(named))
    ]
    for row in (*done, *rows):
        named.setdefault(row["SECTOR_OID"], row["SECTOR"])
    offered: dict[str, set[str]] = defaultdict(set)
    titles: dict[str, str] = {}
    for act, row in (
        *((row["BUSINSS_ACT_ID"], row) for row in done),
        *((row["BUSINESSACT_ID"], row) for row in rows),
    ):
        offered[act].add(row["SECTOR_OID"])
        titles[act] = row["ACTIVITY_TITLE"].strip()
    busy = set().union(*offered.values())
    areas = Ids()
    groups = {area: areas.of(area) for area in sorted({row["REGULATION_AREA"].strip() for row in rows})}
    flow = Flow(
        name="licences",
        languages=("en",),
        title={"en": "Licences for your business"},
        summary={"en": "Find out which licences your business may need."},
        order=Order.GAIN,
        tells=Tells.MAY_NEED,
        questions=(
            _choice(Kind.SINGLE, "sector", "What is your line of business?", named),
            Question(
                id="activities",
                kind=Kind.SEVERAL,
                title={"en": "What does your business do?"},
                optional=True,
                when=OneOf("sector", _in_order(named, busy)),
                options=tuple(
                    Option(act, {"en": titles[act]}, when=OneOf("sector", _in_order(named, offered[act])))
                    for act in sorted(titles, key=lambda act: (titles[act], act))
                ),
                none={"en": "None of these"},
            ),
            _choice(
                Kind.SINGLE,
                "nation",
                "Where is your business?",
                {nation: name for nation, (name, _) in NATIONS.items()},
            ),
        ),
        outcomes=tuple(_outcomes(rows, named, groups)),
        groups=tuple(Named(group, {"en": area}) for area, group in groups.items()),
        life_event="starting-a-business",
    )
    return ImportedFlow(flow, tuple(notes))


def _outcomes(rows: list[Row], named: Mapping[str, str], groups: Mapping[str, str]) -> Iterable[Outcome]:
    by_licence: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_licence[row["LICENCE_OID"]].append(row)
    for oid, its in sorted(by_licence.items(), key=lambda item: (item[1][0]["LICENCE"], item[0])):
        sectors: dict[str, set[str]] = defaultdict(set)
        for row in its:
            sectors[row["BUSINESSACT_ID"]].add(row["SECTOR_OID"])
        acts = tuple(
            All((OneOf("sector", _in_order(named, sectors[act])), OneOf("activities", (act,))))
            for act in sorted(sectors)
        )
        needs = [Need({"en": "Your business does something that this licence is for"}, _any(acts))]
        nations = tuple(
            nation
            for nation, (_, column) in NATIONS.items()
            if any(row[column] == "1" or row["ALL_OF_UK"] == "1" for row in its)
        )
        if len(nations) < len(NATIONS):
            where = ", ".join(NATIONS[nation][0] for nation in nations) or "none of the four nations"
            test = OneOf("nation", nations) if nations else Any(())
            needs.append(Need({"en": f"Your business is in: {where}"}, test))
        area = its[0]["REGULATION_AREA"].strip()
        yield Outcome(oid, {"en": its[0]["LICENCE"].strip()}, groups=(groups[area],), needs=tuple(needs))


def _any(parts: tuple[Condition, ...]) -> Condition:
    return parts[0] if len(parts) == 1 else Any(parts)


def _choice(kind: Kind, name: str, title: str, options: Mapping[str, str]) -> Question:
    return Question(
        id=name,
        kind=kind,
        title={"en": title},
        options=tuple(Option(each, {"en": text.strip()}) for each, text in options.items()),
    )


def _in_order(named: Mapping[str, str], some: set[str]) -> tuple[str, ...]:
    return tuple(oid for oid in named if oid in some)


def _rows(raw: bytes, *columns: str) -> list[Row]:
    try:
        reader = csv.DictReader(io.StringIO(raw.decode("utf-8"), newline=""))
        rows = list(reader)
    except (UnicodeDecodeError, csv.Error) as error:
        raise Malformed("licences: not a table in UTF-8") from error
    if not set(columns) <= set(reader.fieldnames or ()):
        raise Malformed("licences: a column is missing")
    if any(row.get(column) is None for row in rows for column in columns):
        raise Malformed("licences: a row is too short")
    return rows
