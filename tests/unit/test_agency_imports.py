"""Pages taken into a draft over HTTP: what is written, what is kept, and what is said of the rest."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from lambdas.shared.agency.audit import AUDIT, Act, read_entry, verify_chain
from lambdas.shared.agency.rows import AgencyId, all_rows
from tests.support.agency_api import Answer, Api
from tests.support.drafting import ALICE, ARTHUR, CAROL, SITE, Town

IMPORTS, CATALOGUE = f"/agency/sites/{SITE}/imports", f"/agency/sites/{SITE}/drafts/catalogue"
HEAD = "path,title,summary,topic,kind,lang\n"


@pytest.fixture
def api() -> Api:
    return Api(Town())


def upload(api: Api, table: str, **more: Any) -> Answer:
    content = base64.b64encode(table.encode()).decode()
    return api(more.pop("who", ALICE), "POST", IMPORTS, {"kind": "csv", "content": content, **more})


def test_pages_become_documents_once(api: Api) -> None:
    """Each under its path; the same upload again writes nothing and enters nothing."""
    table = HEAD + "".join(f"/a/p{n},Page {n},About it.,waste,information,en\n" for n in range(120))
    first = upload(api, table).json
    assert (len(first["created"]), first["unchanged"]) == (120, 0)
    assert [each for each in first["problems"] if each["fatal"]] == []
    assert api(CAROL, "GET", f"{CATALOGUE}/~a~p7").json["title"] == "Page 7"
    again = upload(api, table).json
    assert (again["created"], again["changed"], again["unchanged"]) == ([], [], 120)
    entries = [read_entry(row.body) for row in all_rows(api.town.rows, AgencyId("riverton"), AUDIT)]
    verify_chain(entries)
    assert [(entry.deed.act, entry.deed.about) for entry in entries] == [
        (Act.IMPORTED, "catalogue: 49 pages"),
        (Act.IMPORTED, "catalogue: 49 pages"),
        (Act.IMPORTED, "catalogue: 22 pages"),
    ]


def test_what_an_author_wrote_is_kept_unless_asked(api: Api) -> None:
    """A page that is there and differs is named and stays; with `replaces` it is written over, and whoever
    imports is among its editors."""
    upload(api, HEAD + "/a,Mine,x,waste,information,en\n")
    kept = upload(api, HEAD + "/a,Theirs,x,waste,information,en\n", who=ARTHUR).json
    assert (kept["kept"], api(CAROL, "GET", f"{CATALOGUE}/~a").json["title"]) == (["~a"], "Mine")
    changed = upload(api, HEAD + "/a,Theirs,x,waste,information,en\n", who=ARTHUR, replaces=True).json
    assert (changed["changed"], api(CAROL, "GET", f"{CATALOGUE}/~a").json["title"]) == (["~a"], "Theirs")
    (entry,) = api(CAROL, "GET", f"{CATALOGUE}?limit=9").json["items"]
    assert (entry["author"], entry["revision"]) == ("arthur", 2)


def test_pages_that_do_not_say_enough_are_named(api: Api) -> None:
    """They are not written; what is wrong has a place and a fix, and the others are written all the same."""
    table = HEAD + "/a,A,x,waste,information,en\n/b,B,x,,information,en\n/c~d,C,x,waste,information,en\n"
    taken = upload(api, table).json
    assert (taken["created"], taken["unfinished"]) == (["~a"], ["/b"])
    assert any("tilde" in each["what"] or "none that a draft" in each["what"] for each in taken["problems"])
    assert all(each["fix"] for each in taken["problems"])


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"kind": "csv", "content": "%%%"}, 400),
        ({"kind": "csv", "content": base64.b64encode(b"nothing").decode()}, 400),
        ({"kind": "isomer", "content": base64.b64encode(b"PK\x03\x04broken").decode()}, 400),
        ({"kind": "word", "content": ""}, 422),
        ({"kind": "csv"}, 422),
        ({"kind": "csv", "content": "", "agency": "lakeside"}, 422),
        ({"kind": "csv", "content": "A" * 6_000_000}, 413),
    ],
)
def test_uploads_that_are_none(api: Api, body: dict[str, Any], status: int) -> None:
    """Refused as a whole, before anything is written."""
    assert api(ALICE, "POST", IMPORTS, body).status == status
    assert api(CAROL, "GET", CATALOGUE + "?limit=9").json["items"] == []


def test_who_may_not_edit_takes_nothing_in(api: Api) -> None:
    """403, and the upload is not so much as read."""
    assert api(CAROL, "POST", IMPORTS, {"kind": "csv", "content": "%%%"}).status == 403
    assert upload(api, HEAD + "/a,A,x,waste,information,en\n", who=CAROL).status == 403
