"""Fifty ends without a word, each at another moment: whatever was acknowledged before is there after it."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import random
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from nearside.local.ministack_objects import describe_again, durable_writer
from tests.support.state_world import World

KILLS = 50
CALLERS = 4
KEYS = 5
OBJECTS = "objects"


@dataclass(frozen=True, slots=True)
class Change:
    """What one caller asks for: rows of its own, all or none of them, or an object."""

    rows: tuple[tuple[str, int | None], ...] = ()
    object_: tuple[str, bytes] | None = None


@dataclass(slots=True)
class Known:
    """What each row and object may be: as it was told last, or as it was asked for when the end came."""

    told: dict[str, Any] = field(default_factory=dict)
    asked: dict[str, Any] = field(default_factory=dict)

    def hear(self, kind: str, change: Change) -> None:
        """A change was asked for, or acknowledged."""
        named = dict(change.rows) if change.object_ is None else dict([change.object_])
        if kind == "ask":
            self.asked |= named
        else:
            self.told |= named
            for name in named:
                del self.asked[name]


def changes(turn: int, caller: int) -> Iterator[Change]:
    """The changes of one caller in one life, the same for whoever makes them and whoever checks."""
    chance = random.Random(turn * 100 + caller)
    while True:
        name = f"{caller}-{chance.randrange(KEYS)}"
        what, value = chance.random(), chance.getrandbits(40)
        if what < 0.3:
            yield Change(object_=(name + ".txt", bytes([chance.randrange(256)]) * chance.randrange(1, 3000)))
        elif what < 0.6:
            yield Change(rows=((f"{name}-a", value), (f"{name}-b", value)))
        elif what < 0.8:
            yield Change(rows=((name, None),))
        else:
            yield Change(rows=((name, value),))


async def live(folder: Path, turn: int, pipe: int) -> NoReturn:
    """Change rows and objects for ever, saying before and after each; compact the journal now and then."""
    world = World(folder)
    write = durable_writer(folder / OBJECTS)
    if turn == 0:
        await world.call(action="CreateTable")
    else:
        # As MiniStack's watch does: a torn end is never followed by another record.
        await world.snapshots.save(["dynamodb"])

    async def call(caller: int) -> None:
        for number, change in enumerate(changes(turn, caller)):
            os.write(pipe, f"ask {caller}\n".encode())
            if change.object_ is None:
                await world.call(*change.rows)
            else:
                name, data = change.object_
                await asyncio.to_thread(put, write, folder / OBJECTS / name, data)
            os.write(pipe, f"ack {caller}\n".encode())
            if caller == 0 and number % 7 == 6:
                await world.snapshots.save(["dynamodb"])

    await asyncio.gather(*(call(caller) for caller in range(CALLERS)))
    raise AssertionError("it went on for ever")


def put(write: Any, file: Path, data: bytes) -> None:
    """Write an object as MiniStack does: its bytes, then what is said about them."""
    write(str(file), data)
    etag = f'"{hashlib.md5(data, usedforsecurity=False).hexdigest()}"'
    write(f"{file}.meta.json", json.dumps({"size": len(data), "etag": etag}), text=True)


def end_somewhere(folder: Path, turn: int, known: Known, chance: random.Random) -> int:
    """One life in a process of its own, ended after some changes and some hundred microseconds."""
    hears, says = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(hears)
        try:
            asyncio.run(live(folder, turn, says))
        finally:
            os._exit(1)
    os.close(says)
    enough = chance.randrange(1, 25)
    heard = b""
    while heard.count(b"ack") < enough and (more := os.read(hears, 65536)):
        heard += more
    time.sleep(chance.random() / 500)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "it ended by itself"
    while more := os.read(hears, 65536):
        heard += more
    os.close(hears)
    made = [changes(turn, caller) for caller in range(CALLERS)]
    at = {caller: Change() for caller in range(CALLERS)}
    for line in heard.decode().splitlines():
        kind, caller = line.split()
        if kind == "ask":
            at[int(caller)] = next(made[int(caller)])
        known.hear(kind, at[int(caller)])
    return heard.count(b"ack")


def check(folder: Path, known: Known) -> None:
    """Hold what is there against what was told and asked; from then on what is there counts."""
    rows = World(folder).service.rows()
    describe_again(folder / OBJECTS)
    for name in {*known.told, *known.asked}:
        found = object_or_row(folder, rows, name)
        may = [known.told.get(name), *([known.asked[name]] if name in known.asked else [])]
        assert found in may, f"{name} is not what was acknowledged"
    for name in (name for name in known.asked if name.endswith("-a")):
        other = name.removesuffix("a") + "b"
        both = {rows.get(each) == known.asked[each] for each in (name, other)}
        assert len(both) == 1, "half of a call is there"
    known.told |= {name: object_or_row(folder, rows, name) for name in known.asked}
    known.asked.clear()


def object_or_row(folder: Path, rows: dict[str, Any], name: str) -> Any:
    if not name.endswith(".txt"):
        return rows.get(name)
    file = folder / OBJECTS / name
    if not file.exists():
        return None
    data = file.read_bytes()
    described = file.with_name(f"{name}.meta.json")
    if described.exists():
        etag = json.loads(described.read_bytes())["etag"]
        assert etag == f'"{hashlib.md5(data, usedforsecurity=False).hexdigest()}"'
    return data


def test_fifty_ends_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    """Four callers change rows, pairs of rows and objects, and the journal is compacted beneath them."""
    chance, known, acknowledged = random.Random(17), Known(), 0
    (tmp_path / OBJECTS).mkdir()
    for turn in range(KILLS):
        acknowledged += end_somewhere(tmp_path, turn, known, chance)
        check(tmp_path, known)
    assert acknowledged > 5 * KILLS
    assert len(known.told) > CALLERS * KEYS
