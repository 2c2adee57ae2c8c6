"""Files that are read up to a limit, and replaced as a whole or not at all."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from consent_ledger.errors import Malformed
from consent_ledger.storage import whole_file
from consent_ledger.storage.whole_file import PRIVATE, read_at_most, replace_file


@pytest.fixture
def plain_mask() -> Iterator[None]:
    """The mask that most processes have."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def test_a_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    """The second one stands, and nothing of a draft is left, nor of one that a crash left behind."""
    file = tmp_path / "deep" / "state"
    replace_file(file, b"first")
    (file.parent / "state.tmp").write_bytes(b"half of the sec")
    replace_file(file, b"second")
    assert file.read_bytes() == b"second"
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.usefixtures("plain_mask")
def test_a_private_file_is_its_owners_alone(tmp_path: Path) -> None:
    """So is the folder made for it, also where a draft was left that others could read; others are not."""
    secret, shown = tmp_path / "private" / "file", tmp_path / "public" / "file"
    secret.parent.mkdir(0o700)
    left = secret.with_name("file.tmp")
    left.touch(0o644)
    for file, mode in ((secret, PRIVATE), (tmp_path / "made" / "file", PRIVATE), (shown, 0o666)):
        replace_file(file, b"data", mode=mode)
        folder = file.parent
        assert stat.S_IMODE(file.stat().st_mode) == mode & 0o644
        assert stat.S_IMODE(folder.stat().st_mode) == (0o700 if mode == PRIVATE else 0o755)


@pytest.mark.parametrize("durably", [True, False])
def test_a_write_that_fails_leaves_the_old_file_and_no_draft(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, durably: bool
) -> None:
    """The disk is full, or the name is taken by a folder."""
    file = tmp_path / "file"
    replace_file(file, b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    if durably:
        monkeypatch.setattr(whole_file.os, "fsync", full)
    else:
        monkeypatch.setattr(Path, "replace", lambda self, other: full(0))
    with pytest.raises(OSError, match="No space"):
        replace_file(file, b"new", durably=durably)
    assert file.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [file]


def test_a_durable_write_is_on_disk_with_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """File, then folder; nothing waits for the disk when the caller does that once for many."""
    synced: list[bool] = []
    monkeypatch.setattr(
        whole_file.os, "fsync", lambda number: synced.append(stat.S_ISDIR(os.fstat(number).st_mode))
    )
    replace_file(tmp_path / "file", b"data")
    assert synced == [False, True]
    replace_file(tmp_path / "other", b"data", durably=False)
    assert synced == [False, True]


def test_no_more_than_the_limit_is_read(tmp_path: Path) -> None:
    """From a file, and from what is open already; one byte above is malformed, whatever follows it."""
    file = tmp_path / "file"
    file.write_bytes(b"12345")
    assert read_at_most(file, 5, noun="note") == b"12345"
    assert read_at_most(io.BytesIO(b""), 0, noun="note") == b""
    with pytest.raises(Malformed, match=r"^note: too long$"):
        read_at_most(file, 4, noun="note")
    endless = io.BytesIO(bytes(1000))
    with pytest.raises(Malformed, match=r"^document: too long$"):
        read_at_most(endless, 10, noun="document")
    assert endless.tell() == 11
