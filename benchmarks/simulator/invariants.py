"""What must hold of every device, whatever its citizen does: judged from the outside, by what was said to it,
what it keeps, what it hands to pages and what it sends."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from benchmarks.simulator.world import ReadingHost, World
from edge_client.bundle import Bundle
from edge_client.decided import Decided
from edge_client.decision import Outcome
from edge_client.rules.pipeline import Placed
from edge_client.wire.contribution import Contribution
from edge_client.wire.paths import ItemId
from edge_client.wire.register import CONSENT_RECORD, REGISTER, REPORT, Outgoing

DAY_MS = 24 * 60 * 60 * 1000
# What each purpose lets a device keep; its key and its choices it keeps anyway.
COVERED = {
    "suggest": {"profile", "told", "signals", "decided", "arm"},
    "learn": {"profile", "signals", "reporter"},
}
ANYWAY = {"pins", "book"}


class Broken(AssertionError):
    """Something does not hold that must."""


def must(holds: object, what: str) -> None:
    """Raise `Broken` unless it holds."""
    if not holds:
        raise Broken(what)


def one_name(item: str, world: World) -> str:
    """Return a name that all languages of a page share."""
    known = world.catalogue.get(ItemId(item))
    return item if known is None else min([item, *known.translations.values()])


def sensitive_of(world: World) -> frozenset[str]:
    """Return the pages of which nothing may be kept or suggested, read from the rules anew."""
    rules = world.rules
    return frozenset(
        item.id
        for item in world.catalogue.items
        if item.topic in {*rules.never_topics, *rules.child_topics}
        or {item.id, *item.translations.values()} & set(rules.never_items)
    )


def kind_of(method: str, path: str) -> Outgoing:
    """Return what the register calls a request. Raises `Broken` where it does not know it."""
    for kind in REGISTER:
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(kind.path))
        if method == kind.method and re.fullmatch(pattern, path):
            return kind
    raise Broken(f"wire: {method} {path} is not in the register")


@dataclass
class Watch:
    """One device, watched: what its citizen has said so far, and what pages have shown."""

    world: World
    host: ReadingHost
    sensitive: frozenset[str]
    given: frozenset[str] = frozenset()
    chose: bool = False
    refused_ms: dict[str, int] = field(default_factory=dict)
    dismissed: set[str] = field(default_factory=set)
    pinned: set[str] = field(default_factory=set)
    shown: list[tuple[str, int]] = field(default_factory=list)
    checked: Counter[str] = field(default_factory=Counter)
    _wire: int = 0
    _plans: int = 0

    def chooses(self, given: frozenset[str]) -> None:
        """Note a choice: what it takes back takes along what was told under it."""
        self.given, self.chose = given, True
        if "suggest" not in given:
            self.forgets()

    def forgets(self) -> None:
        """Note that everything told is to be forgotten."""
        self.refused_ms, self.dismissed, self.pinned, self.shown = {}, set(), set(), []

    def dismisses(self, item: ItemId, at_ms: int) -> None:
        """Note that an item was called not relevant; it counts where suggestions are allowed."""
        if "suggest" in self.given:
            self.dismissed.add(one_name(item, self.world))
            self.refused_ms[one_name(item, self.world)] = at_ms
            self.pinned.discard(one_name(item, self.world))

    def pins(self, item: ItemId) -> None:
        """Note that an item was pinned: the later word counts, also in a slot that leaves its topic out."""
        if "suggest" in self.given:
            self.pinned.add(one_name(item, self.world))

    def shows(self, items: tuple[ItemId, ...], at_ms: int) -> None:
        """Note what a page shows."""
        self.shown += [(name, at_ms) for name in {one_name(item, self.world) for item in items}]

    def look(self, bundle: Bundle | None) -> None:
        """Check everything that is new since the last look. Raises `Broken`."""
        self._check_wire()
        self._check_kept()
        plans = [raw for kind, raw in self.host.shown if kind == "plan"]
        for raw in plans[self._plans :]:
            must("suggest" in self.given, "plan: made without consent")
            self._check_plan(json.loads(raw))
        if len(plans) > self._plans and bundle is not None and b"\n" in self.host.kept.get("decided", b""):
            self._check_decision(plans[-1], bundle)
        self._plans = len(plans)

    def _check_wire(self) -> None:
        for request in self.host.wire[self._wire :]:
            kind = kind_of(request.method, request.path)
            task = Contribution.from_bytes(request.body).task if kind is REPORT else ""
            must(len(request.body) == kind.size.of(task), f"wire: {kind.name} is not of its size")
            must(kind.purpose is None or kind.purpose in self.given, f"wire: {kind.name} without consent")
            must(self.chose or kind.method == "GET", f"wire: {kind.name} before a choice")
            self.checked["requests"] += 1
        self._wire = len(self.host.wire)

    def _check_kept(self) -> None:
        allowed = ANYWAY.union(*(COVERED.get(purpose, set()) for purpose in self.given))
        extra = self.host.kept.keys() - allowed
        must(not extra, f"kept: {sorted(extra)} under consent to {sorted(self.given)}")
        must(self.chose or "book" not in self.host.kept, "kept: a book before a choice")
        if "book" in self.host.kept:
            choices = json.loads(self.host.kept["book"])["choices"]
            more = {purpose for purpose, state in choices.items() if state == "given"} - self.given
            must(not more, f"consent: {sorted(more)} was never given")
        for kind, raw in self.host.kept.items():
            found = [item for item in self.sensitive if f'"{item}"'.encode() in raw]
            must(not found, f"kept: a sensitive page in {kind}")
        self.checked["looks at what is kept"] += 1

    def _check_plan(self, plan: Any) -> None:
        slots = {slot.slot: slot for slot in self.world.rules.slots}
        for pages in (plan["pages"], plan.get("later", {}).get("pages", {})):
            for page, filled in pages.items():
                must(page not in self.sensitive, "plan: for a sensitive page")
                for name, rows in filled.items():
                    items = [ItemId(plan["items"][row[0]][0]) for row in rows]
                    self._check_list(page, items, slots[name])
        self.checked["plans"] += 1

    def _check_list(self, page: str, items: list[ItemId], slot: Any) -> None:
        names = {one_name(item, self.world) for item in items}
        must(len(names) == len(items) == slot.count, "plan: a list with a hole, or with an item twice")
        must(one_name(page, self.world) not in names, "plan: a page suggests itself")
        must(not names & self.dismissed - self.pinned, "plan: what was called not relevant")
        must(not self.sensitive.intersection(items), "plan: a sensitive page")
        known = [item for each in items if (item := self.world.catalogue.get(each))]
        must(len(known) == len(items), "plan: an item that is in no catalogue")
        topics = Counter(item.topic for item in known)
        must(max(topics.values()) <= slot.per_topic, "plan: too much of one topic")
        guessed = {item.topic for item in known if one_name(item.id, self.world) not in self.pinned}
        must(not guessed & set(slot.not_topics), "plan: of a topic that the slot leaves out")

    def _check_decision(self, shown: bytes, bundle: Bundle) -> None:
        """The newest decision, read from storage, gives the plan again that pages were handed."""
        line = Decided.from_bytes(self.host.kept["decided"]).lines[-1]
        kept = line.read()
        assert self.host.reader is not None
        outcome = kept.replay(self.host.reader.answers(kept.question(bundle).questions), bundle)
        must(outcome.plan.to_bytes(bundle.catalogue) == shown, "decision: replayed, it gives another plan")
        for placed in offered(outcome):
            self._check_offer(placed, line.at_ms)
        self.checked["decisions replayed"] += 1

    def _check_offer(self, placed: Placed, at_ms: int) -> None:
        rule = placed.offer.rule if placed.offer else None
        if rule is None or rule.rung.is_for_everyones_good:
            return
        name = one_name(self.world.catalogue.items[placed.item.index].id, self.world)
        if rule.cap is not None:
            since_ms = at_ms - rule.cap.days * DAY_MS
            times = sum(1 for item, ms in self.shown if item == name and ms >= since_ms)
            must(times < rule.cap.times, f"cap: {rule.name} was shown {times} times")
        about = {one_name(item, self.world) for item in rule.items}
        quiet_ms = [self.refused_ms[item] for item in about & self.refused_ms.keys()]
        cooled = all(at_ms - ms >= rule.cool_down_days * DAY_MS for ms in quiet_ms)
        must(cooled or not rule.cool_down_days, f"cool-down: {rule.name} speaks too soon")
        self.checked["offers of rules"] += 1

    def check_life(self) -> None:
        """Check what only the whole of a life shows. Raises `Broken`."""
        sent = [Contribution.from_bytes(each.body) for each in self.host.wire if each.path == REPORT.path]
        bound = max((task.task.pairs_per_week for task in self.host.services.tasks().values()), default=0)
        weeks = Counter(report.period for report in {each.report_id: each for each in sent}.values())
        must(max(weeks.values(), default=0) <= bound, "reports: more than the bound in one week")
        catalogue = self.world.catalogue
        named = {index for each in sent if not each.is_nothing for index in (each.source, each.target)}
        found = [index for index in named if catalogue.items[index].id in self.sensitive]
        must(not found, "reports: a sensitive page")
        logged = [each for each in self.host.wire if each.path == CONSENT_RECORD.path]
        must(self.chose or not logged, "consent: a record without a choice")
        self.checked["reports"] += len(sent)
        self.checked["reports of a pair"] += sum(not each.is_nothing for each in sent)


def offered(outcome: Outcome) -> Iterator[Placed]:
    """Yield what rules or citizens placed in a decision's lists, as far as a list is whole."""
    for filled in outcome.filled:
        if len(filled.placed) == filled.slot.count:
            yield from (placed for placed in filled.placed if placed.offer is not None)
