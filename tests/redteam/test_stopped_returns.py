"""The attacker is an author whom an approver helps: what the officer stopped is to go live all the same."""

from __future__ import annotations

from typing import Any

import pytest

from consent_ledger import canonical
from lambdas.shared.agency.audit import Act
from lambdas.shared.agency.collection import Collection
from lambdas.shared.agency.job import Outcome
from lambdas.shared.agency.memory import MemoryRows
from lambdas.shared.agency.roles import Caller
from lambdas.shared.agency.rows import AgencyId, Kind, Place, Row, Write
from lambdas.shared.publishing.job import Kill
from tests.support.agency_acting import HERE, US, decide, live, ordered, propose, publish, trail
from tests.support.agency_api import Answer, Api
from tests.support.drafting import ALICE, BOTH, CAROL, DEV, OFFICER, PAGE, PERMIT, SITE, Town

pytest_plugins = ["tests.support.agency_acting"]
WHY = {"reason": "No legal ground"}


def put(api: Api, collection: Collection, name: str, body: dict[str, Any]) -> None:
    api.town.write(ALICE, collection, name, body)


def take(api: Api, address: str) -> None:
    etag = api(ALICE, "GET", f"{HERE}/drafts/{address}").headers["etag"]
    assert api(ALICE, "DELETE", f"{HERE}/drafts/{address}", headers={"if-match": etag}).status == 204


def add_rule(api: Api, **changes: Any) -> None:
    goal = {"name": "renew", "title": "Renew in time", "kind": "page-reached", "pages": ["/parking"]}
    put(api, Collection.GOALS, "renew", goal)
    rule = {**PERMIT, **changes}
    put(api, Collection.RULES, str(rule["name"]), rule)


def add_page(api: Api, path: str = "/parking/harmless") -> None:
    item = api(ALICE, "GET", f"{HERE}/drafts/catalogue/{PAGE}").json
    put(api, Collection.CATALOGUE, path.replace("/", "~"), {**item, "id": path})


@pytest.fixture
def vetoed(api: Api) -> str:
    """A proposal that brought one rule to a site that is live, and was vetoed for it."""
    live(api)
    add_rule(api)
    name: str = propose(api).json["id"]
    assert decide(api, OFFICER, name, "veto", WHY).status == 200
    return name


def refused_for(answer: Answer, stopped: str) -> list[str]:
    """Where the draft was refused, and that it was for that proposal."""
    assert (answer.status, answer.json["type"]) == (422, "urn:nearside:problem:unfit")
    assert all(stopped in problem["what"] for problem in answer.json["problems"])
    return [problem["where"] for problem in answer.json["problems"]]


def test_the_same_files_are_not_proposed_again(api: Api, vetoed: str) -> None:
    """Neither at once nor after something that is in no file was changed."""
    assert refused_for(propose(api), vetoed) == ["", "/rules/permit"]
    goal = {"name": "more", "title": "More", "kind": "page-reached", "pages": ["/"]}
    put(api, Collection.GOALS, "more", goal)
    assert refused_for(propose(api), vetoed) == ["", "/rules/permit"]


def test_one_harmless_page_more_brings_no_rule_back(api: Api, vetoed: str) -> None:
    """Whatever else is in the draft; what was there before goes on, and so does all else without the rule."""
    add_page(api)
    assert refused_for(propose(api), vetoed) == ["/rules/permit"]
    take(api, "rules/permit")
    assert propose(api).status == 201


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "renamed"},
        {"owner": "Another team"},
        {"review": "2027-02-28"},
        {"name": "renamed", "owner": "Another team", "goal": "Another goal"},
    ],
)
def test_a_rule_by_another_name_is_the_same_rule(api: Api, vetoed: str, changes: dict[str, str]) -> None:
    """Its name, its team, its day and its goal do nothing on a device."""
    take(api, "rules/permit")
    goal = {"name": "other", "title": "Another goal", "kind": "page-reached", "pages": ["/"]}
    put(api, Collection.GOALS, "other", goal)
    add_rule(api, **changes)
    assert refused_for(propose(api), vetoed) == [f"/rules/{changes.get('name', 'permit')}"]
    take(api, f"rules/{changes.get('name', 'permit')}")
    add_rule(api, items=[], topics=["parking"])
    assert propose(api).status == 201


def test_what_was_proposed_before_the_veto_is_not_approved_after_it(api: Api) -> None:
    """Two proposals with one rule wait: one is vetoed, and the other is refused by the name of the first."""
    live(api)
    add_rule(api)
    first, second = propose(api).json["id"], propose(api).json["id"]
    decide(api, OFFICER, first, "veto", WHY)
    refused = decide(api, CAROL, second, "approvals")
    assert (refused.status, refused.json["type"]) == (409, "urn:nearside:problem:refused")
    assert first in refused.json["detail"]


def test_what_was_approved_before_the_veto_is_not_published_after_it(api: Api) -> None:
    """Nor gone back to; nothing is sent to the publisher but the kill."""
    live(api)
    add_rule(api)
    first, second = propose(api).json["id"], propose(api).json["id"]
    decide(api, CAROL, second, "approvals")
    add_page(api)
    third = propose(api, BOTH).json["id"]
    sent = len(api.town.sent)
    decide(api, OFFICER, first, "veto", WHY)
    for name in (second, third):
        refused = publish(api, name)
        assert refused.status == 409
    assert "rules/permit" in publish(api, second).json["detail"]
    assert first in publish(api, second).json["detail"]
    assert len(api.town.sent) == sent


def test_a_rule_that_went_live_by_another_proposal_falls_silent_with_the_veto(api: Api) -> None:
    """Two brought it, one was published, the other is vetoed: what devices have is stopped, and stays so."""
    live(api)
    add_rule(api)
    vetoed = propose(api).json["id"]
    ordered(api)
    api.town.outcomes[api.town.sent[-1].id] = Outcome(version=2)
    stopped = decide(api, OFFICER, vetoed, "veto", WHY).json
    assert api.town.sent[-1].asked == Kill(None)
    assert api.town.sent[-1].id == stopped["stopped_by"]
    assert api(DEV, "POST", f"{HERE}/bundles/revive", {}).status == 409
    assert api(DEV, "POST", f"{HERE}/bundles/rollback", {"version": 2}).status == 409


@pytest.mark.parametrize("became", [None, Outcome(refused="model: cannot be paged")])
def test_an_order_that_was_not_done_hides_no_document(api: Api, became: Outcome | None) -> None:
    """Devices have a rule by one proposal, the next one without it was ordered and is not live: who vetoes
    the rule by a third silences what devices have."""
    live(api)
    add_rule(api)
    live(api)
    take(api, "rules/permit")
    ordered(api)
    if became is not None:
        api.town.outcomes[api.town.sent[-1].id] = became
    add_rule(api)
    stopped = decide(api, OFFICER, propose(api).json["id"], "veto", WHY).json
    assert (api.town.sent[-1].asked, api.town.sent[-1].id) == (Kill(None), stopped["stopped_by"])


def test_what_devices_no_longer_have_is_vetoed_in_silence(api: Api) -> None:
    """However many orders were refused since what is live: nothing of it is stopped, and no site with it."""
    live(api)
    add_rule(api)
    live(api)
    take(api, "rules/permit")
    live(api)
    for _ in range(3):
        ordered(api)
        api.town.outcomes[api.town.sent[-1].id] = Outcome(refused="model: cannot be paged")
    add_rule(api)
    assert decide(api, OFFICER, propose(api).json["id"], "veto", WHY).json["stopped_by"] == ""


@pytest.mark.parametrize("count", [21, 45])
def test_so_many_orders_that_nobody_looks_at_all_hide_no_document(api: Api, count: int) -> None:
    """Nor do they once the newest of them were refused: what is not certain is stopped."""
    add_rule(api)
    live(api)
    take(api, "rules/permit")
    name = ordered(api)
    for _ in range(count):
        assert publish(api, name).status == 202
    for job in api.town.sent[-19:]:
        api.town.outcomes[job.id] = Outcome(refused="model: cannot be paged")
    assert publish(api, name).status == 202
    add_rule(api)
    vetoed = decide(api, OFFICER, propose(api).json["id"], "veto", WHY).json
    assert api.town.sent[-1].id == vetoed["stopped_by"] != ""


def test_a_row_that_tells_of_no_orders_hides_no_document(api: Api) -> None:
    """As it was written before rows told: what was ordered last and is not done is not all that there is."""
    add_rule(api)
    live(api)
    take(api, "rules/permit")
    name, place = ordered(api), Place(Kind.JOBS, f"{SITE}#live")
    row = api.town.rows.read(US, place, "live")
    assert row is not None
    body = canonical.encode({"proposal": name})
    assert api.town.rows.write(US, Write(place, "live", body, after=row.revision))
    add_rule(api)
    vetoed = decide(api, OFFICER, propose(api).json["id"], "veto", WHY).json
    assert api.town.sent[-1].id == vetoed["stopped_by"] != ""


def test_a_veto_of_taking_something_away_holds(api: Api) -> None:
    """A rule that withholds is taken away, which is vetoed: a page more does not take it away after all."""
    add_rule(api, name="never", does="withhold")
    live(api)
    take(api, "rules/never")
    vetoed = propose(api).json["id"]
    decide(api, OFFICER, vetoed, "veto", WHY)
    add_page(api)
    assert refused_for(propose(api), vetoed) == ["/rules/never"]
    add_rule(api, name="never-ever", does="withhold")
    assert propose(api).status == 201


def test_a_pause_holds_until_it_is_taken_back(api: Api) -> None:
    """And no longer."""
    live(api)
    add_rule(api)
    paused = propose(api).json["id"]
    decide(api, OFFICER, paused, "pause", WHY)
    add_page(api)
    assert refused_for(propose(api), paused) == ["/rules/permit"]
    assert decide(api, OFFICER, paused, "resume").status == 200
    assert propose(api).status == 201
    assert api(OFFICER, "GET", f"{HERE}/stops").json["items"] == []


@pytest.mark.parametrize("who", [ALICE, CAROL, BOTH, DEV])
def test_nobody_but_the_officer_lifts_a_stop(api: Api, vetoed: str, who: Caller) -> None:
    """Whatever else they may do: nothing is entered, and the rule stays out."""
    before = trail(api)
    assert decide(api, who, vetoed, "lift", {"documents": None}).status == 403
    assert trail(api) == before
    assert propose(api).status == 422


def test_the_officer_lifts_a_stop_and_the_trail_tells(api: Api, vetoed: str) -> None:
    """The vetoed proposal stays vetoed; what it brought takes four eyes again."""
    assert decide(api, OFFICER, vetoed, "lift", {"documents": ["rules/none"]}).status == 422
    add_page(api)
    assert decide(api, OFFICER, vetoed, "lift", {"documents": ["rules/permit"]}).status == 200
    assert (trail(api)[-1].deed.act, trail(api)[-1].sub) == (Act.LIFTED, "officer")
    assert propose(api).status == 201
    take(api, "catalogue/~parking~harmless")
    assert refused_for(propose(api), vetoed) == [""]
    assert decide(api, OFFICER, vetoed, "lift", {"documents": None}).json["state"] == "vetoed"
    assert propose(api).json["state"] == "proposed"
    assert publish(api, vetoed).status == 409
    assert decide(api, OFFICER, vetoed, "lift", {"documents": None}).status == 409


def test_a_veto_may_be_of_some_documents_alone(api: Api) -> None:
    """Then the others may come back: a bad rule takes no page with it; the same files stay stopped."""
    add_rule(api)
    name = propose(api).json["id"]
    for bad in ([], ["rules/none"], ["rules/permit", "rules/permit"], "rules/permit", [1]):
        answer = decide(api, OFFICER, name, "veto", {**WHY, "documents": bad})
        assert answer.status in (400, 422)
    decide(api, OFFICER, name, "veto", {**WHY, "documents": ["rules/permit"]})
    (stop,) = api(OFFICER, "GET", f"{HERE}/stops").json["items"]
    assert (stop["proposal"], stop["brought"]) == (name, ["rules/permit"])
    assert refused_for(propose(api), name) == ["", "/rules/permit"]
    take(api, "rules/permit")
    assert propose(api).status == 201


def test_a_veto_that_is_said_again_is_the_same_or_refused(api: Api) -> None:
    """While its kill waits the same one is answered; one of other documents is refused."""
    add_rule(api)
    name = live(api)
    first = decide(api, OFFICER, name, "veto", {**WHY, "documents": ["rules/permit"]})
    again = decide(api, OFFICER, name, "veto", {**WHY, "documents": ["rules/permit"]})
    assert (again.status, again.json["stopped_by"]) == (200, first.json["stopped_by"])
    assert decide(api, OFFICER, name, "veto", {**WHY, "documents": ["slots/hero"]}).status == 409
    assert decide(api, OFFICER, name, "veto", WHY).status == 409
    (stop,) = api(OFFICER, "GET", f"{HERE}/stops").json["items"]
    assert stop["brought"] == ["rules/permit"]


def test_a_stop_is_written_with_the_veto_or_neither_is(api: Api) -> None:
    """Somebody is faster again and again: then there is no veto without its stop, and no stop without it."""
    live(api)
    add_rule(api)
    name = propose(api).json["id"]
    lost = api.town.rows.write
    api.town.rows.write = lambda agency, *writes: False  # type: ignore[method-assign]  # others are faster
    assert decide(api, OFFICER, name, "veto", WHY).status == 503
    api.town.rows.write = lost  # type: ignore[method-assign]  # as it was
    assert api(OFFICER, "GET", f"{HERE}/stops").json["items"] == []
    assert api(OFFICER, "GET", f"{HERE}/proposals/{name}").json["state"] == "proposed"


class Counted(MemoryRows):
    """Rows that count what is asked of them; a page counts as many as it has."""

    asked = 0

    def read(self, agency: AgencyId, place: Place, name: str) -> Row | None:
        self.asked += 1
        return super().read(agency, place, name)

    def page(self, agency: AgencyId, place: Place, *, after: str, limit: int) -> tuple[Row, ...]:
        found = super().page(agency, place, after=after, limit=limit)
        self.asked += 1 + len(found)
        return found

    def page_back(self, agency: AgencyId, place: Place, *, before: str | None, limit: int) -> tuple[Row, ...]:
        found = super().page_back(agency, place, before=before, limit=limit)
        self.asked += 1 + len(found)
        return found

    def write(self, agency: AgencyId, *writes: Write) -> bool:
        self.asked += len(writes)
        return super().write(agency, *writes)


def test_no_act_costs_more_for_a_long_history() -> None:
    """Nobody slows a veto down by proposing and publishing all day: each act asks for as many rows after
    thirty proposals and jobs as after two."""
    rows = Counted()
    town = Town(rows)
    town.fill()
    api = Api(town)
    told: list[dict[str, int]] = []

    def once() -> None:
        costs: dict[str, int] = {}

        def cost(name: str, answer: Answer) -> Answer:
            assert answer.status < 300, answer.text
            costs[name], rows.asked = rows.asked, 0
            return answer

        slot = api(ALICE, "GET", f"{HERE}/drafts/slots/hero").json
        put(api, Collection.SLOTS, "hero", {**slot, "count": 1 + len(told) % 6})
        rows.asked = 0
        made = cost("propose", propose(api)).json
        read = {"snapshot": made["snapshot"]}
        cost("approve", decide(api, CAROL, made["id"], "approvals", read))
        cost("publish", publish(api, made["id"]))
        town.outcomes[town.sent[-1].id] = Outcome(version=len(told) + 1)
        if told:
            cost("roll back", api(DEV, "POST", f"{HERE}/bundles/rollback", {"version": 1}))
            town.outcomes[town.sent[-1].id] = Outcome(version=1)
        cost("changes", api(CAROL, "GET", f"{HERE}/proposals/{made['id']}/changes"))
        cost("pause", decide(api, OFFICER, made["id"], "pause", WHY))
        town.outcomes[town.sent[-1].id] = Outcome(version=1)
        cost("resume", decide(api, OFFICER, made["id"], "resume"))
        told.append(costs)

    for _ in range(30):
        once()
    early, late = told[2], told[-1]
    assert early.keys() == late.keys()
    # A comparison looks for what is live from the last job on, and at a page of jobs at once.
    assert late.pop("changes") <= 40 < len(town.sent)
    for name, asked in late.items():
        assert asked <= early[name], (name, early, late)
