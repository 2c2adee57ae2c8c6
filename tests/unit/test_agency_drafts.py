"""Drafts over HTTP: conditions, pages, what is wrong with a document, and what is never told."""

from __future__ import annotations

import hashlib
import json
from datetime import date

import pytest

from consent_ledger import canonical
from consent_ledger.errors import Refused
from edge_client.wire.reminders import MOST_REMINDERS
from lambdas.shared.agency.collection import MOST_BYTES, Collection, check
from lambdas.shared.agency.composed import compose
from lambdas.shared.agency.linting import lint_drafts
from lambdas.shared.agency.rows import AgencyId, Kind, Place
from lambdas.shared.publishing.stopping import check_startable
from tests.support.agency_api import Api
from tests.support.drafting import ALICE, CAROL, PAGE, SITE, Town, city_files, city_parts

DRAFTS = f"/agency/sites/{SITE}/drafts"
GOAL = {"name": "renew", "title": "Renew in time", "kind": "page-reached", "pages": ["/parking"]}
NEW = {"if-none-match": "*"}


@pytest.fixture
def api() -> Api:
    return Api(Town())


def test_a_document_is_created_read_changed_and_deleted(api: Api) -> None:
    """Each step under the condition that it names; the etag is a hash of the canonical body."""
    address = f"{DRAFTS}/goals/renew"
    created = api(ALICE, "PUT", address, GOAL, headers=NEW)
    assert created.status == 201
    assert created.headers["etag"] == f'"{hashlib.sha256(canonical.encode(GOAL)).hexdigest()[:32]}"'
    read = api(CAROL, "GET", address)
    assert (read.status, read.json, read.headers["etag"]) == (200, GOAL, created.headers["etag"])
    assert read.headers["cache-control"] == "no-store"
    changed = {**GOAL, "title": "Renew"}
    assert api(ALICE, "PUT", address, changed, headers={"if-match": read.headers["etag"]}).status == 200
    stale = api(ALICE, "PUT", address, GOAL, headers={"if-match": read.headers["etag"]})
    now = api(ALICE, "GET", address).headers["etag"]
    assert (stale.status, stale.json["etag"]) == (412, now)
    assert api(ALICE, "DELETE", address, headers={"if-match": read.headers["etag"]}).status == 412
    assert api(ALICE, "DELETE", address, headers={"if-match": now}).status == 204
    assert api(ALICE, "GET", address).status == 404
    assert api(ALICE, "DELETE", address, headers={"if-match": now}).status == 404
    assert api(ALICE, "PUT", address, GOAL, headers=NEW).status == 201


def test_whoever_has_it_already_is_not_sent_it_again(api: Api) -> None:
    """304 without a body for the etag of now, and the body for any other."""
    address = f"{DRAFTS}/goals/renew"
    etag = api(ALICE, "PUT", address, GOAL, headers=NEW).headers["etag"]
    same = api(ALICE, "GET", address, headers={"if-none-match": f'"0", {etag}'})
    assert (same.status, same.text, same.headers["etag"]) == (304, "", etag)
    assert api(ALICE, "GET", address, headers={"if-none-match": '"0"'}).status == 200


@pytest.mark.parametrize(
    "condition",
    [{}, {"if-match": "*"}, {"if-match": "x"}, {"if-none-match": '"x"'}, {"if-match": '"x"', **NEW}],
)
def test_no_change_without_saying_what_is_changed(api: Api, condition: dict[str, str]) -> None:
    """428 for none, for one that matches anything, and for two; nothing is written."""
    refused = api(ALICE, "PUT", f"{DRAFTS}/goals/renew", GOAL, headers=condition)
    assert (refused.status, refused.headers["content-type"]) == (428, "application/problem+json")
    assert api(ALICE, "GET", f"{DRAFTS}/goals/renew").status == 404


def test_what_is_there_is_not_created_anew(api: Api) -> None:
    """412, with the etag that a change would have to name; and of what is not there, with none."""
    etag = api(ALICE, "PUT", f"{DRAFTS}/goals/renew", GOAL, headers=NEW).headers["etag"]
    again = api(ALICE, "PUT", f"{DRAFTS}/goals/renew", GOAL, headers=NEW)
    assert (again.status, again.json["etag"]) == (412, etag)
    other = {**GOAL, "name": "other"}
    absent = api(ALICE, "PUT", f"{DRAFTS}/goals/other", other, headers={"if-match": etag})
    assert (absent.status, absent.json["etag"]) == (412, "")


def test_pages_hold_every_document_once(api: Api) -> None:
    """By name, with a link to the next page; what was deleted is on none."""
    for name in "abcde":
        api(ALICE, "PUT", f"{DRAFTS}/goals/{name}", {**GOAL, "name": name}, headers=NEW)
    etag = api(ALICE, "GET", f"{DRAFTS}/goals/b").headers["etag"]
    api(ALICE, "DELETE", f"{DRAFTS}/goals/b", headers={"if-match": etag})
    seen, address = [], f"{DRAFTS}/goals?limit=2"
    while address:
        page = api(CAROL, "GET", address)
        seen += [[item["name"] for item in page.json["items"]]]
        link = page.headers.get("link", "")
        address = link.partition(">")[0].removeprefix("<")
        assert (page.json["next"] is None) == (link == "")
    assert seen == [["a", "c"], ["d", "e"]]


def test_a_cursor_is_good_for_its_own_list_alone(api: Api) -> None:
    """400 for one of another collection, for one that was changed, and for what is none."""
    for collection in ("goals", "rules"):
        for name in "ab":
            body = {**GOAL, "name": name} if collection == "goals" else _rule(name)
            assert api(ALICE, "PUT", f"{DRAFTS}/{collection}/{name}", body, headers=NEW).status == 201
    cursor = api(ALICE, "GET", f"{DRAFTS}/goals?limit=1").json["next"]
    assert api(ALICE, "GET", f"{DRAFTS}/goals?cursor={cursor}").status == 200
    changed = cursor[:-1] + ("A" if cursor[-1] != "A" else "B")
    for address in (f"rules?cursor={cursor}", f"goals?cursor={changed}", "goals?cursor=x", "goals?limit=0"):
        assert api(ALICE, "GET", f"{DRAFTS}/{address}").status == 400, address


def _rule(name: str) -> dict[str, object]:
    return {**next(iter(city_parts()[Collection.RULES].values())), "name": name}


@pytest.mark.parametrize(
    ("collection", "change", "where", "what"),
    [
        ("rules", {"goal": ...}, "/goal", "goal is missing"),
        (
            "rules",
            {"rung": "loud"},
            "/rung",
            "rung is not among emergency, safety, task, reminder, suggestion",
        ),
        ("rules", {"more": 1}, "", "unknown field"),
        ("rules", {"cap": {"times": 0, "days": 1}}, "/cap/times", "times is out of range"),
        ("rules", {"name": "other"}, "/name", "is not what its address says"),
        ("goals", {"pages": ["/a?b"]}, "/pages", "pages are none, or not all paths of pages"),
        ("catalogue", {"topic": ...}, "/topic", "is missing"),
        ("catalogue", {"price": 1}, "/price", "is none of this format"),
        ("slots", {"count": 99}, "/count", "count is out of range"),
        ("segments", {"when": {"all": []}}, "", "all is empty or names something twice"),
        ("settings", {"keep_days": 0}, "/keep_days", "keep_days is out of range"),
    ],
)
def test_what_is_wrong_is_said_with_its_place_and_its_fix(
    api: Api, collection: str, change: dict[str, object], where: str, what: str
) -> None:
    """422 with a pointer into the document that was sent, what is wrong there, and how to mend it."""
    known = Collection(collection)
    name = {"goals": "renew", "settings": "rules"}.get(collection) or next(iter(city_parts()[known]))
    good = GOAL if collection == "goals" else city_parts()[known][name]
    bad = {**good, **change}
    bad = {field: value for field, value in bad.items() if value is not ...}
    refused = api(ALICE, "PUT", f"{DRAFTS}/{collection}/{name}", bad, headers=NEW)
    assert refused.status == 422
    (problem,) = refused.json["problems"]
    assert (problem["where"], problem["what"], problem["fatal"]) == (where, what, True)
    assert problem["fix"]
    assert api(ALICE, "GET", f"{DRAFTS}/{collection}/{name}").status == 404


def test_a_place_deep_in_a_flow_is_found(api: Api) -> None:
    """The words of the parser lead through questions and options to the field that is missing."""
    flow = json.loads(json.dumps(city_parts()[Collection.FLOWS]["after-a-death"]))
    del flow["questions"][1]["options"][0]["text"]["ar"]
    refused = api(ALICE, "PUT", f"{DRAFTS}/flows/after-a-death", flow, headers=NEW)
    assert refused.json["problems"][0]["where"] == "/questions/1/options/0/text/ar"


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        ("", 400),
        ("{", 400),
        ('{"a":1,"a":2}', 400),
        ('{"a":1.5}', 400),
        ('{"a":NaN}', 400),
        ('{"a":"\\ud800"}', 400),
        ("[" * 5000, 400),
        ('{"a":' * 40 + "1" + "}" * 40, 400),
        ("[]", 422),
        (json.dumps({"a": "x" * (2 * MOST_BYTES)}), 413),
        (json.dumps({"a": "x" * (MOST_BYTES + 1)}), 400),
    ],
)
def test_bodies_that_are_none(api: Api, raw: str, status: int) -> None:
    """Refused before any parser of documents, as a problem that quotes nothing of them."""
    refused = api(ALICE, "PUT", f"{DRAFTS}/goals/renew", headers=NEW, raw=raw)
    assert (refused.status, refused.headers["content-type"]) == (status, "application/problem+json")
    assert "xxx" not in refused.text


def test_only_json_is_taken(api: Api) -> None:
    """415 for any other type, and for none."""
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        sent = {"content-type": kind, **NEW}
        assert api(ALICE, "PUT", f"{DRAFTS}/goals/renew", GOAL, headers=sent).status == 415


@pytest.mark.parametrize("path", ["goals/..", "nothing/a", "goals/a%2Fb", "goals/%23", "goals/" + "a" * 201])
def test_addresses_that_lead_nowhere(api: Api, path: str) -> None:
    """404 or 400 for a collection that there is not and for names that none may have; nothing is kept."""
    assert api(ALICE, "GET", f"{DRAFTS}/{path}").status == 404
    assert api(ALICE, "PUT", f"{DRAFTS}/{path}", GOAL, headers=NEW).status in (400, 404)
    assert (
        api.town.rows.page(AgencyId("riverton"), Place(Kind.DRAFTS, f"{SITE}#goals"), after="", limit=9) == ()
    )


def test_a_city_s_own_files_go_in_and_come_out(api: Api) -> None:
    """Every document of the demo is well formed, together they have no problem, and they make the same files;
    segments alone are written in another order."""
    parts = city_parts()
    wrong = [
        (collection, name)
        for collection, documents in parts.items()
        for name, body in documents.items()
        if check(collection, name, body)
    ]
    assert wrong == []
    assert lint_drafts(SITE, parts, today=date(2026, 11, 23)) == ()
    made = compose(SITE, parts)
    for name, raw in city_files().items():
        same = made[name] == raw
        assert same or name == "rules.json"
    before, after = (canonical.decode_object(files["rules.json"]) for files in (city_files(), made))
    defined = [
        sorted(canonical.encode(each) for each in rules.pop("definitions"))  # type: ignore[union-attr]  # a list
        for rules in (before, after)
    ]
    assert defined[0] == defined[1]
    assert before == after


def test_the_whole_draft_is_judged_together(api: Api) -> None:
    """A rule about a page that is not there, with a goal that is none: both are found by its address."""
    api.town.fill()
    assert api(CAROL, "GET", f"/agency/sites/{SITE}/lint").json == {"problems": []}
    rule = {**_rule("late"), "slot": "hero", "when": None, "items": ["/nowhere"], "topics": []}
    assert api(ALICE, "PUT", f"{DRAFTS}/rules/late", rule, headers=NEW).status == 201
    found = api(CAROL, "GET", f"/agency/sites/{SITE}/lint").json["problems"]
    assert [(each["where"], each["fatal"]) for each in found[:2]] == [
        ("/rules/late/goal", True),
        ("/rules/late/items", True),
    ]
    assert "is not in the catalogue" in found[1]["what"]


LONG = "a-reminder-" + "x" * 65
UNFIT = [
    (Collection.SLOTS, "home", {"pages": ["/", "stopped:"]}, "/slots/home"),
    (Collection.REMINDERS, LONG, {"name": LONG}, f"/reminders/{LONG}"),
    (Collection.FLOWS, "stopped.one", {"name": "stopped.one"}, "/flows/stopped.one"),
]


@pytest.mark.parametrize(("collection", "name", "changes", "where"), UNFIT, ids=["slot", "reminder", "flow"])
def test_what_could_not_be_stopped_is_said_before_it_is_approved(
    collection: Collection, name: str, changes: dict[str, object], where: str
) -> None:
    """By the document's own address; the publisher refuses the files that it makes."""
    documents = city_parts()[collection]
    parts = {**city_parts(), collection: {**documents, name: {**next(iter(documents.values())), **changes}}}
    problems = lint_drafts(SITE, parts, today=date(2026, 11, 23))
    assert [(each.where, each.is_fatal) for each in problems if each.where == where] == [(where, True)]
    with pytest.raises(Refused):
        check_startable(compose(SITE, parts))


def test_a_clock_that_no_place_has_is_said_before_it_is_approved() -> None:
    """The zone of reminders is one of the database, as the publisher asks for."""
    settings = {**city_parts()[Collection.SETTINGS], "reminders": {"zone": "Europe/Riverton"}}
    parts = {**city_parts(), Collection.SETTINGS: settings}
    (problem,) = lint_drafts(SITE, parts, today=date(2026, 11, 23))
    assert (problem.where, problem.is_fatal) == ("/settings/reminders/zone", True)


def test_more_than_a_device_reads_is_said() -> None:
    """Documents that are well formed each, and too many together, are a problem and no failure."""
    (body, *_) = city_parts()[Collection.REMINDERS].values()
    many = {f"n{number:04}": {**body, "name": f"n{number:04}"} for number in range(MOST_REMINDERS + 1)}
    parts = {**city_parts(), Collection.REMINDERS: many}
    (problem,) = lint_drafts(SITE, parts, today=date(2026, 11, 23))
    assert (problem.where, problem.what) == ("", "reminders: reminders is too long")


def test_segments_in_a_circle_are_said(api: Api) -> None:
    """No order of them could be read by a device."""
    api.town.fill()
    for name, other in (("one", "two"), ("two", "one")):
        body = {"name": name, "when": {"not": other}}
        assert api(ALICE, "PUT", f"{DRAFTS}/segments/{name}", body, headers=NEW).status == 201
    (problem,) = api(ALICE, "GET", f"/agency/sites/{SITE}/lint").json["problems"]
    assert problem["what"] == "segments: some refer to one another in a circle"


def test_the_sites_are_those_of_the_agency(api: Api) -> None:
    """As the deployer set them."""
    assert api(ALICE, "GET", "/agency/sites").json == {"sites": [SITE]}


def test_who_may_not_edit_does_not(api: Api) -> None:
    """403 for an approver's change, and for a request that nobody was authorised for."""
    assert api(CAROL, "PUT", f"{DRAFTS}/goals/renew", GOAL, headers=NEW).status == 403
    assert api(None, "GET", f"{DRAFTS}/goals").status == 403


def test_a_page_s_address_names_it(api: Api) -> None:
    """Its path with a tilde for each slash."""
    body = city_parts()[Collection.CATALOGUE][PAGE]
    assert api(ALICE, "PUT", f"{DRAFTS}/catalogue/{PAGE}", body, headers=NEW).status == 201
    assert api(CAROL, "GET", f"{DRAFTS}/catalogue/{PAGE}").json["id"] == PAGE.replace("~", "/")
