"""A whole draft, page by page: nothing is left out or too long, and it can be brought in elsewhere."""

from __future__ import annotations

from typing import Any

import pytest

from lambdas.agency_drafts import whole
from lambdas.shared.agency.collection import Collection
from lambdas.shared.agency.composed import compose
from lambdas.shared.agency.cursors import print_cursor
from lambdas.shared.agency.rows import AgencyId, Kind, Place
from tests.support.agency_acting import trail
from tests.support.agency_api import Api
from tests.support.drafting import ALICE, CAROL, SITE, STRANGER, Town, small_parts

DRAFTS = f"/agency/sites/{SITE}/drafts"


@pytest.fixture
def api() -> Api:
    town = Town()
    town.fill()
    return Api(town)


def everything(api: Api, limit: int) -> list[dict[str, Any]]:
    """All pages, each of which has something."""
    found, cursor = [], ""
    while cursor is not None:
        page = api(CAROL, "GET", f"{DRAFTS}?limit={limit}{cursor and f'&cursor={cursor}'}").json
        assert 0 < len(page["items"]) <= limit
        assert page["entry"] == len(trail(api))
        found += page["items"]
        cursor = page["next"]
    return found


@pytest.mark.parametrize("limit", [1, 3, 100])
def test_what_is_taken_away_makes_the_same_bundle(api: Api, limit: int) -> None:
    """Of the documents that the pages bring, the same files are made as of those that were written; each has
    the etag by which it can be changed."""
    found = everything(api, limit)
    brought: dict[Collection, dict[str, Any]] = {each: {} for each in Collection}
    for each in found:
        brought[Collection(each["collection"])][each["name"]] = each["body"]
    written: dict[Collection, dict[str, Any]] = {each: {} for each in Collection}
    for collection, name, body in small_parts():
        written[collection][name] = body
    assert compose(SITE, brought) == compose(SITE, written)
    (hero,) = [each for each in found if each["collection"] == "slots"]
    assert api(ALICE, "GET", f"{DRAFTS}/slots/hero").headers["etag"] == hero["etag"]
    assert (hero["author"], hero["revision"]) == ("alice", 1)


def test_what_was_deleted_is_not_there(api: Api) -> None:
    """Nor does it take a place on a page."""
    etag = api(ALICE, "GET", f"{DRAFTS}/slots/hero").headers["etag"]
    assert api(ALICE, "DELETE", f"{DRAFTS}/slots/hero", headers={"if-match": etag}).status == 204
    found = everything(api, 1)
    assert "slots" not in {each["collection"] for each in found}
    assert len(found) == len(list(small_parts())) - 1


def test_no_page_is_longer_than_an_answer_may_be(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many were asked for: what does not fit is on the next one."""
    whole_draft = everything(api, 100)
    monkeypatch.setattr(whole, "MOST_ANSWERED", 400)
    assert everything(api, 100) == whole_draft
    assert len(api(CAROL, "GET", f"{DRAFTS}?limit=100").json["items"]) < len(whole_draft)


def test_another_agency_takes_nothing_away(api: Api) -> None:
    """Not by the address, and not by a cursor of it; nor does a cursor lead to what is no collection."""
    nobodys = api(STRANGER, "GET", "/agency/sites/nowhere/drafts")
    answer = api(STRANGER, "GET", DRAFTS)
    assert (answer.status, answer.text) == (nobodys.status, nobodys.text) == (404, nobodys.text)
    cursor = api(CAROL, "GET", f"{DRAFTS}?limit=1").json["next"]
    assert api(STRANGER, "GET", f"/agency/sites/lakeside/drafts?cursor={cursor}").status == 400
    forged = print_cursor(AgencyId("riverton"), Place(Kind.DRAFTS, SITE), "audit x")
    assert api(CAROL, "GET", f"{DRAFTS}?cursor={forged}").status == 400
