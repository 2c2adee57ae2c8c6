"""From a draft to what is live: who may do what, what is refused by name, and what is entered of it."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from consent_ledger import canonical
from consent_ledger.errors import Untrue
from lambdas.shared.agency.answers import KEPT_S
from lambdas.shared.agency.audit import Act, AuditEntry, Deed, verify_chain
from lambdas.shared.agency.collection import Collection
from lambdas.shared.agency.form import ASKED
from lambdas.shared.agency.job import Outcome
from lambdas.shared.agency.roles import Caller
from lambdas.shared.agency.rows import Kind, Place, Write
from lambdas.shared.publishing.job import Publish
from tests.support.agency_acting import HERE, US, decide, live, propose, publish, trail
from tests.support.agency_api import Api
from tests.support.drafting import (
    ALICE,
    ARTHUR,
    BOTH,
    CAROL,
    DEV,
    FORM,
    NOW,
    OFFICER,
    PAGE,
    SITE,
    city_parts,
)

pytest_plugins = ["tests.support.agency_acting"]


def test_a_draft_is_proposed_approved_and_published(api: Api) -> None:
    """By three people; the publisher is given the hash of the list of the very files that were approved."""
    proposed = propose(api)
    assert (proposed.status, proposed.json["state"]) == (201, "proposed")
    name = proposed.json["id"]
    assert proposed.headers["location"] == f"{HERE}/proposals/{name}"
    approved = decide(api, CAROL, name, "approvals").json
    assert (approved["state"], approved["approvals"][0]["sub"]) == ("approved", "carol")
    queued = publish(api, name)
    assert (queued.status, queued.json["state"]) == (202, "queued")
    (job,) = api.town.sent
    assert job.asked == Publish(proposed.json["snapshot"], name)
    assert queued.headers["location"] == f"{HERE}/jobs/{job.id}"
    assert api(CAROL, "GET", queued.headers["location"]).json["state"] == "queued"
    api.town.outcomes[job.id] = Outcome(version=7)
    done = api(CAROL, "GET", queued.headers["location"]).json
    assert (done["state"], done["version"], done["sub"]) == ("done", 7, "dev")
    assert api(CAROL, "GET", f"{HERE}/proposals/{name}").json["state"] == "published"


def test_a_snapshot_is_of_the_bytes_that_were_proposed(api: Api) -> None:
    """Its files are found by their hashes and stay what they are whatever is edited afterwards."""
    found = propose(api).json
    files = api.town.files
    before = canonical.decode_object(files.get(US, SITE, found["snapshot"]) or b"")
    api.town.write(ARTHUR, Collection.SLOTS, "hero", {**_slot(api), "count": 1})
    assert propose(api).json["snapshot"] != found["snapshot"]
    assert (before["agency"], before["site"]) == ("riverton", SITE)
    listed: Any = before["files"]
    assert set(listed) == {"catalogue.json", "rules.json", "notices.json"}
    for entry in listed.values():
        raw = files.get(US, SITE, entry["sha256"])
        assert raw is not None
        assert (hashlib.sha256(raw).hexdigest(), len(raw)) == (entry["sha256"], entry["bytes"])


def _slot(api: Api) -> dict[str, Any]:
    body: dict[str, Any] = api(ALICE, "GET", f"{HERE}/drafts/slots/hero").json
    return body


@pytest.mark.parametrize("field", sorted(ASKED))
def test_what_is_not_said_is_named(api: Api, field: str) -> None:
    """Every field of the form is asked for by its name; a blank answer is none."""
    for answers in ({name: text for name, text in FORM.items() if name != field}, {**FORM, field: "  "}):
        refused = api(ALICE, "POST", f"{HERE}/proposals", answers)
        assert refused.status == 422
        (problem,) = refused.json["problems"]
        assert (problem["where"], problem["what"]) == (f"/{field}", "is missing")
    assert api(ALICE, "GET", f"{HERE}/proposals").json["items"] == []


@pytest.mark.parametrize("day", ["2026-11-22", "2027-12-31", "2027-02-30", "soon", "2027-2-3"])
def test_a_review_is_a_day_within_a_year(api: Api, day: str) -> None:
    """Not in the past, not for ever, and a day of the calendar."""
    assert propose(api, review=day).json["problems"][0]["where"] == "/review"


def test_a_draft_with_something_wrong_is_not_proposed(api: Api) -> None:
    """All that lint finds is told, and nothing is kept of the proposal."""
    rule = {**next(iter(city_parts()[Collection.RULES].values())), "name": "late", "slot": "none"}
    api.town.write(ALICE, Collection.RULES, "late", rule)
    refused = propose(api)
    assert refused.status == 422
    assert "/rules/late/goal" in [problem["where"] for problem in refused.json["problems"]]
    assert api(ALICE, "GET", f"{HERE}/proposals").json["items"] == []


def test_nobody_approves_what_they_proposed_or_edited(api: Api) -> None:
    """An approver who is an author too: as its proposer, and as one of its editors."""
    own = propose(api, BOTH).json["id"]
    assert decide(api, BOTH, own, "approvals").status == 409
    api.town.write(BOTH, Collection.SLOTS, "hero", {**_slot(api), "count": 1})
    edited = propose(api).json["id"]
    refused = decide(api, BOTH, edited, "approvals")
    assert (refused.status, "had a hand" in refused.json["detail"]) == (409, True)
    assert decide(api, CAROL, edited, "approvals").status == 200


def test_who_deleted_something_has_edited_it(api: Api) -> None:
    """Taking a document away, or writing it as it was before, leaves who did it among the editors."""
    assert decide(api, CAROL, propose(api).json["id"], "approvals").status == 200
    goal = {"name": "renew", "title": "Renew", "kind": "page-reached", "pages": ["/parking"]}
    api.town.write(ALICE, Collection.GOALS, "renew", goal)
    assert decide(api, CAROL, propose(api).json["id"], "approvals").status == 200
    etag = api(ALICE, "GET", f"{HERE}/drafts/goals/renew").headers["etag"]
    api(BOTH, "DELETE", f"{HERE}/drafts/goals/renew", headers={"if-match": etag})
    gone = propose(api).json
    assert gone["editors"] == ["alice", "both"]
    assert decide(api, BOTH, gone["id"], "approvals").status == 409


def test_who_edited_what_four_eyes_have_seen_may_approve_the_next(api: Api) -> None:
    """Only what differs from the last approved snapshot counts, with everybody who ever edited that."""
    api.town.write(BOTH, Collection.SLOTS, "hero", {**_slot(api), "count": 1})
    assert decide(api, CAROL, propose(api).json["id"], "approvals").status == 200
    item = api(ALICE, "GET", f"{HERE}/drafts/catalogue/{PAGE}").json
    api.town.write(ALICE, Collection.CATALOGUE, PAGE, {**item, "title": "Permits"})
    second = propose(api).json
    assert second["editors"] == ["alice"]
    assert decide(api, BOTH, second["id"], "approvals").status == 200
    api.town.write(ALICE, Collection.SLOTS, "hero", {**_slot(api), "count": 2})
    third = propose(api).json
    assert third["editors"] == ["alice", "both"]
    assert decide(api, BOTH, third["id"], "approvals").status == 409


def test_a_vetoed_snapshot_was_seen_by_nobody(api: Api) -> None:
    """What was approved and then vetoed is not what the next is held against."""
    api.town.write(BOTH, Collection.SLOTS, "hero", {**_slot(api), "count": 1})
    name = propose(api).json["id"]
    assert decide(api, CAROL, name, "approvals").status == 200
    only = {"reason": "No legal ground", "documents": ["slots/hero"]}
    assert decide(api, OFFICER, name, "veto", only).status == 200
    api.town.write(ALICE, Collection.SLOTS, "hero", {**_slot(api), "count": 2})
    assert "both" in propose(api).json["editors"]


def test_the_next_is_held_against_what_stands(api: Api) -> None:
    """Two were approved, and the later one was vetoed: what differs from the earlier one counts, and no more;
    and when a third was approved, the one before it is the earlier one still."""
    api.town.write(BOTH, Collection.SLOTS, "hero", {**_slot(api), "count": 1})
    assert decide(api, CAROL, propose(api).json["id"], "approvals").status == 200
    for title in ("Permits", "Parking"):
        item = api(ALICE, "GET", f"{HERE}/drafts/catalogue/{PAGE}").json
        api.town.write(ALICE, Collection.CATALOGUE, PAGE, {**item, "title": title})
        made = propose(api).json
        assert made["editors"] == ["alice"]
        assert decide(api, CAROL, made["id"], "approvals").status == 200
        assert decide(api, OFFICER, made["id"], "veto", {"reason": "No"}).status == 200
    api.town.write(ARTHUR, Collection.CATALOGUE, PAGE, {**item, "title": "Another"})
    assert propose(api).json["editors"] == ["alice", "arthur"]


def test_what_is_not_approved_is_not_published(api: Api) -> None:
    """409 before the approval, after a veto, and while paused; nothing is sent."""
    name = propose(api).json["id"]
    assert publish(api, name).status == 409
    decide(api, CAROL, name, "approvals")
    assert decide(api, OFFICER, name, "pause", {"reason": "Wait"}).json["state"] == "paused"
    assert publish(api, name).status == 409
    assert decide(api, OFFICER, name, "resume").json["state"] == "approved"
    assert decide(api, OFFICER, name, "veto", {"reason": "No"}).json["state"] == "vetoed"
    assert publish(api, name).status == 409
    assert decide(api, CAROL, name, "approvals").status == 409
    assert decide(api, OFFICER, name, "resume").status == 409
    assert api.town.sent == []


def test_an_overdue_review_is_proposed_anew(api: Api) -> None:
    """From the day of its review on, a proposal is neither approved nor published."""
    name, late = propose(api).json["id"], propose(api).json["id"]
    decide(api, CAROL, name, "approvals")
    api.town.now += 300 * 24 * 60 * 60
    assert decide(api, CAROL, late, "approvals").status == 409
    assert publish(api, name).status == 409


@pytest.mark.parametrize(
    ("who", "act", "body"),
    [
        (ALICE, "approvals", {"snapshot": "0" * 64}),
        (CAROL, "veto", {"reason": "x"}),
        (DEV, "pause", {"reason": "x"}),
        (CAROL, "lift", {"documents": None}),
        (OFFICER, "approvals", {"snapshot": "0" * 64}),
    ],
)
def test_each_role_does_its_own(api: Api, who: Caller, act: str, body: dict[str, str]) -> None:
    """An author approves nothing, nobody but the privacy officer stops, who never approves."""
    name = propose(api).json["id"]
    assert decide(api, who, name, act, body).status == 403
    assert publish(api, name, ALICE).status == 403
    assert propose(api, CAROL).status == 403


def test_a_key_counts_once(api: Api) -> None:
    """The same request again is answered as it was and does nothing more, but the job is sent once more."""
    name = propose(api).json["id"]
    decide(api, CAROL, name, "approvals")
    first, again = (api(DEV, "POST", f"{HERE}/bundles", {"proposal": name}, key="one") for _ in range(2))
    assert (first.status, first.text) == (again.status, again.text)
    assert len({job.id for job in api.town.sent}) == 1
    assert [entry.deed.act for entry in trail(api)].count(Act.PUBLISHED) == 2  # the proposal, and its one job
    other = api(DEV, "POST", f"{HERE}/bundles", {"proposal": "another"}, key="one")
    assert (other.status, other.json["type"]) == (422, "urn:nearside:problem:key-used-otherwise")
    elsewhere = api(DEV, "POST", f"{HERE}/bundles/kill", {"slots": None}, key="one")
    assert elsewhere.status == 422
    somebody = api(OFFICER, "POST", f"{HERE}/bundles/kill", {"slots": None}, key="one")
    assert somebody.status == 202
    api.town.now += KEPT_S
    assert api(DEV, "POST", f"{HERE}/bundles", {"proposal": name}, key="one").json != first.json


def test_an_act_without_a_key_is_refused(api: Api) -> None:
    """400 for none, and for what is none."""
    for key in (" ", "x" * 101, "é"):
        assert api(ALICE, "POST", f"{HERE}/proposals", FORM, key=key).status == 400
    assert api(ALICE, "POST", f"{HERE}/proposals", FORM, key="").status == 400


def test_what_is_more_than_asked_is_refused(api: Api) -> None:
    """A field that no format has is not quietly dropped."""
    name = propose(api).json["id"]
    assert propose(api, approved=True).status == 422
    assert decide(api, CAROL, name, "approvals", {"sub": "dave"}).status == 422
    assert decide(api, OFFICER, name, "veto", {}).status == 422
    assert decide(api, OFFICER, name, "veto", {"reason": ""}).status == 422


def test_everything_is_entered_in_one_chain(api: Api) -> None:
    """In order, by opaque names and hashes alone; the chain holds, and no change to it would."""
    name = live(api)
    decide(api, OFFICER, name, "pause", {"reason": "Sarah Miller of 12 Hill Road complained"})
    entries = trail(api)
    last = verify_chain(entries)
    assert last is not None
    assert last.number == len(entries)
    assert "Miller" not in json.dumps([entry.to_json() for entry in entries])
    told = []
    address = "/agency/audit?limit=3"
    while address:
        page = api(CAROL, "GET", address)
        told += page.json["items"]
        address = page.headers.get("link", "").partition(">")[0].removeprefix("<")
    assert told == [entry.to_json() for entry in entries]
    for at in range(len(entries) - 1):
        for forged in (
            entries[:at] + entries[at + 1 :],
            [*entries[:at], _forged(entries[at]), *entries[at + 1 :]],
        ):
            with pytest.raises(Untrue, match="does not follow"):
                verify_chain(forged)


def _forged(entry: AuditEntry) -> AuditEntry:
    deed = entry.deed
    return AuditEntry(
        entry.number, entry.at, "somebody", Deed(deed.act, deed.site, deed.about, deed.digest), entry.previous
    )


def test_many_who_act_at_once_make_one_chain(api: Api) -> None:
    """Eight authors write at once: every write is entered, each entry follows one other."""

    def write(number: int) -> int:
        body = {"name": f"g{number}", "title": "G", "kind": "page-reached", "pages": ["/"]}
        address = f"{HERE}/drafts/goals/g{number}"
        return api(ALICE, "PUT", address, body, headers={"if-none-match": "*"}).status

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(write, range(40))) == {201}
    entries = trail(api)
    verify_chain(entries)
    assert sum(entry.deed.about.startswith("goals/g") for entry in entries) == 40


def test_an_entry_s_number_is_taken_once(api: Api) -> None:
    """Whoever writes an entry of a number that there is writes nothing, whatever else comes with it."""
    (first, *_) = trail(api)
    note = Write(Place(Kind.JOBS, SITE), "x", b"{}", after=0)
    assert not api.town.rows.write(US, first.write, note)
    assert api.town.rows.read(US, Place(Kind.JOBS, SITE), "x") is None
    assert first.at == NOW
