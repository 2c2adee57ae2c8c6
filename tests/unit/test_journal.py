"""The journal of the deployment on one machine: what was settled is read back, however the end came."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from consent_ledger.errors import Malformed
from nearside.local import journal as journals
from nearside.local.journal import Journal, frame, recover


def written(folder: Path, *records: bytes, segment: int = 0) -> Path:
    """Write records by a journal, each settled by itself; return the segment's file."""

    async def write() -> None:
        journal = Journal(folder, segment)
        for record in records:
            journal.append(record)
            await journal.settled()

    asyncio.run(write())
    return folder / f"{segment:08d}"


def test_an_empty_journal_holds_nothing(tmp_path: Path) -> None:
    """No folder, an empty folder and an empty segment are no records, and no damage."""
    assert recover(tmp_path / "none", 0) == journals.Recovered((), 0)
    (tmp_path / "00000003").touch()
    assert recover(tmp_path, 3) == journals.Recovered((), 4)


def test_what_is_settled_is_read_back_in_order(tmp_path: Path) -> None:
    """Reading changes nothing, so that it can be done twice."""
    written(tmp_path, b"one", b"two", b"three")
    for _ in range(2):
        assert recover(tmp_path, 0) == journals.Recovered((b"one", b"two", b"three"), 1)


def test_nobody_else_of_the_machine_reads_it(tmp_path: Path) -> None:
    """Whatever the process lets others see by default: its rows are those of every table."""
    before = os.umask(0o022)
    try:
        file = written(tmp_path / "journal", b"one")
    finally:
        os.umask(before)
    assert [each.stat().st_mode & 0o077 for each in (file, file.parent)] == [0, 0]


@pytest.mark.parametrize("kept", range(1, len(frame([b"three"]))))
def test_a_torn_last_frame_was_never_settled(tmp_path: Path, kept: int) -> None:
    """Cut at any byte, the last frame is left out, and all before it are read."""
    file = written(tmp_path, b"one", b"two")
    with file.open("ab") as torn:
        torn.write(frame([b"three"])[:kept])
    assert recover(tmp_path, 0).records == (b"one", b"two")


@pytest.mark.parametrize("tail", [bytes(64), b"NSJ1", b"\xff" * 9, frame([b"x"])[:-1] + b"y"])
def test_what_a_power_cut_leaves_behind_the_last_frame_is_left_out(tmp_path: Path, tail: bytes) -> None:
    """Zeros, rubbish, and a frame with another payload than its sum are no records."""
    file = written(tmp_path, b"one")
    with file.open("ab") as torn:
        torn.write(tail)
    assert recover(tmp_path, 0).records == (b"one",)


def test_a_damaged_frame_with_whole_ones_after_it_is_not_passed_over(tmp_path: Path) -> None:
    """What followed it had been settled: to begin without it would lose what was answered."""
    file = written(tmp_path, b"one", b"two", b"three")
    data = file.read_bytes()
    for at in range(len(frame([b"one"])), 2 * len(frame([b"two"]))):
        file.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        with pytest.raises(Malformed, match="segment 00000000 is damaged"):
            recover(tmp_path, 0)


def test_a_torn_segment_with_another_after_it_is_not_passed_over(tmp_path: Path) -> None:
    """A segment is only begun when the one before it is wholly on disk."""
    first = written(tmp_path, b"one", b"two")
    written(tmp_path, b"three", segment=1)
    assert recover(tmp_path, 0).records == (b"one", b"two", b"three")
    first.write_bytes(first.read_bytes()[:-1])
    with pytest.raises(Malformed, match="segment 00000000 is damaged"):
        recover(tmp_path, 0)


def test_segments_before_the_first_are_not_read(tmp_path: Path) -> None:
    """They are in the snapshot that names the first, also when nobody has removed them yet."""
    written(tmp_path, b"old")
    written(tmp_path, b"new", segment=1)
    assert recover(tmp_path, 1) == journals.Recovered((b"new",), 2)


def test_a_rotation_parts_what_is_before_it_from_what_is_after(tmp_path: Path) -> None:
    """Also when both wait for the same write; what is forgotten is gone, and nothing else."""

    async def write() -> None:
        journal = Journal(tmp_path, 5)
        journal.append(b"before")
        assert journal.size == 6
        assert journal.rotate() == 6
        assert journal.size == 0
        journal.append(b"after")
        await journal.settled()
        assert recover(tmp_path, 5).records == (b"before", b"after")
        journal.forget(6)

    asyncio.run(write())
    assert recover(tmp_path, 0) == journals.Recovered((b"after",), 7)


def slowly(monkeypatch: pytest.MonkeyPatch, fault: Callable[[], object] = lambda: None) -> list[int]:
    """Count the writes that reach the disk."""
    syncs: list[int] = []
    sync = os.fdatasync

    def counted(opened: int) -> None:
        fault()
        sync(opened)
        syncs.append(opened)

    monkeypatch.setattr(os, "fdatasync", counted)
    return syncs


def test_many_who_wait_share_a_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred that append at once wait for two writes at most, and for one at least."""
    syncs = slowly(monkeypatch)

    async def write() -> None:
        journal = Journal(tmp_path, 0)

        async def one(number: int) -> None:
            journal.append(b"%d" % number)
            await journal.settled()

        await asyncio.gather(*(one(number) for number in range(100)))

    asyncio.run(write())
    assert 1 <= len(syncs) <= 2
    assert recover(tmp_path, 0).records == tuple(b"%d" % number for number in range(100))


def test_who_appended_nothing_waits_for_those_who_did(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader may have seen what another appended: it is on disk before the reader goes on."""
    disk = threading.Event()
    slowly(monkeypatch, lambda: disk.wait(10))

    async def write() -> None:
        journal = Journal(tmp_path, 0)
        await journal.settled()
        journal.append(b"another's")
        writer, reader = (asyncio.ensure_future(journal.settled()) for _ in range(2))
        await asyncio.wait([writer, reader], timeout=0.05)
        assert not writer.done()
        assert not reader.done()
        disk.set()
        await asyncio.gather(writer, reader)

    asyncio.run(write())


def test_a_journal_that_cannot_be_written_settles_nothing_any_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After half a frame no other could be read back: one failure is told to everybody who comes after."""
    broken = [True]

    def fault() -> None:
        if broken[0]:
            raise OSError(28, "no space left")

    slowly(monkeypatch, fault)

    async def write() -> None:
        journal = Journal(tmp_path, 0)
        journal.append(b"one")
        await refused(journal.settled())
        broken[0] = False
        await refused(journal.settled())
        journal.append(b"two")
        await refused(journal.settled())

    async def refused(waiting: Awaitable[None]) -> None:
        with pytest.raises(OSError, match="no space left"):
            await waiting

    asyncio.run(write())


def test_a_record_is_one_line(tmp_path: Path) -> None:
    """A record with a line feed would be read back as two."""
    with pytest.raises(ValueError, match="line feed"):
        Journal(tmp_path, 0).append(b"one\ntwo")
