"""What is approved can be read: a proposal's files, what it changes, what it reaches, what became of it."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from consent_ledger import canonical
from consent_ledger.errors import Untrue
from lambdas.shared.agency.answer_parts import fitting, part_of
from lambdas.shared.agency.audit import AuditEntry, entered, verify_chain
from lambdas.shared.agency.changes import changes
from lambdas.shared.agency.collection import Collection
from lambdas.shared.agency.composed import compose, parts_of
from lambdas.shared.agency.failures import Absent
from lambdas.shared.agency.job import Outcome
from lambdas.shared.agency.origin import Origin, verify_trail
from lambdas.shared.agency.reach import reached
from tests.support.agency_acting import HERE, US, decide, live, propose, publish, trail
from tests.support.agency_api import Api
from tests.support.drafting import ALICE, CAROL, DEV, OFFICER, PAGE, PERMIT, SITE, city_parts

pytest_plugins = ["tests.support.agency_acting"]
GOAL = {"name": "renew", "title": "Renew in time", "kind": "page-reached", "pages": ["/parking"]}


def write_rule(api: Api, **changes: Any) -> None:
    """A goal and a rule for it."""
    api.town.write(ALICE, Collection.GOALS, "renew", GOAL)
    rule = {**PERMIT, **changes}
    api.town.write(ALICE, Collection.RULES, str(rule["name"]), rule)


def test_a_proposal_s_files_are_read_byte_for_byte(api: Api) -> None:
    """Each has the hash and the size that the list says, and the list has the hash that is approved."""
    write_rule(api)
    proposal = propose(api).json
    listed = api(CAROL, "GET", f"{HERE}/proposals/{proposal['id']}/files").json
    assert listed["snapshot"] == proposal["snapshot"]
    contents = {}
    for item in listed["items"]:
        found = api(CAROL, "GET", f"{HERE}/proposals/{proposal['id']}/files/{item['name']}")
        raw = found.text.encode()
        assert (found.status, found.headers["content-type"]) == (200, "application/json")
        assert (hashlib.sha256(raw).hexdigest(), len(raw)) == (item["sha256"], item["bytes"])
        assert found.headers["etag"] == f'"{item["sha256"]}"'
        contents[item["name"]] = {"sha256": item["sha256"], "bytes": item["bytes"]}
    whole = canonical.encode({"v": 1, "agency": "riverton", "site": SITE, "files": contents})
    assert hashlib.sha256(whole).hexdigest() == proposal["snapshot"]
    made = {item["name"]: item["documents"] for item in listed["items"]}
    assert made["rules.json"] == {"slots": 1, "rules": 1, "settings": 1}
    assert made["catalogue.json"] == {"catalogue": 1}
    for name in ("model.onnx", "..", "x"):
        assert api(CAROL, "GET", f"{HERE}/proposals/{proposal['id']}/files/{name}").status == 404


def test_it_is_told_which_drafts_made_a_snapshot(api: Api) -> None:
    """By address and etag, as they were then, whatever is edited afterwards."""
    write_rule(api)
    proposal = propose(api).json
    etag = api(ALICE, "GET", f"{HERE}/drafts/rules/permit").headers["etag"]
    write_rule(api, cool_down_days=8)
    found = api(CAROL, "GET", f"{HERE}/proposals/{proposal['id']}/files/drafts.json")
    assert hashlib.sha256(found.text.encode()).hexdigest() == proposal["drafts"]
    assert found.json["documents"]["rules/permit"]["etag"] == etag
    assert found.json["goals"]["renew"] == GOAL


def test_an_approval_is_of_what_was_read(api: Api) -> None:
    """Another hash is refused, with where and how to mend it; so is none; what was read is approved."""
    first = propose(api).json
    write_rule(api)
    second = propose(api).json
    refused = decide(api, CAROL, second["id"], "approvals", {"snapshot": first["snapshot"]})
    assert (refused.status, refused.json["type"]) == (422, "urn:nearside:problem:unfit")
    (problem,) = refused.json["problems"]
    assert problem["where"] == "/snapshot"
    assert "read" in problem["fix"]
    assert decide(api, CAROL, second["id"], "approvals", {}).json["problems"][0]["where"] == "/snapshot"
    assert api(CAROL, "GET", f"{HERE}/proposals/{second['id']}").json["state"] == "proposed"
    assert decide(api, CAROL, second["id"], "approvals", {"snapshot": second["snapshot"]}).status == 200


def test_what_changes_is_told_by_document_before_and_after(api: Api) -> None:
    """Beside what is live: what is new, what is other, what is gone, goals too; and all of it at first."""
    first = propose(api).json["id"]
    everything = api(CAROL, "GET", f"{HERE}/proposals/{first}/changes").json
    assert everything["against"] == {"proposal": "", "snapshot": ""}
    assert everything["counts"] == {"added": 4, "changed": 0, "removed": 0}
    name = live(api)
    slot = api(ALICE, "GET", f"{HERE}/drafts/slots/hero").json
    api.town.write(ALICE, Collection.SLOTS, "hero", {**slot, "count": 1})
    write_rule(api)
    found = api(CAROL, "GET", f"{HERE}/proposals/{propose(api).json['id']}/changes").json
    assert found["against"]["proposal"] == name
    told = {(each["collection"], each["name"]): each for each in found["items"]}
    assert set(told) == {("slots", "hero"), ("rules", "permit"), ("goals", "renew")}
    assert (told["slots", "hero"]["before"], told["slots", "hero"]["after"]) == (slot, {**slot, "count": 1})
    assert told["rules", "permit"]["change"] == "added"
    assert told["goals", "renew"]["after"] == GOAL
    after = live(api)
    etag = api(ALICE, "GET", f"{HERE}/drafts/rules/permit").headers["etag"]
    api(ALICE, "DELETE", f"{HERE}/drafts/rules/permit", headers={"if-match": etag})
    found = api(CAROL, "GET", f"{HERE}/proposals/{propose(api).json['id']}/changes").json
    assert (found["against"]["proposal"], found["counts"]["removed"]) == (after, 1)
    (gone,) = found["items"]
    assert (gone["name"], gone["change"], gone["after"]) == ("permit", "removed", None)
    assert gone["before"]["items"] == PERMIT["items"]


def test_what_is_live_is_what_a_job_published(api: Api) -> None:
    """What is ordered and waits, or was refused, is not live; what was approved last is asked for by name."""
    name = live(api)
    write_rule(api)
    waits = propose(api).json
    decide(api, CAROL, waits["id"], "approvals")
    publish(api, waits["id"])
    for became in (None, Outcome(refused="model: of other pages")):
        if became:
            api.town.outcomes[api.town.sent[-1].id] = became
        address = f"{HERE}/proposals/{waits['id']}/changes"
        assert api(CAROL, "GET", address).json["against"]["proposal"] == name
        assert api(CAROL, "GET", f"{address}?since=approved").json["against"]["proposal"] == waits["id"]
    assert api(CAROL, "GET", f"{address}?since=approved").json["items"] == []
    assert api(CAROL, "GET", f"{address}?since=ever").status == 400


def test_changes_come_in_pages_of_one_comparison(api: Api) -> None:
    """All of them, each once, also where they are long; a cursor is of its proposal and of what was live."""
    item = api(ALICE, "GET", f"{HERE}/drafts/catalogue/{PAGE}").json
    for number in range(9):
        path = f"/parking/page-{number}"
        body = {**item, "id": path, "title": f"{number}" + "é" * 300}
        api.town.write(ALICE, Collection.CATALOGUE, path.replace("/", "~"), body)
    name = propose(api).json["id"]
    address, seen, cursors = f"{HERE}/proposals/{name}/changes?limit=4", [], []
    while address:
        page = api(CAROL, "GET", address)
        seen += [each["name"] for each in page.json["items"]]
        cursors.append(page.json["next"])
        address = page.headers.get("link", "").partition(">")[0].removeprefix("<")
    assert len(seen) == len(set(seen)) == page.json["counts"]["added"] == 13
    other = propose(api).json["id"]
    assert api(CAROL, "GET", f"{HERE}/proposals/{other}/changes?cursor={cursors[0]}").status == 400
    live(api)
    assert api(CAROL, "GET", f"{HERE}/proposals/{name}/changes?cursor={cursors[0]}").status == 400


def test_an_answer_holds_what_fits_and_one_at_least() -> None:
    """By bytes; a file that is too long comes in parts that make it up again, cut between letters."""
    items = [{"text": "x" * 60} for _ in range(5)]
    assert len(fitting(items, 10, most=200)) == 2
    assert len(fitting(items, 10, most=1)) == 1
    assert len(fitting(items, 3, most=10_000)) == 3
    raw = ("é€😀x" * 40).encode()
    count = part_of(raw, 1, most=64).count
    parts = [part_of(raw, number, most=64) for number in range(1, count + 1)]
    assert "".join(part.text for part in parts).encode() == raw
    assert max(len(part.text.encode()) for part in parts) <= 64
    for number in (0, count + 1):
        with pytest.raises(Absent):
            part_of(raw, number, most=64)


def test_a_file_that_is_too_long_for_an_answer_comes_in_parts(api: Api) -> None:
    """Each names the next, together they are the file to the byte, and there are no others."""
    item = api(ALICE, "GET", f"{HERE}/drafts/catalogue/{PAGE}").json
    for number in range(300):
        body = {**item, "id": f"/parking/{number}", "title": "é" * 2000, "summary": "é" * 2000}
        api.town.write(ALICE, Collection.CATALOGUE, f"~parking~{number}", body)
    name = propose(api).json["id"]
    (entry, *_) = api(CAROL, "GET", f"{HERE}/proposals/{name}/files").json["items"]
    for start in (f"{HERE}/proposals/{name}/files/catalogue.json", f"{HERE}/preview/files/catalogue.json"):
        address, parts = start, []
        while address:
            part = api(CAROL, "GET", address)
            assert (part.status, part.headers["content-type"]) == (200, "text/plain; charset=utf-8")
            parts.append(part.text)
            address = part.headers.get("link", "").partition(">")[0].removeprefix("<")
        assert len(parts) == 2
        assert hashlib.sha256("".join(parts).encode()).hexdigest() == entry["sha256"]
        assert api(CAROL, "GET", f"{start}?part=3").status == 404
        assert api(CAROL, "GET", f"{start}?part=0").status == 400
    page = api(CAROL, "GET", f"{HERE}/proposals/{name}/changes?limit=100").json
    assert 0 < len(page["items"]) < page["counts"]["added"]


def test_a_preview_is_of_the_draft_as_it_is(api: Api) -> None:
    """Its files can be fetched and are of their hashes; what is wrong is told; nothing is kept of it."""
    live(api)
    write_rule(api)
    before = (trail(api), dict(api.town.files._kept))
    found = api(ALICE, "GET", f"{HERE}/preview").json
    assert [item["name"] for item in found["items"]] == ["catalogue.json", "notices.json", "rules.json"]
    for item in found["items"]:
        raw = api(ALICE, "GET", f"{HERE}/preview/files/{item['name']}").text.encode()
        assert (hashlib.sha256(raw).hexdigest(), len(raw)) == (item["sha256"], item["bytes"])
    assert found["counts"] == {"added": 2, "changed": 0, "removed": 0}
    (slot,) = found["slots"]
    assert (slot["slot"], slot["because"]) == ("hero", ["rules/permit"])
    assert found["beside"] == ["goals/renew"]
    assert (trail(api), dict(api.town.files._kept)) == before
    proposal = propose(api).json["id"]
    write_rule(api, slot="none")
    problems = api(ALICE, "GET", f"{HERE}/preview").json["problems"]
    assert "/rules/permit/slot" in [each["where"] for each in problems]
    assert api(ALICE, "GET", f"{HERE}/preview?proposal={proposal}").json["items"] == found["items"]
    assert api(ALICE, "GET", f"{HERE}/preview?proposal=x").status == 404
    assert api(ALICE, "GET", f"{HERE}/preview/files/flows.json").status == 404


def test_every_slot_that_may_change_is_named() -> None:
    """Of the demo city: by a rule, what it rests on however far behind, a page it may show, or settings."""
    before = city_parts()

    def reach(collection: Collection, name: str, **changed: Any) -> set[str]:
        body = {**before[collection][name], **changed}
        after = {**before, collection: {**before[collection], name: body}}
        return {each.slot for each in reached(changes(before, after), before, after)}

    assert reach(Collection.RULES, "lead-for-movers", cool_down_days=1) == {"lead"}
    assert reach(Collection.RULES, "lead-for-movers", slot="home") == {"lead", "home"}
    assert reach(Collection.SEGMENTS, "permit-begun", when={"first_visit": True}) == {"home"}
    assert reach(Collection.CALENDARS, "central-library", weeks=[]) == {"discover"}
    assert reach(Collection.SETTINGS, "rules", keep_days=7) == set(before[Collection.SLOTS])
    assert reach(Collection.GOALS, "goal-0", title="Another") == set()
    page = before[Collection.CATALOGUE][PAGE]
    shows = {
        name
        for name, slot in before[Collection.SLOTS].items()
        if page["kind"] in slot["kinds"] and page["topic"] not in slot["not_topics"]
    }
    assert reach(Collection.CATALOGUE, PAGE, title="Another") == shows != set()


@pytest.mark.parametrize("other", [Collection.CALENDARS, Collection.QUESTIONS])
def test_a_name_that_two_kinds_share_hides_no_slot(other: Collection) -> None:
    """A condition and a calendar may have one name: what either of them rests on is followed."""
    name, inner = "can-go-now", "looks-at-libraries"
    without = city_parts()

    def reach(before: dict[Collection, dict[str, dict[str, Any]]]) -> set[tuple[str, tuple[str, ...]]]:
        segments = before[Collection.SEGMENTS]
        changed = {**segments, inner: {**segments[inner], "when": {"first_visit": True}}}
        after = {**before, Collection.SEGMENTS: changed}
        return {(each.slot, each.because) for each in reached(changes(before, after), before, after)}

    assert ("discover", (f"segments/{inner}",)) in reach(without)
    namesake = {**next(iter(without[other].values())), "name": name}
    assert reach({**without, other: {**without[other], name: namesake}}) == reach(without)


def test_a_draft_that_makes_no_bundle_has_problems_and_no_files(api: Api) -> None:
    """Such as one without settings: it is told, and not a failure."""
    etag = api(ALICE, "GET", f"{HERE}/drafts/settings/rules").headers["etag"]
    api(ALICE, "DELETE", f"{HERE}/drafts/settings/rules", headers={"if-match": etag})
    found = api(ALICE, "GET", f"{HERE}/preview")
    assert (found.status, found.json["items"], len(found.json["problems"])) == (200, [], 1)
    assert api(ALICE, "GET", f"{HERE}/preview/files/rules.json").status == 404


def test_jobs_and_bundles_are_listed_newest_first(api: Api) -> None:
    """Each job with where it stands; each version with its manifest, its proposal and its job; in pages."""
    first = live(api)
    api.town.outcomes[api.town.sent[-1].id] = Outcome(version=3, manifest="ab" * 32, at=1_795_600_009)
    api.town.now += 1
    second = live(api)
    api.town.outcomes[api.town.sent[-1].id] = Outcome(refused="model: of other pages")
    api.town.now += 1
    api(OFFICER, "POST", f"{HERE}/bundles/kill", {"slots": None})
    seen, address = [], f"{HERE}/jobs?limit=2"
    while address:
        page = api(DEV, "GET", address)
        seen += page.json["items"]
        address = page.headers.get("link", "").partition(">")[0].removeprefix("<")
    assert [(each["state"], each["proposal"]) for each in seen] == [
        ("queued", ""),
        ("refused", second),
        ("done", first),
    ]
    assert seen[1] == api(DEV, "GET", f"{HERE}/jobs/{seen[1]['job']['id']}").json
    assert api(DEV, "GET", f"{HERE}/bundles").json["items"] == [
        {
            "version": 3,
            "manifest": "ab" * 32,
            "at": 1_795_600_009,
            "act": "published",
            "proposal": first,
            "job": seen[2]["job"]["id"],
        }
    ]
    cursor = api(DEV, "GET", f"{HERE}/jobs?limit=1").json["next"]
    assert api(DEV, "GET", f"{HERE}/proposals?cursor={cursor}").status == 400


def test_long_proposals_come_in_shorter_pages(api: Api) -> None:
    """However many are asked for, an answer stays within what a function can answer."""
    said = dict.fromkeys(("goal", "audience", "benefit", "harms", "metric", "fallback"), "é" * 2000)
    for number in range(90):
        assert propose(api, **said, hypothesis=str(number)).status == 201
    seen, address, most = [], f"{HERE}/proposals?limit=100", 0
    while address:
        page = api(CAROL, "GET", address)
        most = max(most, len(page.text.encode()))
        seen += [each["form"]["hypothesis"] for each in page.json["items"]]
        address = page.headers.get("link", "").partition(">")[0].removeprefix("<")
    assert seen == [str(number) for number in range(90)]
    assert most < 2_000_000


def test_a_snapshot_holds_the_head_of_the_trail(api: Api) -> None:
    """Whoever rewrites a trail past the functions has to rewrite files under their hashes as well."""
    propose(api)
    write_rule(api)
    entries = trail(api)
    last = verify_chain(entries)
    assert last is not None
    raw = api.town.files.get(US, SITE, propose(api).json["drafts"])
    assert raw is not None
    origin = Origin.from_bytes(raw)
    assert (origin.trail, origin.to_bytes()) == (last.hash, raw)
    verify_trail([origin], trail(api))
    rewritten: list[AuditEntry] = []
    for entry in trail(api):
        sub = "somebody" if entry.number == 2 else entry.sub
        before = rewritten[-1].row if rewritten else None
        rewritten.append(entered(before, entry.deed, sub=sub, at=entry.at))
    verify_chain(rewritten)
    with pytest.raises(Untrue, match="not in the trail"):
        verify_trail([origin], rewritten)


def test_the_city_is_put_together_of_what_it_is_taken_apart_into() -> None:
    """The whole demo city: what a proposal of it would be read as is what was written."""
    parts = city_parts()
    files = compose(SITE, parts)
    apart = parts_of(SITE, files)
    for collection in Collection:
        if collection is not Collection.GOALS:
            assert apart[collection] == parts[collection]
