"""Stopped slots: every device leaves them to the server within one refresh, and forgets nothing for it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from consent_ledger.errors import Refused
from edge_client.profile import Profile
from edge_client.wire.flow import print_flows
from edge_client.wire.flow_reading import parse_flows
from edge_client.wire.reminders import Reminders
from edge_client.wire.rules import Level, Rules, SlotRule
from lambdas.publish_bundle.result import Done
from lambdas.shared.publishing.job import Kill, Revive
from lambdas.shared.publishing.stopping import (
    Files,
    Stops,
    as_live,
    check_startable,
    held,
    is_stopped,
    revived,
    stopped,
)
from tests.support.city import City, rules
from tests.support.drafting import city_files
from tests.support.pair import Pair
from tests.support.publishing_jobs import Office

RULES = Rules.parse(rules())
FLOWS, REMINDERS = (city_files()[name] for name in ("flows.json", "reminders.json"))


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


def files(slots: Rules = RULES, *, flows: bytes | None = None, reminders: bytes | None = None) -> Files:
    """A bundle's files, as far as they can be stopped."""
    more = {"flows.json": flows, "reminders.json": reminders}
    return {"rules.json": slots.to_bytes(), **{name: data for name, data in more.items() if data is not None}}


def slots_of(found: Files) -> tuple[SlotRule, ...]:
    """The slots of the rules among them."""
    return Rules.parse(found["rules.json"]).slots


def names(found: Files) -> list[str]:
    """What flows and reminders are called."""
    reminders = Reminders.parse(found["reminders.json"]).reminders
    return [*(each.name for each in parse_flows(found["flows.json"])), *(each.name for each in reminders)]


def test_what_is_stopped_goes_on_as_it_was() -> None:
    """Slots of one page, of several and of all of them; twice is once."""
    home, related = RULES.slots
    some = replace(RULES, slots=(home, related, replace(home, slot="two", pages=("/a", "/b"))))
    silent = stopped(stopped(files(some), None), None)
    assert all(is_stopped(slot) for slot in slots_of(silent))
    assert not any(page.startswith("/") for slot in slots_of(silent) for page in slot.pages)
    assert all(slot.pages for slot in slots_of(silent))
    assert revived(silent) == revived(files(some)) == files(some)
    assert Rules.parse(silent["rules.json"]).to_bytes() == silent["rules.json"]


def test_flows_and_reminders_fall_silent_with_the_site() -> None:
    """By names that no page asks for, which sort and read as any, and come back byte for byte; a slot alone
    silences none of them."""
    before = files(flows=FLOWS, reminders=REMINDERS)
    silent = stopped(before, None)
    assert all(name.startswith("stopped.") for name in names(silent))
    assert not set(names(before)) & set(names(silent))
    assert parse_flows(silent["flows.json"])[0].questions == parse_flows(FLOWS)[0].questions
    assert stopped(silent, None) == silent
    assert revived(silent) == before
    assert names(stopped(before, ("home",))) == names(before)


def test_only_slots_that_there_are_can_be_stopped() -> None:
    """A name that is spelt wrong stops nothing, and says so; it is in no other's way."""
    with pytest.raises(Refused, match=r"no slot of that name: hmoe, reltaed; one that comes is silent"):
        stopped(files(), ("reltaed", "hmoe"))
    with pytest.raises(Refused, match=r"no slot of that name: 0, 1, 2, 3, 4 and 4 more; "):
        stopped(files(), tuple(map(str, range(9))))
    assert stopped(files(), ("home", "hmoe")) == stopped(files(), ("home",))


MARKED = [("/", "stopped:"), ("stopped:/x", "/"), ("stopped:",), ("stopped:/",), ("",), ("/", "")]
"""Places as no slot has them that goes on."""


@pytest.mark.parametrize("pages", MARKED, ids=str)
def test_no_slot_is_published_on_pages_that_would_hide_it_from_a_stop(pages: tuple[str, ...]) -> None:
    """A device that is on one of its pages fills it, whatever the others are called."""
    home, related = RULES.slots
    marked = files(replace(RULES, slots=(replace(home, pages=pages), related)))
    with pytest.raises(Refused, match=r"^rules\.json: a page of a slot is empty or begins with stopped:$"):
        check_startable(marked)
    # What was published before that was refused is stopped wholly all the same, and stays so.
    for silent in (
        stopped(marked, None),
        stopped(marked, ("home",)),
        as_live(marked, stopped(files(), None)),
    ):
        (slot, _) = slots_of(silent)
        assert is_stopped(slot)
        assert all(page.startswith("stopped:") for page in slot.pages)
    assert not is_stopped(replace(home, pages=())), "it is on every page"
    assert is_stopped(replace(home, pages=pages)) == all(page.startswith("stopped:") for page in pages)


def test_what_follows_is_stopped_as_the_live_rules_are() -> None:
    """By name; a slot that is gone is gone, and where everything is stopped a new one is as well."""
    home, related = RULES.slots
    new = replace(home, slot="new", level=Level.MODEL)
    after = files(replace(RULES, slots=(related, new)))
    for named, expected in ((("related",), [True, False]), (("home",), [False, False]), (None, [True, True])):
        assert [is_stopped(slot) for slot in slots_of(as_live(after, stopped(files(), named)))] == expected
    assert as_live(stopped(after, None), files()) == after
    assert all(map(is_stopped, slots_of(as_live(after, stopped(files(flows=FLOWS), ("home", "related"))))))


def test_a_flow_that_is_new_on_a_silent_site_is_silent() -> None:
    """And one that was stopped stays so by its own name, also where something else goes on."""
    silent = stopped(files(flows=FLOWS, reminders=REMINDERS), None)
    (flow, *_) = parse_flows(FLOWS)
    new = print_flows((replace(flow, name="other"),))
    after = as_live(files(flows=new, reminders=REMINDERS), silent)
    assert all(name.startswith("stopped.") for name in names(after))
    some = {**silent, "rules.json": RULES.to_bytes()}
    after = as_live(files(flows=print_flows((flow, replace(flow, name="other"))), reminders=REMINDERS), some)
    assert names(after)[:2] == ["other", f"stopped.{flow.name}"]
    assert not any(is_stopped(slot) for slot in slots_of(after))


def test_what_is_to_be_silent_is_so_whenever_it_comes() -> None:
    """A slot that is not there yet, and the whole of a site."""
    assert held(files(), Stops()) == files()
    assert held(files(), Stops(slots=frozenset({"hero"}))) == files()
    assert [
        is_stopped(slot) for slot in slots_of(held(files(), Stops(slots=frozenset({"home", "hero"}))))
    ] == [
        True,
        False,
    ]
    assert held(files(flows=FLOWS), Stops(site=True)) == stopped(files(flows=FLOWS), None)


@pytest.mark.parametrize("name", ["stopped.benefits", "x" * 73])
def test_no_flow_is_published_by_a_name_that_it_could_not_be_stopped_by(name: str) -> None:
    """Nor a reminder; one that was published once is left out while the site is silent."""
    (flow, *_) = parse_flows(FLOWS)
    found = files(flows=print_flows((replace(flow, name=name),)))
    with pytest.raises(Refused, match=r"^flows\.json: a name "):
        check_startable(found)
    check_startable(files(flows=FLOWS, reminders=REMINDERS))
    if len(name) > 72:
        assert parse_flows(stopped(found, None)["flows.json"]) == ()
