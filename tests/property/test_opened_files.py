"""Files of a bundle, and what a device kept, under bytes that nobody meant.

The way is the one that a device goes. Whatever comes, it ends in a good reading, or in `Malformed`, `Untrue`
or `Refused`: with any other exception nothing would work for the page.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consent_ledger import canonical
from consent_ledger.errors import Malformed, Refused, Untrue
from demo.stage import AGENCY
from edge_client.bundle import Bundle, Candidate, Pins, open_bundle
from edge_client.events import PageViewed, ProfileAsked, ProfileCleared
from edge_client.profile import DAY_MS
from edge_client.rules.collect import collection_of
from edge_client.signals.kept import KeptSignals
from edge_client.signals.signal import Signal
from edge_client.told import Told
from edge_client.wire.flow import print_flows
from edge_client.wire.flow_reading import parse_flows
from edge_client.wire.manifest import FileEntry
from edge_client.wire.noticed import SignalKind
from edge_client.wire.paths import ItemId
from edge_client.wire.reminders import Reminders
from edge_client.wire.rule import Does
from tests.support.city import NOW_MS, City
from tests.support.fuzzing import changed, damaged
from tests.support.pair import Pair
from tests.support.ruled import DEFINITIONS, RULES, condition, noticed_test, rule, value

# What a worker opens a bundle with, and what pages read of it themselves.
OPENED = ("catalogue.json", "notices.json", "rules.json", "tasks.json")
READ: dict[str, Callable[[bytes], bytes]] = {
    "flows.json": lambda raw: print_flows(parse_flows(raw)),
    "reminders.json": lambda raw: Reminders.parse(raw).to_bytes(),
}
LANGS = ("en", "ar")
LONGEST_DAYS = 730
SOUGHT = condition("sought", noticed_test("searched"))
FIND = rule("find", when="sought", items=["/parking/rules"])
KEPT = ("book", "decided", "pins", "profile", "reporter", "signals", "told")


@cache
def opened() -> tuple[Candidate, dict[str, bytes]]:
    """A bundle whose rules ask for what rules can ask for."""
    pair = Pair(city())
    asyncio.run(pair.open())
    bundle = pair.device.session.bundle
    assert bundle is not None
    files = dict(pair.city.files().by_name)
    return Candidate(bundle.manifest, Pins(), ()), files


def open_with(name: str, raw: bytes) -> Bundle:
    """Open the bundle with other bytes in one file, signed as they are: by mistake, or in malice."""
    candidate, files = opened()
    entry = FileEntry(hashlib.sha256(raw).hexdigest(), len(raw))
    manifest = replace(candidate.manifest, files={**candidate.manifest.files, name: entry})
    return open_bundle(replace(candidate, manifest=manifest), {**files, name: raw})


@dataclass(frozen=True)
class Used:
    """What a device works out of a bundle before anybody looks at a page: which pages slots and rules have
    for anybody, of which rules ask whether they were visited, which topics words speak for, and for how many
    days anything is kept."""

    for_anybody: frozenset[ItemId]
    awaited: frozenset[ItemId]
    spoken_for: frozenset[str]
    days: int


def use(bundle: Bundle) -> Used:
    items, rules = bundle.catalogue.items, bundle.rules
    collection = collection_of(bundle, suggests=True, learns=True)
    slots = [bundle.eligible(slot, lang) for slot in rules.slots for lang in LANGS]
    filled = {item.id for slot in slots for item, may in zip(items, slot, strict=True) if may}
    offers = [(rule, bundle.offered(rule, "en")) for rule in rules.rules if rule.does is Does.OFFER]
    return Used(
        for_anybody=frozenset(filled)
        | {items[at].id for rule, offered in offers for at in offered if rule.when is None},
        awaited=frozenset(map(ItemId, collection.pages)),
        spoken_for=frozenset(bundle.lexicon.values()),
        days=max(collection.days_by_switch().values()),
    )


def bad(good: bytes) -> st.SearchStrategy[bytes]:
    return damaged([good]) | changed([good]) | st.binary(max_size=60)


@pytest.mark.parametrize("name", OPENED)
@given(data=st.data())
def test_a_bundle_is_opened_or_refused(name: str, data: st.DataObject) -> None:
    """Signed by the agency, so that nothing but the file itself can be wrong.

    Whatever rules are used then: nothing that they forbid is suggested to anybody, no rule asks whether it
    was visited, no word speaks for it, and nothing is kept for ever.
    """
    raw = data.draw(bad(opened()[1][name]))
    try:
        bundle = open_with(name, raw)
    except (Malformed, Untrue, Refused):
        return
    used = use(bundle)
    topics = {item.id: item.topic for item in bundle.catalogue.items}
    forbidden = {item for item in topics if bundle.is_sensitive(item)}
    assert not used.for_anybody & forbidden
    assert not used.awaited & forbidden
    assert used.spoken_for <= {topics[item] for item in set(topics) - forbidden}
    assert used.days <= LONGEST_DAYS


@pytest.mark.parametrize("name", READ)
@given(data=st.data())
def test_what_pages_read_of_a_bundle_is_read_or_refused(name: str, data: st.DataObject) -> None:
    """The city's own files, with one thing or another in them that nobody meant: what is read of them prints
    back byte for byte."""
    raw = data.draw(bad(shortened((AGENCY / name).read_bytes())))
    try:
        printed = READ[name](raw)
    except (Malformed, Untrue, Refused):
        return
    assert printed == raw


@cache
def shortened(raw: bytes) -> bytes:
    """The same with two of each list at most: changes then fall where something is read."""

    def cut(value: object) -> object:
        if isinstance(value, dict):
            return {key: cut(inner) for key, inner in value.items()}
        return [cut(inner) for inner in value[:2]] if isinstance(value, list) else value

    text = json.dumps(cut(json.loads(raw)), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return text.encode()


@cache
def city() -> City:
    """A city with a bundle; nothing that a device does changes it but for records in its log."""
    rules = value(definitions=[*DEFINITIONS, SOUGHT], rules=[*RULES, FIND])
    made = City(Path(mkdtemp()), rules=canonical.encode(rules))
    made.publish()
    return made


@cache
def lived() -> dict[str, bytes]:
    """What is kept on a device after some days of use."""
    pair = Pair(city())
    asyncio.run(live(pair))
    told = Told({"moved": "yes"}, {"related": (ItemId("/bins/missed"),)}, {ItemId("/bins/new"): NOW_MS})
    signals = KeptSignals((Signal(SignalKind.READ, "/bins/missed", NOW_MS, 1, 2),))
    return {"told": told.to_bytes(), "signals": signals.to_bytes(), **pair.host.kept}


async def live(pair: Pair) -> None:
    await pair.open()
    await pair.choose("suggest", "learn")
    await pair.view("/", "/parking/permit", "/bins/missed", "/parking/permit")
    pair.host.at_ms += 9 * DAY_MS
    await pair.view("/parking/permit", "/bins/missed")


@pytest.mark.parametrize("kind", KEPT)
@settings(max_examples=10)
@given(data=st.data())
def test_a_device_lives_on_whatever_it_kept_became(kind: str, data: st.DataObject) -> None:
    """It looks at a page, shows what it knows, forgets it and takes the yes back: nothing is left."""
    kept = lived()
    raw = data.draw(bad(kept[kind].partition(b"\n")[0]))
    pair = Pair(city())

    async def story() -> None:
        pair.host.kept.update({**kept, kind: raw})
        pair.host.at_ms = NOW_MS + 10 * DAY_MS
        await pair.open()
        await pair.device.feed(PageViewed(ItemId("/"), "en", (), pair.host.at_ms))
        await pair.device.feed(ProfileAsked())
        await pair.device.feed(ProfileCleared(pair.host.at_ms))
        await pair.choose()

    try:
        asyncio.run(story())
    except (Refused, Untrue):
        assert kind == "pins"  # they name another bundle, or a newer one: none is taken then
        return
    assert set(pair.host.kept) <= {"book", "pins"}
