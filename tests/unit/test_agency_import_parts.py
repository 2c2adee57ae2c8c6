"""Imports of any size: a part a request, each whole whatever ends it, and no answer longer than it may be."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from lambdas.agency_imports.known import rows_named
from lambdas.agency_imports.parts import Upload
from lambdas.agency_imports.service import MOST_A_PART, MOST_TOLD, ImportsService, Taken
from lambdas.shared.agency.audit import AUDIT, Act, read_entry, verify_chain
from lambdas.shared.agency.collection import Collection
from lambdas.shared.agency.desk import Desk
from lambdas.shared.agency.document import Document, place_of, read_document
from lambdas.shared.agency.memory import MemoryRows
from lambdas.shared.agency.rows import MOST_WRITES, AgencyId, Place, Row, Write, all_rows
from lambdas.shared.importing.gathering import Asked
from lambdas.shared.importing.uploads import SourceKind
from tests.support.agency_api import Api
from tests.support.drafting import ALICE, ARTHUR, CAROL, NOW, SITE, SITES, STRANGER, Town

AGENCY, CATALOGUE = AgencyId("riverton"), place_of(SITE, Collection.CATALOGUE)
IMPORTS = f"/agency/sites/{SITE}/imports"
HEAD = "path,title,summary,topic,kind,lang\n"
A_BATCH = MOST_WRITES - 1


class Storm(ConnectionError):
    """The function dies here."""


class Watched(MemoryRows):
    """Rows that count what is asked of them, and die or are overtaken before a write that is named."""

    def __init__(
        self, *, dies_at: int | None = None, before: Callable[[Watched], None] | None = None
    ) -> None:
        super().__init__()
        self.asked: Counter[str] = Counter()
        self._dies_at = dies_at
        self._before = before

    def read(self, agency: AgencyId, place: Place, name: str) -> Row | None:
        """Count it."""
        self.asked["read"] += 1
        return super().read(agency, place, name)

    def page(self, agency: AgencyId, place: Place, *, after: str, limit: int) -> tuple[Row, ...]:
        """Count it, and the rows."""
        self.asked["page"] += 1
        found = super().page(agency, place, after=after, limit=limit)
        self.asked["rows"] += len(found)
        return found

    def write(self, agency: AgencyId, *writes: Write) -> bool:
        """Count it; die before the one that was named."""
        self.asked["write"] += 1
        if self.asked["write"] == self._dies_at:
            raise Storm
        before, self._before = self._before, None
        if before is not None:
            before(self)
        return super().write(agency, *writes)


def table(count: int, *, title: str = "Page") -> Upload:
    lines = (f"/a/p{n},{title} {n},About it.,waste,information,en\n" for n in range(count))
    return Upload(SourceKind.CSV, (HEAD + "".join(lines)).encode(), Asked(), replaces=False)


def imports(rows: MemoryRows) -> ImportsService:
    return ImportsService(Desk(rows, SITES, lambda: NOW))


def taken_whole(service: ImportsService, upload: Upload) -> list[Taken]:
    """Every part, one after the other."""
    parts = [service.take(ALICE, SITE, lambda: upload)]
    while parts[-1].cursor is not None:
        parts.append(service.take(ALICE, SITE, lambda: upload, cursor=parts[-1].cursor))
    return parts


def documents(rows: MemoryRows) -> dict[str, Document]:
    return {row.name: read_document(row) for row in all_rows(rows, AGENCY, CATALOGUE)}


def test_a_large_import_comes_in_parts_of_few_requests() -> None:
    """Each part writes so many pages at most, with four requests of the table a batch whether its pages are
    there or not; and the whole of it, again, writes nothing."""
    rows = Watched()
    upload = table(MOST_A_PART + 400)
    first, second = taken_whole(imports(rows), upload)
    assert (len(first.created), first.left, first.pages) == (MOST_A_PART, 400, MOST_A_PART + 400)
    assert (len(second.created), second.left, second.cursor) == (400, 0, None)
    assert len(documents(rows)) == MOST_A_PART + 400
    batches = MOST_A_PART // A_BATCH + -(-400 // A_BATCH)
    assert (rows.asked["write"], rows.asked["read"]) == (batches, batches)
    rows.asked.clear()
    again = taken_whole(imports(rows), upload)
    assert [each.unchanged for each in again] == [MOST_A_PART, 400]
    assert (rows.asked["write"], rows.asked["read"]) == (0, batches)
    assert rows.asked["page"] <= batches


@pytest.mark.parametrize("dies_at", [1, 2, 4])
def test_a_death_in_the_middle_leaves_whole_batches_and_the_same_upload_goes_on(dies_at: int) -> None:
    """What is written has its entries, and nothing else is written; sent again, the rest follows, and the
    draft is the one that a quiet import makes."""
    upload = table(200)
    rows, quiet = Watched(dies_at=dies_at), Watched()
    with pytest.raises(Storm):
        taken_whole(imports(rows), upload)
    entries = [read_entry(row.body) for row in all_rows(rows, AGENCY, AUDIT)]
    assert len(documents(rows)) == A_BATCH * (dies_at - 1) == A_BATCH * len(entries)
    (part,) = taken_whole(imports(rows), upload)
    assert (part.unchanged, len(part.created)) == (A_BATCH * (dies_at - 1), 200 - A_BATCH * (dies_at - 1))
    taken_whole(imports(quiet), upload)
    assert documents(rows) == documents(quiet)
    entries = [read_entry(row.body) for row in all_rows(rows, AGENCY, AUDIT)]
    verify_chain(entries)
    assert [each.deed for each in entries] == [
        read_entry(row.body).deed for row in all_rows(quiet, AGENCY, AUDIT)
    ]
    assert {each.deed.act for each in entries} == {Act.IMPORTED}


def test_who_edits_a_page_meanwhile_keeps_it() -> None:
    """A page that came between reading and writing is seen at the next try, and kept."""

    def write(rows: Watched) -> None:
        imports(rows).take(ARTHUR, SITE, lambda: table(1, title="Mine"))

    rows = Watched(before=write)
    (part,) = taken_whole(imports(rows), table(60))
    assert part.kept == ("~a~p0",)
    assert len(part.created) == 59
    assert documents(rows)["~a~p0"].author == "arthur"


def test_every_problem_is_told_once_and_no_answer_is_longer_than_it_may_be() -> None:
    """Pages that do not say enough are told a part at a time, behind the same cursor."""
    lines = "".join(f"/b/p{n},Page {n},x,,information,en\n" for n in range(2 * MOST_TOLD + 100))
    upload = Upload(SourceKind.CSV, (HEAD + lines).encode(), Asked(), replaces=False)
    parts = taken_whole(imports(MemoryRows()), upload)
    assert [len(each.unfinished) for each in parts] == [MOST_TOLD, MOST_TOLD, 100]
    assert max(len(each.problems) for each in parts) == MOST_TOLD
    told = [problem for each in parts for problem in each.problems]
    assert len(told) == parts[0].faults >= 2 * MOST_TOLD + 100
    pages = [path for each in parts for path in each.unfinished]
    assert sorted(set(pages)) == sorted(pages)


def test_a_cursor_goes_with_its_upload_alone() -> None:
    """With another upload, other wishes or another site it is refused, and nothing is written."""
    rows = MemoryRows()
    service = imports(rows)
    upload = table(MOST_A_PART + 1)
    cursor = service.take(ALICE, SITE, lambda: upload).cursor
    before = len(documents(rows))
    api = Api(Town())
    others: list[dict[str, Any]] = [
        {"kind": "csv", "content": sent(table(3)), "cursor": cursor},
        {"kind": "csv", "content": sent(upload), "replaces": True, "cursor": cursor},
        {"kind": "csv", "content": sent(upload), "lang": "en", "cursor": cursor},
        {"kind": "csv", "content": sent(upload), "cursor": "AAAA"},
    ]
    for body in others:
        assert api(ALICE, "POST", IMPORTS, body).json["detail"].startswith("cursor: ")
    assert api(ALICE, "POST", f"{IMPORTS}", {"kind": "csv", "content": sent(upload), "cursor": cursor}).json[
        "created"
    ] == ["~a~p999"]
    assert len(documents(rows)) == before


def test_nothing_is_read_of_what_somebody_sends_who_may_not_write_it() -> None:
    """403 without the scope and 404 for somebody else's site, though the content is none."""
    api = Api(Town())
    body = {"kind": "csv", "content": "%%%"}
    assert api(CAROL, "POST", IMPORTS, body).status == 403
    assert api(STRANGER, "POST", IMPORTS, body).status == 404
    assert api(ALICE, "POST", IMPORTS, body).status == 400


def test_rows_are_found_by_name_whatever_lies_between_them() -> None:
    """As one by one, in any draft; and no more rows are read along than twice the names."""
    chance = Random(6)
    for _ in range(60):
        rows = Watched()
        there = [f"n{each:03}" for each in chance.sample(range(400), chance.choice([0, 3, 60, 300]))]
        for name in there:
            rows.write(AGENCY, Write(CATALOGUE, name, b"{}", after=0))
        names = sorted(f"n{each:03}" for each in chance.sample(range(400), chance.choice([1, 2, 40])))
        rows.asked.clear()
        found = rows_named(rows, AGENCY, CATALOGUE, names)
        assert sorted(found) == sorted(set(names) & set(there))
        assert all(row.name == name for name, row in found.items())
        assert rows.asked["rows"] <= 2 * len(names)


def sent(upload: Upload) -> str:
    return base64.b64encode(upload.raw).decode()
