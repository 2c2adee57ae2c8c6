"""An attacker who sees the whole network, all servers and the citizen's storage: which archetype somebody is
like is nowhere in it, and the citizen who does not want it worked out has the last word."""

from __future__ import annotations

import ast
import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edge_client.device import CONTRIBUTION_PATH
from edge_client.events import GroupingSwitched, ProfileAsked
from edge_client.profile import Profile
from edge_client.wire.archetypes import Archetype, Archetypes
from edge_client.wire.catalogue import hash_pages
from edge_client.wire.register import REGISTER
from lambdas.shared.publishing.publication import publish
from tests.support.city import NOW_S, PATHS, City, catalogue
from tests.support.pair import Pair, Request

ROOT = Path(__file__).resolve().parent.parent.parent
BINS, MOVING = "Zyxbins", "Qwvmoving"
BIN_PAGES = ("/bins/collection-day", "/bins/missed", "/bins/new")
MOVING_PAGES = ("/moving/checklist", "/moving/address", "/housing/repairs")


def archetypes() -> bytes:
    """Two groups of pages, with names that nothing else could be mistaken for."""
    paths = [row[0] for row in PATHS]
    rows = [(100 * (path in BIN_PAGES), 100 * (path in MOVING_PAGES)) for path in paths]
    groups = tuple(
        Archetype(name, tuple(paths.index(page) for page in pages))
        for name, pages in ((BINS, BIN_PAGES), (MOVING, MOVING_PAGES))
    )
    return Archetypes(
        site=catalogue().site,
        pages_hash=hash_pages(catalogue().pages),
        pages=len(paths),
        recent=10,
        decay_milli=850,
        least_pages=3,
        floor_milli=600,
        archetypes=groups,
        table=bytes(value for row in rows for value in row),
    ).to_bytes()


@pytest.fixture
def city(tmp_path: Path) -> City:
    """A city whose bundle has archetypes."""
    city = City(tmp_path)
    files = city.files()
    files = replace(files, by_name={**files.by_name, "archetypes.json": archetypes()})
    publish(files, shelf=city.shelf, signer=city.agency, log=city.log, keys=city.keys, now=NOW_S)
    return city


async def panel(pair: Pair) -> Any:
    """What the panel says of archetypes."""
    await pair.device.feed(ProfileAsked())
    return json.loads([raw for kind, raw in pair.host.shown if kind == "profile"][-1])["archetype"]


def lived(city: City, pages: tuple[str, ...]) -> tuple[Pair, Any]:
    """A citizen who allows everything and looks at pages over weeks, and what the panel tells them."""
    pair = Pair(city, seed=3)

    async def live() -> Any:
        await pair.open()
        await pair.choose("suggest", "learn")
        for _ in range(12):
            await pair.view(*pages, gap_ms=60_000)
            pair.host.at_ms += 40 * 3_600_000
        return await panel(pair)

    return pair, asyncio.run(live())


def beside_the_pair(request: Request) -> object:
    """A request as everybody but the aggregator sees it: a report without the pages that it is about."""
    if request.path != CONTRIBUTION_PATH:
        return request.method, len(request.path), len(request.body)
    return {name: value for name, value in json.loads(request.body).items() if name not in ("from", "to")}


def test_two_archetypes_look_alike_from_outside(city: City) -> None:
    """The same requests in the same order, of the same sizes, and no name of an archetype in any."""
    one, said = lived(city, BIN_PAGES)
    other, said_to_other = lived(city, MOVING_PAGES)
    assert (said["name"], said_to_other["name"]) == (BINS, MOVING)
    assert any(request.path == CONTRIBUTION_PATH for request in one.host.wire)
    assert [beside_the_pair(each) for each in one.host.wire] == [
        beside_the_pair(each) for each in other.host.wire
    ]
    for request in (*one.host.wire, *other.host.wire):
        assert not any(name in f"{request.path}{request.body!r}" for name in (BINS, MOVING))


def test_nothing_that_is_kept_says_it(city: City) -> None:
    """It is worked out when the panel asks, and not stored: a profile holds pages alone."""
    pair, said = lived(city, BIN_PAGES)
    assert said["name"] == BINS
    assert not any(BINS.encode() in raw for raw in pair.host.kept.values())


def test_no_way_out_can_name_it() -> None:
    """What leaves has no field for it, and no module imports its code but the panel's text, and what gathers
    the facts that rules ask about."""
    fields = {field.name for message in REGISTER for field in message.fields}
    assert not any("archetype" in name or "group" in name for name in fields)
    importers = {
        file.name
        for file in (ROOT / "edge_client").rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module == "edge_client.archetype"
    }
    assert importers == {"gathering.py", "known.py"}


def test_it_says_which_pages_make_it_say_so(city: City) -> None:
    """The reasons are pages that the citizen looked at."""
    _, said = lived(city, BIN_PAGES)
    assert {item for item, _ in said["because"]} == set(BIN_PAGES)


def test_a_citizen_switches_it_off_for_good(city: City) -> None:
    """Off is off, also tomorrow and after everything was forgotten; on is the citizen's word too."""
    pair, _ = lived(city, BIN_PAGES)

    async def switch() -> list[Any]:
        said = []
        await pair.device.feed(GroupingSwitched(on=False))
        said.append(await panel(pair))
        await pair.reopen()
        said.append(await panel(pair))
        await pair.device.feed(GroupingSwitched(on=True))
        said.append(await panel(pair))
        return said

    off, tomorrow, again = asyncio.run(switch())
    assert off == tomorrow == {"on": False, "name": None, "names": {}, "because": []}
    assert again["name"] == BINS
    assert Profile.from_bytes(Profile(grouped=False).to_bytes()) == Profile(grouped=False)
    assert not Profile(grouped=False).clear(at_ms=9).grouped


def test_without_suggestions_nothing_is_worked_out(city: City) -> None:
    """Whoever takes back the yes to suggestions is like nothing any more, and cannot be switched on."""
    pair, _ = lived(city, BIN_PAGES)

    async def withdraw() -> Any:
        pair.host.at_ms += 1
        await pair.choose("learn")
        await pair.device.feed(GroupingSwitched(on=True))
        return await panel(pair)

    assert asyncio.run(withdraw()) is None


def test_a_bundle_with_a_sensitive_archetype_is_refused(city: City) -> None:
    """A signed file that gives a sensitive page a row: the device keeps the bundle that it has."""
    parsed = Archetypes.parse(archetypes())
    at = [row[0] for row in PATHS].index("/grief/first-days")
    table = bytearray(parsed.table)
    table[2 * at] = 127
    files = city.files()
    spoilt = replace(parsed, table=bytes(table)).to_bytes()
    files = replace(files, by_name={**files.by_name, "archetypes.json": spoilt})
    pair = Pair(city, seed=3)
    asyncio.run(pair.open())
    before = pair.device.session.bundle
    publish(files, shelf=city.shelf, signer=city.agency, log=city.log, keys=city.keys, now=NOW_S)
    with pytest.raises(Exception, match="a sensitive page is part of one"):
        asyncio.run(pair.device.install())
    assert pair.device.session.bundle == before
