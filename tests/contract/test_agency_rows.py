"""The laws of `AgencyRows`: every implementation passes them, the reference in memory first."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from lambdas.shared.agency.dynamo import DynamoRows
from lambdas.shared.agency.memory import MemoryRows
from lambdas.shared.agency.rows import MOST_WRITES, AgencyId, AgencyRows, Kind, Place, Row, Write, all_rows

if TYPE_CHECKING:
    from tests.support.ministack import MiniStack

pytest_plugins = ["tests.support.ministack"]
US, THEM = AgencyId("riverton"), AgencyId("lakeside")
RULES = Place(Kind.DRAFTS, "city#rules")


@pytest.fixture(scope="module")
def table(ministack: MiniStack) -> DynamoRows:
    return DynamoRows(ministack.client("dynamodb"), ministack.table("pk", "sk"))


@pytest.fixture(params=["memory", pytest.param("dynamo", marks=pytest.mark.stack)])
def rows(request: pytest.FixtureRequest) -> AgencyRows:
    if request.param == "memory":
        return MemoryRows()
    stored: DynamoRows = request.getfixturevalue("table")
    for item in stored.client.scan(TableName=stored.table)["Items"]:
        key = {"pk": item["pk"], "sk": item["sk"]}
        stored.client.delete_item(TableName=stored.table, Key=key)
    return stored


def test_what_is_written_is_read_with_its_revision(rows: AgencyRows) -> None:
    """The first write needs that there is none, each later one the revision before; others change nothing."""
    assert rows.read(US, RULES, "a") is None
    assert rows.write(US, Write(RULES, "a", b"1", after=0))
    assert not rows.write(US, Write(RULES, "a", b"2", after=0))
    assert rows.write(US, Write(RULES, "a", b"3", after=1, expires_at=99))
    assert not rows.write(US, Write(RULES, "a", b"4", after=1))
    assert not rows.write(US, Write(RULES, "b", b"5", after=7))
    assert rows.read(US, RULES, "a") == Row("a", 2, b"3", 99)
    assert rows.read(US, RULES, "b") is None


def test_rows_come_from_the_last_to_the_first_as_well(rows: AgencyRows) -> None:
    """From the greatest name on, or from before one; as many as are asked for; of one agency and place."""
    for name in ("b", "é", "a", "c"):
        rows.write(US, Write(RULES, name, name.encode(), after=0))
    rows.write(THEM, Write(RULES, "z", b"", after=0))
    assert [row.name for row in rows.page_back(US, RULES, before=None, limit=9)] == ["é", "c", "b", "a"]
    assert [row.name for row in rows.page_back(US, RULES, before="c", limit=9)] == ["b", "a"]
    assert [row.name for row in rows.page_back(US, RULES, before=None, limit=2)] == ["é", "c"]
    assert (
        rows.page_back(US, RULES, before="a", limit=2) == rows.page_back(US, RULES, before="", limit=2) == ()
    )
    assert rows.last(US, RULES) == rows.page_back(US, RULES, before=None, limit=1)[0]


def test_all_rows_of_a_write_are_written_or_none(rows: AgencyRows) -> None:
    """One that is not of the revision expected keeps the others from being written, in whatever place."""
    audit = Place(Kind.AUDIT)
    assert rows.write(US, Write(RULES, "a", b"1", after=0), Write(audit, "1", b"x", after=0))
    assert not rows.write(US, Write(RULES, "a", b"2", after=1), Write(audit, "1", b"y", after=0))
    assert rows.read(US, RULES, "a") == Row("a", 1, b"1")
    assert rows.read(US, audit, "1") == Row("1", 1, b"x")
    for bad in ((), (Write(RULES, "c", b"", after=0),) * 2):
        with pytest.raises(ValueError, match="none, too many"):
            rows.write(US, *bad)
    many = tuple(Write(RULES, f"m{n:03}", b"", after=0) for n in range(MOST_WRITES))
    assert rows.write(US, *many)


@pytest.mark.parametrize("name", ["", "x" * 1025, "\u00e9" * 513])
def test_no_row_has_a_name_that_none_can_have(rows: AgencyRows, name: str) -> None:
    """Whoever asks for it is told so, as of any other that is not there; nobody writes one."""
    assert rows.read(US, RULES, name) is None
    with pytest.raises(ValueError, match="no row can have"):
        rows.write(US, Write(RULES, name, b"1", after=0))


def test_pages_go_by_name(rows: AgencyRows) -> None:
    """From behind a name on, at most so many, in order of code points; the last is the greatest."""
    assert rows.last(US, RULES) is None
    for name in ("b", "c", "a", "Z", "b~x"):
        rows.write(US, Write(RULES, name, b"", after=0))
    assert [row.name for row in rows.page(US, RULES, after="", limit=2)] == ["Z", "a"]
    assert [row.name for row in rows.page(US, RULES, after="a", limit=9)] == ["b", "b~x", "c"]
    assert rows.page(US, RULES, after="c", limit=9) == ()
    last = rows.last(US, RULES)
    assert last is not None
    assert last.name == "c"
    assert [row.name for row in all_rows(rows, US, RULES)] == ["Z", "a", "b", "b~x", "c"]


def test_rows_of_one_agency_are_nowhere_in_another(rows: AgencyRows) -> None:
    """Same place, same name: neither is read, listed, replaced or in the way."""
    rows.write(US, Write(RULES, "a", b"ours", after=0))
    assert rows.read(THEM, RULES, "a") is None
    assert rows.page(THEM, RULES, after="", limit=9) == ()
    assert rows.last(THEM, RULES) is None
    assert not rows.write(THEM, Write(RULES, "a", b"theirs", after=1))
    assert rows.write(THEM, Write(RULES, "a", b"theirs", after=0))
    assert rows.read(US, RULES, "a") == Row("a", 1, b"ours")


def test_an_agency_cannot_be_named_into_another_s_key() -> None:
    """A `#` in a name could make one agency's key out of another's: it is refused before any call."""
    stored = DynamoRows(SimpleNamespace(get_item=None), "none")  # type: ignore[arg-type]  # nothing may be called
    for name in ("", "riverton#drafts", "#"):
        with pytest.raises(ValueError, match="no name of an agency"):
            stored.read(AgencyId(name), RULES, "a")


def test_a_page_takes_more_than_one_answer(rows: AgencyRows) -> None:
    """Rows of more than a megabyte in all come as one page, none left out."""
    for n in range(6):
        rows.write(US, Write(RULES, f"{n}", b"x" * 250_000, after=0))
    assert [row.name for row in rows.page(US, RULES, after="", limit=9)] == list("012345")


def test_of_many_who_write_at_once_one_comes_after_another(rows: AgencyRows) -> None:
    """Eight writers add one, forty times in all, each trying again when another was faster: none is lost."""
    rows.write(US, Write(RULES, "n", b"0", after=0))

    def add(_: int) -> None:
        while True:
            row = rows.read(US, RULES, "n")
            assert row is not None
            more = b"%d" % (int(row.body) + 1)
            if rows.write(US, Write(RULES, "n", more, after=row.revision)):
                return

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(40)))
    assert rows.read(US, RULES, "n") == Row("n", 41, b"40")
