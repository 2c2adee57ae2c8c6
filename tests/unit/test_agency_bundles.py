"""What goes live and what falls silent: publishing, kills, vetoes, roll-backs and models."""

from __future__ import annotations

import pytest

from lambdas.shared.agency.audit import Act
from lambdas.shared.agency.job import Outcome
from lambdas.shared.agency.waiting import QUIET_S
from lambdas.shared.publishing.job import BringModel, Kill, Revive, RollBack
from tests.support.agency_acting import HERE, decide, live, ordered, propose, trail
from tests.support.agency_api import Api
from tests.support.drafting import (
    ALICE,
    CAROL,
    DEV,
    OFFICER,
)

pytest_plugins = ["tests.support.agency_acting"]


@pytest.mark.parametrize(("act", "state"), [("veto", "vetoed"), ("pause", "paused")])
def test_what_is_stopped_while_it_is_live_falls_silent(api: Api, act: str, state: str) -> None:
    """A veto or a pause of what is live is a kill of the whole site as well; of anything else it is not."""
    name = live(api)
    other = propose(api).json["id"]
    assert decide(api, OFFICER, other, act, {"reason": "Not this"}).json["stopped_by"] == ""
    stopped = decide(api, OFFICER, name, act, {"reason": "Harm was reported"}).json
    assert stopped["state"] == state
    job = api.town.sent[-1]
    assert (job.asked, job.id) == (Kill(None), stopped["stopped_by"])
    assert [entry.deed.act for entry in trail(api)][-2:] == [Act(state), Act.KILLED]
    assert api(DEV, "POST", f"{HERE}/bundles/revive", {}).status == 409


@pytest.mark.parametrize("became", [None, Outcome(refused="model: of other pages")])
def test_an_order_that_was_not_done_hides_nothing_from_a_veto(api: Api, became: Outcome | None) -> None:
    """Devices still have what was live before: a veto stops that, and nobody lets it go on by the other's
    leave."""
    name = live(api)
    other = ordered(api)
    if became is not None:
        api.town.outcomes[api.town.sent[-1].id] = became
    stopped = decide(api, OFFICER, name, "veto", {"reason": "Harm was reported"}).json
    assert api.town.sent[-1].asked == Kill(None)
    assert api.town.sent[-1].id == stopped["stopped_by"]
    assert api(CAROL, "GET", f"{HERE}/proposals/{other}").json["state"] == "published"
    assert api(DEV, "POST", f"{HERE}/bundles/revive", {}).status == 409


def test_a_kill_that_no_publisher_could_read_is_not_entered(api: Api) -> None:
    """It is refused before anything is written, and what is asked for later is not in its way."""
    live(api)
    before = trail(api)
    assert api(DEV, "POST", f"{HERE}/bundles/kill", {"slots": ["x" * 70_000]}).status in (400, 422)
    assert trail(api) == before
    assert api(DEV, "POST", f"{HERE}/bundles/rollback", {"version": 1}).status == 202


@pytest.mark.parametrize("slot", ["\uffff", "\x00", "", "..", "a b", "é", "hero\n"])
def test_a_kill_that_no_queue_could_take_is_not_entered(api: Api, slot: str) -> None:
    """It would wait for ever, before everything that is ordered later; a slot has the name of a draft."""
    before = trail(api)
    assert api(DEV, "POST", f"{HERE}/bundles/kill", {"slots": ["hero", slot]}).status in (400, 422)
    assert (trail(api), api.town.sent) == (before, [])


def test_a_pause_that_was_taken_back_can_be_revived(api: Api) -> None:
    """By whoever publishes, and not by the officer."""
    name = live(api)
    decide(api, OFFICER, name, "pause", {"reason": "Wait"})
    decide(api, OFFICER, name, "resume")
    assert api(OFFICER, "POST", f"{HERE}/bundles/revive", {}).status == 403
    assert api(DEV, "POST", f"{HERE}/bundles/revive", {}).status == 202
    assert api.town.sent[-1].asked == Revive()


def test_a_kill_takes_one_pair_of_eyes(api: Api) -> None:
    """Of whoever publishes or may veto; of some slots or all; and the trail tells whose."""
    for who, slots in ((DEV, ["hero"]), (OFFICER, None)):
        assert api(who, "POST", f"{HERE}/bundles/kill", {"slots": slots}).status == 202
        assert api.town.sent[-1].asked == Kill(None if slots is None else ("hero",))
        assert (trail(api)[-1].sub, trail(api)[-1].deed.act) == (who.sub, Act.KILLED)
    assert api(ALICE, "POST", f"{HERE}/bundles/kill", {"slots": None}).status == 403
    for bad in ({}, {"slots": []}, {"slots": [1]}, {"slots": "hero"}):
        assert api(DEV, "POST", f"{HERE}/bundles/kill", bad).status in (400, 422)


def test_rolling_back_is_to_what_was_approved_and_not_stopped(api: Api) -> None:
    """A version that no proposal became, and one that was vetoed since, are refused."""
    first = live(api)
    api.town.outcomes[api.town.sent[-1].id] = Outcome(version=3)
    second = live(api)
    api.town.outcomes[api.town.sent[-1].id] = Outcome(version=4)
    assert api(DEV, "POST", f"{HERE}/bundles/rollback", {"version": 9}).status == 409
    assert api(DEV, "POST", f"{HERE}/bundles/rollback", {"version": 3}).status == 202
    job = api.town.sent[-1]
    assert job.asked == RollBack(3)
    assert api(DEV, "GET", f"{HERE}/jobs/{job.id}").json["proposal"] == first
    api.town.outcomes[job.id] = Outcome(version=5)
    decide(api, OFFICER, second, "veto", {"reason": "No"})
    assert api.town.sent[-1] is job
    assert api(DEV, "POST", f"{HERE}/bundles/rollback", {"version": 4}).status == 409


def test_a_model_is_brought_to_what_was_decided_about_it(api: Api) -> None:
    """By whoever publishes; who decides on models does so with keys, and not here."""
    model = {"model": "a" * 64}
    live(api)
    assert api(ALICE, "POST", f"{HERE}/bundles/canary", model).status == 403
    assert api(DEV, "POST", f"{HERE}/bundles/canary", {"model": "A" * 64}).status == 422
    assert api(DEV, "POST", f"{HERE}/bundles/canary", model).status == 202
    job = api.town.sent[-1]
    assert job.asked == BringModel("a" * 64)
    api.town.outcomes[job.id] = Outcome(refused="model: nobody decided")
    told = api(DEV, "GET", f"{HERE}/jobs/{job.id}").json
    assert (told["state"], told["refused"], told["version"]) == ("refused", "model: nobody decided", None)


@pytest.mark.parametrize("stands", ["silent", "waits", "refused", "elsewhere"])
def test_taking_a_model_back_waits_for_nothing(api: Api, stands: str) -> None:
    """Neither for what is stopped, nor for a publication that hangs or was refused, nor for one by this API
    at all. Nothing goes on by it that was stopped."""
    name = live(api) if stands != "elsewhere" else ""
    if stands == "silent":
        decide(api, OFFICER, name, "veto", {"reason": "Harm was reported"})
    elif stands in ("waits", "refused"):
        ordered(api)
    if stands == "refused":
        api.town.outcomes[api.town.sent[-1].id] = Outcome(refused="model: cannot be paged")
    assert api(DEV, "POST", f"{HERE}/bundles/canary", {"model": "a" * 64}).status == 202
    assert api.town.sent[-1].asked == BringModel("a" * 64)
    assert api(DEV, "POST", f"{HERE}/bundles/revive", {}).status == 409


def test_each_order_has_the_number_of_its_own_entry(api: Api) -> None:
    """Whatever is entered beside it, and however many of one second: what was ordered later has a greater
    one."""
    name = live(api)
    assert api(DEV, "POST", f"{HERE}/bundles/kill", {"slots": None}).status == 202
    assert api(DEV, "POST", f"{HERE}/bundles/revive", {}).status == 202
    decide(api, OFFICER, name, "veto", {"reason": "Harm was reported"})
    acts = {Act.PUBLISHED, Act.KILLED, Act.REVIVED}
    numbers = {
        entry.deed.about.removeprefix("jobs/"): entry.number
        for entry in trail(api)
        if entry.deed.act in acts and entry.deed.about.startswith("jobs/")
    }
    assert {job.id: job.number for job in api.town.sent} == numbers
    assert len({job.asked_at for job in api.town.sent}) == 1
    assert [job.number for job in api.town.sent] == sorted(numbers.values())
    assert len(numbers) == 4


@pytest.mark.parametrize("act", ["veto", "pause"])
def test_a_stop_that_is_said_again_is_sent_again_while_nothing_came_of_it(api: Api, act: str) -> None:
    """The very same kill, without another entry; once something came of it there is nothing to say again."""
    name, body = live(api), {"reason": "Harm was reported"}
    first = decide(api, OFFICER, name, act, body).json["stopped_by"]
    before = trail(api)
    api.town.now += QUIET_S
    again = decide(api, OFFICER, name, act, body)
    assert (again.status, again.json["stopped_by"]) == (200, first)
    assert [job.id for job in api.town.sent[-2:]] == [first, first]
    assert trail(api) == before
    api.town.outcomes[first] = Outcome(version=9)
    assert decide(api, OFFICER, name, act, body).status == 409
