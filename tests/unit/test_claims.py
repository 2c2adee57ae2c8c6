"""A folder has one owner at a time, whoever looks; and a start takes no folder that is somebody else's."""

from __future__ import annotations

import fcntl
import os
import threading
from pathlib import Path

import pytest

from consent_ledger.errors import Malformed, Refused
from nearside.local import claims
from nearside.local.claims import Running, announced, claimed, find_running, is_claimed

RUNNING = Running("http://127.0.0.1:1", "http://127.0.0.1:2", {"Site": "riverton"})


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A folder on which something ran, and was killed."""
    with claimed(tmp_path):
        (tmp_path / "running.json").write_bytes(RUNNING.to_bytes())
    return tmp_path


def test_what_runs_is_found_and_what_was_killed_is_not(state: Path) -> None:
    """By who holds the folder, and not by a note that a killed process left."""
    assert find_running(state) is None
    assert not is_claimed(state)
    with claimed(state):
        assert find_running(state) is None
        with announced(state, RUNNING):
            assert find_running(state) == RUNNING
    assert find_running(state) is None
    assert find_running(state / "none") is None


def test_two_who_look_see_the_same(state: Path) -> None:
    """One that looks at the same time is not taken for a deployment."""
    with (state / "lock").open("rb") as looking:
        fcntl.flock(looking, fcntl.LOCK_SH)
        assert find_running(state) is None


def test_a_start_waits_for_who_only_looks(state: Path) -> None:
    """`status` at the moment at which `up` starts: it starts."""
    looking = (state / "lock").open("rb")
    fcntl.flock(looking, fcntl.LOCK_SH)
    done = threading.Timer(0.1, looking.close)
    done.start()
    with claimed(state):
        assert looking.closed
        assert is_claimed(state)
    done.join()


def test_looking_all_the_time_keeps_nobody_from_starting(state: Path) -> None:
    """Four monitors without a pause, and thirty starts."""
    over = threading.Event()

    def look() -> None:
        while not over.is_set():
            is_claimed(state)

    monitors = [threading.Thread(target=look) for _ in range(4)]
    for each in monitors:
        each.start()
    try:
        for _ in range(30):
            with claimed(state):
                assert is_claimed(state)
    finally:
        over.set()
        for each in monitors:
            each.join()


def test_a_second_start_is_refused_at_once(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for a deployment as for somebody who looks; who never lets go is given up."""
    monkeypatch.setattr(claims.time, "sleep", lambda seconds: pytest.fail("it waits"))
    with claimed(state), pytest.raises(Refused, match="another process"), claimed(state):
        pass
    monkeypatch.undo()
    monkeypatch.setattr(claims, "_LOOK_S", 0.05)
    with (state / "lock").open("rb") as looking:
        fcntl.flock(looking, fcntl.LOCK_SH)
        with pytest.raises(Refused, match="another process"), claimed(state):
            pass


def test_a_new_folder_is_its_owners_alone(tmp_path: Path) -> None:
    """Whatever the mask says; one that was open to be read is closed."""
    before = os.umask(0)
    try:
        with claimed(tmp_path / "a" / "state"):
            assert (tmp_path / "a" / "state").stat().st_mode & 0o777 == 0o700
    finally:
        os.umask(before)
    (tmp_path / "a" / "state").chmod(0o755)
    with claimed(tmp_path / "a" / "state"):
        assert (tmp_path / "a" / "state").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o720, 0o777])
def test_a_folder_that_others_may_write_to_is_refused(state: Path, mode: int) -> None:
    """What lies in it may be theirs, a key that they know above all; an empty one is closed and taken."""
    state.chmod(mode)
    with (
        pytest.raises(Refused, match=r"other users may write .*; look whether .* then chmod 700"),
        claimed(state),
    ):
        pass
    assert state.stat().st_mode & 0o777 == mode
    empty = state / "empty"
    empty.mkdir()
    empty.chmod(mode)
    with claimed(empty):
        assert empty.stat().st_mode & 0o777 == 0o700


def test_a_folder_of_another_user_is_refused(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its owner could read the keys, and could not start it any more."""
    monkeypatch.setattr(os, "geteuid", lambda: state.stat().st_uid + 1)
    with pytest.raises(Refused, match="belongs to another user; run as that user"), claimed(state):
        pass


@pytest.mark.parametrize("mode", [0o755, 0o1777])
@pytest.mark.parametrize("name", ["holiday.jpg", ".git", "calls.json.old"])
def test_a_folder_with_other_things_is_left_alone(tmp_path: Path, name: str, mode: int) -> None:
    """Somebody's home, everybody's /tmp, or a mistyped path: nothing is written or to be changed there."""
    (tmp_path / name).write_text("theirs")
    (tmp_path / "demo").mkdir()
    tmp_path.chmod(mode)
    with (
        pytest.raises(Refused, match=f"no deployment's, and holds {name}; name a new one"),
        claimed(tmp_path),
    ):
        pass
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted([name, "demo"])
    assert tmp_path.stat().st_mode & 0o7777 == mode


def test_a_start_that_was_cut_short_is_gone_on_with(tmp_path: Path) -> None:
    """It had the lock, or half a format, and nothing else yet."""
    (tmp_path / "lock").write_bytes(b"")
    (tmp_path / "format.json.tmp").write_bytes(b"{")
    with claimed(tmp_path):
        assert is_claimed(tmp_path)


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    """It is said as what it is."""
    (tmp_path / "state").write_text("mine")
    with pytest.raises(Refused, match="it is a file"), claimed(tmp_path / "state"):
        pass


@pytest.mark.parametrize("raw", [b"", b"{}", b"[]", b"\x00"])
def test_a_format_that_cannot_be_read_is_said(state: Path, raw: bytes) -> None:
    """With what to do, and nothing is changed."""
    (state / "format.json").write_bytes(raw)
    with pytest.raises(Malformed, match=r"format.json is damaged; restore it"), claimed(state):
        pass
    assert (state / "format.json").read_bytes() == raw
