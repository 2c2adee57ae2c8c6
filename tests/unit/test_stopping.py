"""Stopped slots: every device leaves them to the server within one refresh, and forgets nothing for it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from consent_ledger.errors import Refused
from edge_client.profile import Profile
from edge_client.wire.rules import Level, Rules
from lambdas.publish_bundle.result import Done
from lambdas.shared.publishing.job import Kill, Revive
from lambdas.shared.publishing.stopping import as_live, is_stopped, revive, stop
from tests.support.city import City, rules
from tests.support.pair import Pair
from tests.support.publishing_jobs import Office

RULES = Rules.parse(rules())


def told(pair: Pair) -> dict[str, list[str]]:
    """The slots of each page in the plan that the device showed last."""
    pages = json.loads(pair.plans()[-1])["pages"]
    return {page: sorted(slots) for page, slots in pages.items()}


@pytest.mark.parametrize("slots", [("related",), None], ids=["one slot", "the whole site"])
def test_a_device_decides_nothing_for_a_stopped_slot(tmp_path: Path, slots: tuple[str, ...] | None) -> None:
    """Given the next bundle it clears its plan of it at the next view; what it knows stays, and with the slot
    revived it decides as before."""
    office = Office(City(tmp_path))
    city = office.city
    city.publish()
    pair = Pair(city)

    async def story() -> None:
        await pair.open()
        await pair.choose("suggest")
        await pair.view("/bins/missed", "/")
        before = told(pair)
        assert before["/"] == ["home", "related"]
        for asked, left in ((Kill(slots), [] if slots is None else ["home"]), (Revive(), before["/"])):
            made = office.service().do(office.job(asked))
            assert isinstance(made, Done)
            await pair.device.install()
            visits = Profile.from_bytes(pair.host.kept["profile"]).visits
            await pair.view("/")
            assert told(pair).get("/", []) == left
            assert Profile.from_bytes(pair.host.kept["profile"]).visits[: len(visits) - 1]

    asyncio.run(story())


def test_what_is_stopped_goes_on_as_it_was() -> None:
    """Slots of one page, of several and of all of them; twice is once."""
    home, related = RULES.slots
    some = replace(RULES, slots=(home, related, replace(home, slot="two", pages=("/a", "/b"))))
    stopped = stop(stop(some, None), None)
    assert all(is_stopped(slot) for slot in stopped.slots)
    assert not any(page.startswith("/") for slot in stopped.slots for page in slot.pages)
    assert all(slot.pages for slot in stopped.slots)
    assert revive(stopped) == revive(some) == some
    assert Rules.parse(stopped.to_bytes()) == stopped


def test_only_slots_that_there_are_can_be_stopped() -> None:
    """A name that is spelt wrong stops nothing, and says so."""
    with pytest.raises(Refused, match="no slot of that name"):
        stop(RULES, ("home", "hmoe"))


def test_what_follows_is_stopped_as_the_live_rules_are() -> None:
    """By name; a slot that is gone is gone, and where everything is stopped a new one is as well."""
    home, related = RULES.slots
    new = replace(home, slot="new", level=Level.MODEL)
    after = replace(RULES, slots=(related, new))
    assert [is_stopped(slot) for slot in as_live(after, stop(RULES, ("related",))).slots] == [True, False]
    assert [is_stopped(slot) for slot in as_live(after, stop(RULES, ("home",))).slots] == [False, False]
    assert [is_stopped(slot) for slot in as_live(after, stop(RULES, None)).slots] == [True, True]
    assert as_live(stop(after, None), RULES) == after
