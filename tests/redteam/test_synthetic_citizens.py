"""Citizens who do whatever citizens do, each on a device of their own, watched from the outside: every
promise at once, at every step. `python -m benchmarks.simulator` lets a thousand of them live."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.simulator.living import live_all
from benchmarks.simulator.world import World, make_world
from edge_client.device import CONTRIBUTION_PATH, Device
from edge_client.effects import Effect, ShowPlan
from edge_client.events import Event, PageViewed
from edge_client.plan import PagePlan, Plan

SEED = 41
CITIZENS = range(20)
# Enough for pages to be looked at and planned for, with consent and without.
FEW = range(4)
DID = {"choices", "clicks", "plans", "decisions replayed", "offers of rules", "reports", "suggestions shown"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(tmp_path_factory.mktemp("simulated"), seed=SEED)


def test_no_promise_is_broken_in_any_life(world: World) -> None:
    """Only what the register names leaves, at its size and with consent; caps, cool-downs, dismissals and
    sensitive topics hold; decisions replay; reports keep to their bound; a withdrawal leaves nothing."""
    figures = live_all(world, CITIZENS, seed=SEED)
    assert figures.broken == []
    assert {name for name in DID if not figures.counts[name]} == set()


class Chatty(Device):
    """A device that sends a report for every page, whoever allowed it."""

    async def feed(self, event: Event) -> None:
        await super().feed(event)
        if isinstance(event, PageViewed):
            await self._host.post(CONTRIBUTION_PATH, b"{}")


class Asking(Device):
    """A device that asks for the page that it looks at by a parameter."""

    async def feed(self, event: Event) -> None:
        await super().feed(event)
        if isinstance(event, PageViewed):
            await self._host.post(f"/consent/events?page={event.item}", b"")


class Hoarder(Device):
    """A device that keeps the last page, whoever allowed it."""

    async def feed(self, event: Event) -> None:
        await super().feed(event)
        if isinstance(event, PageViewed):
            await self._host.save("last", str(event.item).encode())


class Echo(Device):
    """A device whose lists begin with the same item twice."""

    async def _perform(self, effect: Effect) -> tuple[Event, ...]:
        match effect:
            case ShowPlan(plan):
                return await super()._perform(ShowPlan(doubled(plan)))
            case _:
                return await super()._perform(effect)


def doubled(plan: Plan) -> Plan:
    """The plan, each list of which has its first item once more in place of the last."""
    pages = tuple(
        PagePlan(page.page, tuple((name, (*items[:-1], items[0])) for name, items in page.slots))
        for page in plan.pages
    )
    return replace(plan, pages=pages)


@pytest.mark.parametrize(
    ("device", "what"),
    [(Chatty, "contribution"), (Asking, "register"), (Hoarder, "kept"), (Echo, "twice")],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_a_broken_promise_is_noticed(world: World, device: type[Device], what: str) -> None:
    """The watch is not blind: it finds each of these devices out, by what it is that is broken."""
    figures = live_all(world, FEW, seed=SEED, device=device)
    assert any(what in line for line in figures.broken)
