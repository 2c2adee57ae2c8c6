"""Lets citizens live on devices of their own, watched at every step."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Iterable
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks.simulator.citizen import BEGINS_A_FORM, CLEARS, Citizen
from benchmarks.simulator.figures import Figures
from benchmarks.simulator.invariants import Broken, Watch, must, sensitive_of
from benchmarks.simulator.world import ReadingHost, World
from consent_ledger.errors import Malformed, Refused, Untrue
from consent_ledger.record import Gpc
from edge_client.device import Device
from edge_client.dice import Chance, Dice
from edge_client.events import ChoiceMade, Event, ItemDismissed, ItemPinned, PageViewed, ProfileCleared
from edge_client.rules.facts import Context
from edge_client.wire.audience import CameFrom, DeviceClass
from edge_client.wire.paths import ItemId
from tests.support.city import CONTROLLER

SESSIONS = 5
HORIZON_MS = 25 * 24 * 60 * 60 * 1000  # bundles are good for thirty days
VIEWS_AFTER = 3


@dataclass
class Life:
    """One citizen's life: the device, whoever watches it, and what came of it."""

    world: World
    dice: random.Random
    device_type: type[Device] = Device
    figures: Figures = field(default_factory=Figures)

    def __post_init__(self) -> None:
        self.citizen = Citizen(self.dice)
        self.host: ReadingHost = self.world.host()
        self.host.key = Ed25519PrivateKey.from_private_bytes(self.dice.randbytes(32))
        self.began_ms = self.host.at_ms
        self.watch = Watch(self.world, self.host, sensitive_of(self.world))

    async def open(self) -> None:
        """Open the browser: only what was saved is there."""
        chance = Chance(Dice(self.dice.randbytes), Dice(self.dice.randbytes))
        trust = self.world.city.trust
        self.device = self.device_type(self.host, trust=trust, controller=CONTROLLER, chance=chance)
        await self.device.open()
        await self.device.install()

    async def live(self) -> None:
        """Live through some sessions, and at the end take everything back. Raises `Broken`."""
        await self.open()
        await self.choose(self.citizen.first_choice())
        for _ in range(self.dice.randint(1, SESSIONS)):
            await self.visit(self.dice.choice(self.world.journeys))
            if not self.comes_back():
                break
            await self.open()
            await self.choose(self.citizen.changed_mind())
            if self.watch.chose and self.dice.random() < CLEARS:
                self.watch.forgets()
                await self.feed(ProfileCleared(self.host.at_ms))
        await self.leave()
        self.watch.check_life()

    def comes_back(self) -> bool:
        """Stay away for a while; no longer than the bundle is good for."""
        gap_ms = self.citizen.gap_ms()
        if self.host.at_ms + gap_ms - self.began_ms > HORIZON_MS:
            return False
        self.host.at_ms += gap_ms
        return True

    async def choose(self, given: frozenset[str] | None) -> None:
        """Choose, unless there is nothing to say."""
        if given is None:
            return
        before = self.watch.given
        self.host.at_ms += 1000
        self.watch.chooses(given | before)  # what is taken back may be kept until it was taken in
        await self.device.feed(ChoiceMade(given, self.world.notice, Gpc.ABSENT, self.host.at_ms))
        await self.device.settle()
        self.watch.chooses(given)
        self.watch.look(self.device.session.bundle)
        self.figures.counts["choices"] += 1

    async def feed(self, event: Event) -> None:
        """Let one thing happen, and look at the device."""
        await self.device.feed(event)
        await self.device.settle()
        self.watch.look(self.device.session.bundle)

    async def visit(self, journey: tuple[ItemId, ...]) -> None:
        """Look at the pages of a journey, and follow suggestions."""
        came_from: CameFrom | None = self.dice.choice(list(CameFrom))
        device, left = self.dice.choice(list(DeviceClass)), list(journey)
        while left:
            page = left.pop(0)
            shown = self.shown_on(page)
            await self.look_at(page, shown, Context(self.dice.randrange(24), device, came_from))
            came_from = None
            wanted = frozenset(left)
            if left and shown:
                self.figures.counts["next page shown"] += left[0] in shown
            if self.dice.random() < BEGINS_A_FORM:
                await self.look_at(ItemId(f"{page}/apply"), (), Context())
            if (item := self.citizen.dismisses(shown, wanted)) is not None:
                self.watch.dismisses(item, self.host.at_ms)
                await self.feed(ItemDismissed(item, self.host.at_ms))
                self.figures.counts["dismissals"] += 1
            elif (item := self.citizen.opens(shown, wanted)) is not None:
                self.figures.counts["clicks"] += 1
                left = [item, *(each for each in left if each != item)]
            for event in self.citizen.wishes(page, self.host.at_ms):
                # A pin is offered on a suggestion, and none of these is ever one.
                if not (isinstance(event, ItemPinned) and event.item in self.watch.sensitive):
                    if isinstance(event, ItemPinned):
                        self.watch.pins(event.item)
                    await self.feed(event)

    async def look_at(self, page: ItemId, shown: tuple[ItemId, ...], context: Context) -> None:
        """Look at one page for a while."""
        known = self.world.catalogue.get(page)
        links = self.world.links.get(page, ())
        self.watch.shows(shown, self.host.at_ms)
        lang = known.lang if known else "en"
        await self.feed(PageViewed(page, lang, links, self.host.at_ms, shown, context))
        self.figures.counts["views"] += 1
        self.figures.counts["views with suggestions"] += bool(shown)
        self.figures.counts["suggestions shown"] += len(shown)
        self.figures.items.update(shown)
        self.host.at_ms += self.dice.randrange(5_000, 120_000)

    def shown_on(self, page: ItemId) -> tuple[ItemId, ...]:
        """Return what a page shows by the plan of the page before, as its loader applies it."""
        if "profile" not in self.host.kept or "suggest" not in self.watch.given:
            return ()  # the plan goes with the profile
        raw = next((raw for kind, raw in reversed(self.host.shown) if kind == "plan"), None)
        plan = json.loads(raw) if raw else {"pages": {}}
        later = plan.get("later")
        pages = later["pages"] if later and self.host.at_ms >= later["from"] else plan["pages"]
        found = (ItemId(plan["items"][row[0]][0]) for rows in pages.get(page, {}).values() for row in rows)
        return tuple(item for item in dict.fromkeys(found) if not self.is_unwanted(item))

    def is_unwanted(self, item: ItemId) -> bool:
        """Say whether the citizen dismissed an item since the plan was made: pages leave it out at once."""
        return item in self.device.session.profile.dismissed

    async def leave(self) -> None:
        """Take back everything; then nothing is kept, and nothing sent but for public files."""
        if not self.watch.chose:
            return
        await self.choose(frozenset())
        must(self.host.kept.keys() <= {"pins", "book"}, "withdrawal: something is still kept")
        sent = [each for each in self.host.wire if each.method == "POST"]
        for _ in range(VIEWS_AFTER):
            if self.comes_back():
                await self.open()
            await self.look_at(self.dice.choice(self.world.journeys)[0], (), Context())
        must(sent == [each for each in self.host.wire if each.method == "POST"], "withdrawal: still sends")
        must(self.host.kept.keys() <= {"pins", "book"}, "withdrawal: keeps again")


def live_all(world: World, numbers: Iterable[int], *, seed: int, device: type[Device] = Device) -> Figures:
    """Let citizens live one after the other; what does not hold is written down with their numbers."""
    figures = Figures(len(world.catalogue.items))
    for number in numbers:
        life = Life(world, random.Random(f"simulator/{seed}/{number}"), device)
        try:
            asyncio.run(life.live())
        except (Broken, Malformed, Refused, Untrue) as broken:
            figures.broken.append(f"citizen {number}: {broken}")
        figures.add(life.figures)
        figures.counts.update(life.watch.checked)
        figures.counts["citizens"] += 1
    return figures
