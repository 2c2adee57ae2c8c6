"""What functions log ends no function and no logging, whatever becomes of the file."""

from __future__ import annotations

import errno
import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from consent_ledger.errors import Refused
from lambdas.shared.logs import log_event
from nearside.local import function_log
from nearside.local.function_log import LOG, OLDER, FunctionLog, logging_functions


@pytest.fixture
def log(tmp_path: Path) -> Iterator[FunctionLog]:
    made = FunctionLog(tmp_path, most_bytes=100, name=lambda: None)
    yield made
    made.close()


def lines(folder: Path, *names: str) -> list[str]:
    """What the files hold, the older one first."""
    files = [folder / name for name in (names or (OLDER, LOG))]
    return [line for file in files if file.exists() for line in file.read_text().splitlines()]


def test_a_full_log_is_begun_anew_and_the_one_before_is_kept(log: FunctionLog, tmp_path: Path) -> None:
    """It never grows without an end, is its owner's alone, and loses no line between the two."""
    for number in range(40):
        log.write(f"line {number}\n")
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == [LOG, OLDER]
    assert max(file.stat().st_size for file in files) < 120
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    kept = lines(tmp_path)
    assert kept == [f"line {number}" for number in range(40 - len(kept), 40)]


def failing(call: str, error: OSError) -> Callable[[pytest.MonkeyPatch], None]:
    """Make one of the calls that a rotation is made of fail."""

    def broken(*arguments: object, **options: object) -> object:
        raise error

    def install(patch: pytest.MonkeyPatch) -> None:
        owner = {"replace": Path, "flock": function_log.fcntl, "samestat": os.path}.get(call, os)
        patch.setattr(owner, call, broken)

    return install


@pytest.mark.parametrize("call", ["replace", "open", "flock", "write", "fstat", "samestat", "close"])
def test_no_failure_ends_the_log(
    log: FunctionLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, call: str
) -> None:
    """Whichever step of it fails, at a file that is full: writing raises nothing, and once the cause is gone
    the next line is there, whole and on a line of its own."""
    for number in range(12):
        log.write(f"line {number}\n")
    with monkeypatch.context() as broken:
        failing(call, OSError(errno.ENOSPC, "No space left on device"))(broken)
        for number in range(5):
            assert log.write(f"lost {number}\n") == 7
    for number in range(30):
        log.write(f"after {number}\n")
    kept = lines(tmp_path)
    assert kept[-1] == "after 29"
    assert all(line.startswith(("line ", "lost ", "after ")) for line in kept)
    assert len(list(tmp_path.iterdir())) == 2


def test_what_cannot_be_begun_anew_goes_on(
    log: FunctionLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Too long a log is better than none."""
    failing("replace", PermissionError(errno.EACCES, "no"))(monkeypatch)
    for number in range(40):
        log.write(f"line {number}\n")
    assert lines(tmp_path, LOG) == [f"line {number}" for number in range(40)]


def test_a_line_that_a_full_disk_cut_spoils_no_other(
    log: FunctionLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of it was written, and then nothing: the next begins on a line of its own."""
    real = os.write
    left = [4]

    def little(file: int, data: bytes) -> int:
        if not left[0]:
            raise OSError(errno.ENOSPC, "No space left on device")
        room, left[0] = left[0], 0
        return real(file, data[:room])

    with monkeypatch.context() as full:
        full.setattr(os, "write", little)
        log.write("first and long\n")
        log.write("second\n")
    log.write("third\n")
    assert lines(tmp_path) == ["firs", "third"]


def test_two_processes_write_one_log(log: FunctionLog, tmp_path: Path) -> None:
    """Who joins writes where the other began anew, and neither loses what was before."""
    joined = FunctionLog(tmp_path, most_bytes=100, name=lambda: None)
    for number in range(40):
        (log, joined)[number % 2].write(f"line {number}\n")
        assert len(lines(tmp_path)) >= min(number + 1, 10), "what was just written is gone"
    joined.close()
    kept = lines(tmp_path)
    assert kept == [f"line {number}" for number in range(40 - len(kept), 40)]


def test_a_log_that_somebody_took_away_is_made_again(log: FunctionLog, tmp_path: Path) -> None:
    """Lines do not go on into a file that has no name."""
    log.write("one\n")
    (tmp_path / LOG).rename(tmp_path / "mine")
    log.write("two\n")
    assert lines(tmp_path) == ["two"]


@pytest.mark.parametrize("line", ["\udc80\n", '{"a": "\udc80"}\n', "[" * 100_000, "\x00\n"])
def test_no_line_ends_the_log(tmp_path: Path, line: str) -> None:
    """Whatever somebody makes a logger write."""
    log = FunctionLog(tmp_path, name=lambda: "tidy")
    log.write(line)
    log.write("{}\n")
    log.close()
    assert lines(tmp_path)[-1] == '{"service":"tidy"}'


def test_a_function_goes_on_where_nothing_can_be_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No error in the function, none on the terminal; a folder that takes no log is said at the start."""
    told: list[logging.LogRecord] = []
    monkeypatch.setattr(logging.Handler, "handleError", lambda handler, record: told.append(record))
    with logging_functions(tmp_path):
        with monkeypatch.context() as full:
            failing("write", OSError(errno.ENOSPC, "No space left on device"))(full)
            log_event("done", count=1)
        log_event("again", count=1)
    assert told == []
    assert ['"message":"again"' in line for line in lines(tmp_path)] == [True]
    with (
        pytest.raises(Refused, match="log cannot be written"),
        logging_functions(tmp_path / "none"),
    ):
        pass
