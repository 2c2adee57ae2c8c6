"""Attackers who read releases, logs of the tool, or write to the log: none learns about one visitor."""

from __future__ import annotations

import os
import random
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from edge_client.wire.release import Release
from nearside.commands.aggregate import aggregate
from nearside.commands.train import train
from tests.support.visits import combined, journey, write_log

CANARY = "canary7xq"


@pytest.fixture
def crowd() -> list[str]:
    """Forty visitors who all walk the same way."""
    return [line for n in range(40) for line in journey(f"192.0.2.{n}", ["/home", "/tax", "/pay"])]


def run(log: Path, *arguments: str) -> tuple[Result, bytes]:
    """The command's result and the bytes that it wrote."""
    out = log.with_suffix(".out")
    result = CliRunner().invoke(aggregate, [str(log), "--out", str(out), *arguments])
    assert result.exit_code == 0, result.output
    return result, out.read_bytes()


@pytest.mark.parametrize(
    "arguments", [(), ("--epsilon", "1"), ("--epsilon", "1", "--mechanism", "discrete-gaussian")]
)
def test_reader_of_a_release_cannot_tell_that_one_visitor_was_there(
    tmp_path: Path, crowd: list[str], arguments: tuple[str, ...]
) -> None:
    """A page, or a pair of known pages, that one visitor alone opened is in none of thirty releases."""
    alone = journey("198.51.100.1", ["/pay", f"/clinic/{CANARY}", "/home"] * 40, step=31)
    log = write_log(tmp_path / "log", crowd + alone)
    for _ in range(1 if not arguments else 30):
        _, written = run(log, *arguments, "--k", "2")
        release = Release.parse(written)
        assert CANARY not in written.decode()
        assert ("/pay", "/home") not in release.moves()
        assert set(release.pages) <= {"/home", "/tax", "/pay"}


def test_visitor_who_repeats_a_move_cannot_lift_it_over_k(tmp_path: Path, crowd: list[str]) -> None:
    """A thousand times to and fro by one visitor is one visitor."""
    eager = journey("198.51.100.1", ["/home", f"/{CANARY}"] * 1000, step=40)
    _, written = run(write_log(tmp_path / "log", crowd + eager))
    assert CANARY not in written.decode()


def test_visitor_who_poisons_pairs_is_held_to_the_bound(tmp_path: Path, crowd: list[str]) -> None:
    """One host changes at most `bound` cells, whatever it does; noise and k are worked out for that."""
    before = Release.parse(run(write_log(tmp_path / "log", crowd), "--k", "2")[1]).moves()
    rng = random.Random(5)
    hostile = journey(
        "198.51.100.1", [rng.choice(["/home", "/tax", "/pay", "/x"]) for _ in range(500)], step=40
    )
    after = Release.parse(run(write_log(tmp_path / "log", crowd + hostile), "--k", "2")[1]).moves()
    changed = {pair for pair in before.keys() | after.keys() if before.get(pair) != after.get(pair)}
    assert len(changed) <= 4
    assert all(after.get(pair, 0) - before.get(pair, 0) <= 1 for pair in changed)


def test_robot_that_asks_for_robots_txt_last_counts_for_nothing(tmp_path: Path, crowd: list[str]) -> None:
    """A crawler's pages are left out although it showed itself only at the end."""
    robots = [
        line
        for n in range(20)
        for line in [
            *journey(f"203.0.113.{n}", ["/home", f"/{CANARY}"]),
            combined(f"203.0.113.{n}", "/robots.txt", second=90),
        ]
    ]
    _, written = run(write_log(tmp_path / "log", crowd + robots))
    assert CANARY not in written.decode()


def test_reader_of_the_tools_output_sees_no_line_of_the_log(tmp_path: Path, crowd: list[str]) -> None:
    """Hosts, users, queries, agents, typed paths and malformed lines appear in no output and no file."""
    marks = [f"{CANARY}{number}" for number in range(9)]
    lines = [
        *crowd,
        f"{marks[0]} this line is malformed {marks[1]}",
        combined(marks[2], f"/home?who={marks[3]}", agent=marks[4]),
        combined("h", f"/who/{marks[5]}@riverton.example"),
        combined("h", f"/{marks[6]}", status=404),
        f"{marks[7]} - {marks[8]} [16/Nov/2026:12:00:00 +0000]",
    ]
    for arguments in ((), ("--epsilon", "1"), ("--format", "ncsa")):
        result, written = run(write_log(tmp_path / "log", lines), *arguments)
        for text in (result.output, result.stderr, written.decode()):
            assert CANARY not in text
        left = [path for path in tmp_path.iterdir() if CANARY.encode() in path.read_bytes()]
        assert left == [tmp_path / "log"]


def test_reader_of_errors_sees_no_line_of_the_log(tmp_path: Path) -> None:
    """A file of which nothing can be used is refused without being quoted, also by the trainer."""
    bad = tmp_path / "bad"
    bad.write_text(f"{CANARY}\n" * 30)
    for command, arguments in (
        (aggregate, [str(bad), "--out", str(tmp_path / "out")]),
        (aggregate, [str(bad), "--format", "epa", "--out", str(tmp_path / "out")]),
        (aggregate, [str(bad), "--format", "sessions", "--out", str(tmp_path / "out")]),
        (aggregate, [str(bad), "--catalogue", str(bad), "--out", str(tmp_path / "out")]),
        (train, [str(bad), "--out", str(tmp_path / "model")]),
    ):
        result = CliRunner().invoke(command, arguments)
        assert result.exit_code == 2
        assert CANARY not in result.output + result.stderr


def test_temporary_files_hold_nothing_of_a_visitor(tmp_path: Path, crowd: list[str]) -> None:
    """The only thing ever opened for writing is the release itself, as a draft beside its place."""
    written: list[str] = []
    watching = True

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        if watching and event == "open" and isinstance(arguments[0], str | os.PathLike):
            path, flags = os.fspath(arguments[0]), arguments[2]
            is_written = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR)
            # Python itself keeps what it has compiled.
            if is_written and "__pycache__" not in str(path):
                written.append(str(path))

    log = write_log(tmp_path / "log", crowd)
    before = set(tmp_path.iterdir())
    # The interpreter itself sees every way to open a file; its hook cannot be taken away, only told to rest.
    sys.addaudithook(watch)
    try:
        run(log)
    finally:
        watching = False
    assert set(tmp_path.iterdir()) - before == {tmp_path / "log.out"}
    assert [Path(path).parent for path in written] == [tmp_path]
