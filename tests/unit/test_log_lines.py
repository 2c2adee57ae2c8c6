"""What functions logged is found again by function and time, and followed where a file begins anew."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from consent_ledger.errors import Malformed
from nearside.cli import main
from nearside.local.function_log import LOG, OLDER
from nearside.local.log_lines import LogLine, follow_lines, parse_line, parse_since

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def line(function: str, at: datetime = NOW, **numbers: int) -> str:
    stamp = at.strftime("%Y-%m-%d %H:%M:%S,000+0000")
    fields = {"level": "INFO", "message": "done", "timestamp": stamp, "service": function, **numbers}
    return json.dumps(fields) + "\n"


@pytest.fixture
def state(tmp_path: Path) -> Path:
    (tmp_path / "format.json").write_text('{"v": 1}')
    (tmp_path / OLDER).write_text(line("sequence", NOW - timedelta(days=2)) + '{"cut')
    now = datetime.now(UTC)
    (tmp_path / LOG).write_text(line("health", now, status=200) + "no line\n" + line("sequence", now))
    return tmp_path


def told(state: Path, *arguments: str) -> list[str]:
    done = CliRunner().invoke(main, ["logs", "--state", str(state), *arguments])
    assert done.exit_code == 0, done.output
    return done.output.splitlines()


def test_lines_are_told_oldest_first_and_damaged_ones_left_out(state: Path) -> None:
    """The file before is read too; what was cut short is no line."""
    lines = told(state)
    assert [each.split()[2] for each in lines] == ["sequence", "health", "sequence"]
    assert lines[0] == "2026-11-21 12:00:00  sequence              done"
    assert lines[1].endswith("done  status=200")


def test_lines_can_be_had_of_one_function_and_of_late(state: Path) -> None:
    """Both narrow; JSON comes as it was written."""
    assert len(told(state, "--function", "sequence")) == 2
    assert len(told(state, "--function", "sequence", "--function", "health")) == 3
    (only,) = told(state, "--function", "sequence", "--since", "1h", "--json")
    assert json.loads(only)["service"] == "sequence"
    assert told(state, "--function", "none") == []


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("90s", NOW - timedelta(seconds=90)),
        ("10m", NOW - timedelta(minutes=10)),
        ("2h", NOW - timedelta(hours=2)),
        ("1d", NOW - timedelta(days=1)),
        ("2026-11-23T09:00", datetime(2026, 11, 23, 9, tzinfo=UTC)),
        ("2026-11-23T09:00+08:00", datetime(2026, 11, 23, 1, tzinfo=UTC)),
    ],
)
def test_times_are_absolute_or_ago(text: str, at: datetime) -> None:
    """Without a zone a time is UTC."""
    assert parse_since(text, now=NOW) == at


@pytest.mark.parametrize("text", ["", "10", "m", "-1h", "0m", "yesterday", "1w"])
def test_what_is_no_time_is_refused(state: Path, text: str) -> None:
    """One line, status 2."""
    with pytest.raises(Malformed):
        parse_since(text, now=NOW)
    done = CliRunner().invoke(main, ["logs", "--state", str(state), "--since", text])
    assert (done.exit_code, done.output.count("\n")) == (2, 1)


def test_a_folder_that_was_never_set_up_has_no_logs(tmp_path: Path) -> None:
    """A mistyped folder is said, not read as empty."""
    done = CliRunner().invoke(main, ["logs", "--state", str(tmp_path / "none")])
    assert (done.exit_code, "nothing was set up there" in done.output) == (2, True)


def until_rest(lines: Iterator[LogLine | None]) -> list[str]:
    found = []
    while (each := next(lines)) is not None:
        found.append(each.function)
    return found


def test_following_goes_on_where_a_file_begins_anew(state: Path) -> None:
    """Lines written later come, half ones when they are whole, and those of the next file too."""
    lines = follow_lines(state, rest=lambda _: None)
    assert until_rest(lines) == ["sequence", "health", "sequence"]
    half = line("cosign")
    with (state / LOG).open("a") as file:
        file.write(half[:10])
    assert until_rest(lines) == []
    with (state / LOG).open("a") as file:
        file.write(half[10:])
    assert until_rest(lines) == ["cosign"]
    with (state / LOG).open("a") as file:
        file.write(line("last"))
    (state / LOG).replace(state / OLDER)
    (state / LOG).write_text(line("first"))
    assert until_rest(lines) == ["last", "first"]


def test_a_log_that_comes_later_is_waited_for(tmp_path: Path) -> None:
    """Whoever follows before anything was logged hears the first line."""
    lines = follow_lines(tmp_path, rest=lambda _: None)
    assert until_rest(lines) == []
    (tmp_path / LOG).write_text(line("first"))
    assert until_rest(lines) == ["first"]


@pytest.mark.parametrize("raw", ["", "[]", "1", '{"a":1}', line("f", status=1).replace(": 1}", ': "x"}')])
def test_what_is_no_line_is_none(raw: str) -> None:
    """Nothing is guessed."""
    assert parse_line(raw) is None
