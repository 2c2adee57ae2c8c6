"""What may be answered, and when: calls to a table in front of a journal and snapshots.

The service here has MiniStack's names and one table; `tests/contract/test_ministack_kill.py` has a real one.
"""

from __future__ import annotations

import asyncio
import json
import os
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from consent_ledger.errors import Malformed
from nearside.local.journal import recover
from nearside.local.ministack_calls import changes, changes_buckets
from nearside.local.ministack_objects import describe_again, durable_writer
from nearside.local.ministack_state import (
    check_seal,
    read_first_segment,
    saved_at_once,
    sealed,
)
from tests.support.state_world import PLACE, World


def played(folder: Path, script: Callable[[World], Coroutine[Any, Any, None]]) -> World:
    """Play a script on a world, which then ends without a word; return what the next start finds."""

    async def play() -> None:
        await script(World(folder))

    asyncio.run(play())
    return World(folder)


def test_what_was_answered_is_there_after_the_end(tmp_path: Path) -> None:
    """A table and items that were put, changed and removed: as answered, and the same at every start."""

    async def script(world: World) -> None:
        await world.call(action="CreateTable")
        await world.call(("a", 1), ("b", 1))
        await world.call(("a", 2))
        await world.call(("b", None), ("c", 1))

    assert played(tmp_path, script).service.rows() == {"a": 2, "c": 1}
    assert World(tmp_path).service.rows() == {"a": 2, "c": 1}


def test_a_snapshot_takes_the_place_of_the_journal(tmp_path: Path) -> None:
    """What it covers is not played again, and what comes after it is."""

    async def script(world: World) -> None:
        await world.call(action="CreateTable")
        await world.call(("a", 1), ("b", 1))
        assert await world.snapshots.save_all() == {}
        await world.call(("a", None))

    again = played(tmp_path, script)
    assert again.service.rows() == {"b": 1}
    records = recover(tmp_path / "journal", read_first_segment(tmp_path / "services")).records
    assert [json.loads(record) for record in records] == [[[*PLACE, "a", "-", None]]]
    assert json.loads((tmp_path / "services" / "other.json").read_bytes())["payload"] == {"here": True}
    assert not (tmp_path / "services" / "none.json").exists()


def test_an_old_segment_that_was_not_removed_is_not_played(tmp_path: Path) -> None:
    """The process may end between a snapshot and the removal of what it covers, and a table be made anew."""
    kept: list[tuple[Path, bytes]] = []

    async def script(world: World) -> None:
        await world.call(action="CreateTable")
        await world.call(("of the old table", 1))
        kept.extend((file, file.read_bytes()) for file in (tmp_path / "journal").iterdir())
        await world.call(action="CreateTable")

    played(tmp_path, script)
    for file, data in kept:
        file.write_bytes(data)
    assert kept
    assert World(tmp_path).service.rows() == {}


def test_a_call_that_failed_leaves_nothing(tmp_path: Path) -> None:
    """Whatever it did before it was rolled back is not written down."""

    async def script(world: World) -> None:
        await world.call(action="CreateTable")
        await world.call(("a", 1), status=400)
        await world.call(("b", 1))

    assert played(tmp_path, script).service.rows() == {"b": 1}


def test_a_transaction_is_kept_whole_or_not_at_all(tmp_path: Path) -> None:
    """Its effects are one record: no torn end of the journal parts them."""

    async def script(world: World) -> None:
        await world.call(action="CreateTable")
        await world.call(("a", 1), ("b", 1), action="TransactWriteItems")

    played(tmp_path, script)
    (file,) = (tmp_path / "journal").iterdir()
    data = file.read_bytes()
    for kept in range(len(data)):
        file.write_bytes(data[:kept])
        assert World(tmp_path).service.rows() == {}
    file.write_bytes(data)
    assert World(tmp_path).service.rows() == {"a": 1, "b": 1}


def test_a_refusal_waits_for_the_write_that_it_rests_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a loss of power could still undo may neither be read nor be the reason of a refusal."""
    disk = threading.Event()
    sync = os.fdatasync

    def slow(opened: int) -> None:
        disk.wait(10)
        sync(opened)

    async def script(world: World) -> None:
        await world.call(action="CreateTable")
        monkeypatch.setattr(os, "fdatasync", slow)
        calls = [
            asyncio.ensure_future(call)
            for call in (world.call(("a", 1)), world.call(status=400), world.call(action="GetItem"))
        ]
        done, _ = await asyncio.wait(calls, timeout=0.05)
        assert done == set()
        disk.set()
        await asyncio.gather(*calls)

    assert played(tmp_path, script).service.rows() == {"a": 1}


def test_an_item_waits_for_its_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An item that was answered is in a table that is on disk, also when the two calls overlap."""

    async def script(world: World) -> None:
        await asyncio.gather(world.call(action="CreateTable"), world.call(("a", 1)))
        saved = json.loads((tmp_path / "services" / "dynamodb.json").read_bytes())
        assert list(saved["payload"]["tables"]) == ["/".join(PLACE)]

    assert played(tmp_path, script).service.rows() == {"a": 1}


def test_what_a_thread_removes_by_the_clock_stays_removed(tmp_path: Path) -> None:
    """Rows whose time is up are removed without a call."""

    async def script(world: World) -> None:
        await world.call(action="CreateTable")
        await world.call(("a", 1), ("b", 1))
        table = world.service._tables[PLACE]
        await asyncio.to_thread(world.service._remove_item, table, "a", "-")
        await world.journal.settled()

    assert played(tmp_path, script).service.rows() == {"b": 1}


@pytest.mark.parametrize("erasure", [("a", None), ("a", "nothing")])
def test_what_was_removed_does_not_lie_in_the_journal(tmp_path: Path, erasure: tuple[str, Any]) -> None:
    """Removed or replaced, it is on no disk after the next save, however small the journal is."""

    def files_with_it() -> list[Path]:
        return [
            file for file in tmp_path.rglob("*") if file.is_file() and b"wrapped key" in file.read_bytes()
        ]

    async def script(world: World) -> None:
        await world.call(action="CreateTable")
        await world.call(("a", "wrapped key"))
        await world.snapshots.save_the_rest()
        await world.call(erasure)
        assert files_with_it()
        await world.snapshots.save_the_rest()
        assert files_with_it() == []

    expected = {} if erasure[1] is None else dict([erasure])
    assert played(tmp_path, script).service.rows() == expected


def test_items_are_saved_again_once_the_journal_has_outgrown_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that a start never replays much more than it reads."""
    monkeypatch.setattr("nearside.local.ministack_state.SMALLEST_COMPACTION", 1000)

    async def script(world: World) -> None:
        await world.call(action="CreateTable")
        first = read_first_segment(tmp_path / "services")
        await world.call(("a", "x" * 500))
        await world.snapshots.save_the_rest()
        assert read_first_segment(tmp_path / "services") == first
        await world.call(("b", "x" * 500))
        await world.snapshots.save_the_rest()
        assert read_first_segment(tmp_path / "services") == first + 1
        assert list((tmp_path / "journal").iterdir()) == []

    assert set(played(tmp_path, script).service.rows()) == {"a", "b"}


def test_a_service_is_saved_before_it_says_that_it_changed() -> None:
    """A change that succeeded is saved; a read and a failure are not."""
    said: list[str] = []

    class Keys:
        status = 200

        async def handle_request(
            self, method: str, path: str, headers: dict[str, str]
        ) -> tuple[int, Any, Any]:
            said.append("handled")
            return self.status, {}, b""

    async def save() -> None:
        said.append("saved")

    async def script() -> None:
        keys: Any = Keys()
        saved_at_once(keys, save, changes=changes)
        await keys.handle_request("POST", "/", {"x-amz-target": "TrentService.CreateKey"})
        await keys.handle_request("POST", "/", {"x-amz-target": "TrentService.Sign"})
        keys.status = 400
        await keys.handle_request("POST", "/", {"x-amz-target": "TrentService.CreateKey"})

    asyncio.run(script())
    assert said == ["handled", "saved", "handled", "handled"]


@pytest.mark.parametrize(
    ("method", "path", "wanted"),
    [
        ("PUT", "/bucket", True),
        ("PUT", "/bucket/", True),
        ("PUT", "/bucket/key", False),
        ("GET", "/bucket", False),
    ],
)
def test_buckets_are_told_from_objects(method: str, path: str, wanted: bool) -> None:
    """Objects lie in files of their own; only what changes a bucket is saved with all buckets."""
    assert changes_buckets(method, path, {}) is wanted


def test_new_bytes_under_an_old_description_are_described_again(tmp_path: Path) -> None:
    """The process ended between the two files: size, tag and sums are made those of the bytes."""
    write = durable_writer(tmp_path)
    file = tmp_path / "account" / "bucket" / "checkpoint"
    file.parent.mkdir(parents=True)
    described = {"size": 3, "etag": '"old"', "checksums": {"crc32": "old"}, "content_type": "text/plain"}
    write(f"{file}.meta.json", json.dumps(described), text=True)
    write(str(file), b"after")
    assert describe_again(tmp_path) == 1
    assert json.loads((file.parent / "checkpoint.meta.json").read_bytes()) == {
        "size": 5,
        "etag": '"632a2406bbcbcd553eec45ac14b40a0a"',
        "checksums": {},
        "content_type": "text/plain",
    }
    assert describe_again(tmp_path) == 0
    assert file.read_bytes() == b"after"


def test_a_snapshot_that_is_not_as_it_was_written_is_found() -> None:
    """Whichever bit of it flipped, also where it is JSON still; one of an earlier version has no seal."""
    whole = sealed(b'{"payload": {"n": 1, "s": "a"}}')
    check_seal(whole)
    check_seal(b'{"payload": {"n": 1}}')
    assert json.loads(whole)["payload"] == {"n": 1, "s": "a"}
    begin = whole.index(b'", ') + 3
    for at in range(begin, len(whole)):
        flipped = bytearray(whole)
        flipped[at] ^= 1
        with pytest.raises(Malformed):
            check_seal(bytes(flipped))
    with pytest.raises(Malformed):
        check_seal(whole[:-1])
