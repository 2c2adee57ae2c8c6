"""A reset removes what is ours and nothing besides, and nothing at all while something runs."""

from __future__ import annotations

import fcntl
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from nearside.cli import main
from nearside.local.calls import Called, Calls, print_calls, read_calls, telling_calls
from nearside.local.ownership import OURS, of_others


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A folder with everything that ours may be, and two files of somebody else's."""
    folder = tmp_path / "state"
    for name in ("services", "objects/000000000000/bucket/a", "journal", "demo"):
        (folder / name).mkdir(parents=True)
        (folder / name / "file").write_text("ours")
    for name in set(OURS) - {"services", "objects", "journal", "demo", "issuer"}:
        (folder / name).write_text("ours")
    (folder / "format.json").write_text('{"v": 1}')
    (folder / "holiday.jpg").write_text("theirs")
    (folder / "notes").mkdir()
    return folder


def reset(state: Path, *arguments: str, said: str = "") -> Result:
    return CliRunner().invoke(main, ["reset", "--state", str(state), *arguments], input=said)


def files(state: Path) -> list[str]:
    return sorted(each.name for each in state.iterdir())


def test_what_is_ours_is_gone_and_the_rest_is_named(state: Path) -> None:
    """Somebody else's files stay, and keep the folder."""
    done = reset(state, "--yes")
    assert done.exit_code == 0
    assert files(state) == ["holiday.jpg", "notes"]
    assert "Not ours, and still there: holiday.jpg, notes" in done.output


def test_a_folder_of_ours_alone_is_gone(state: Path) -> None:
    """With nothing else in it."""
    (state / "holiday.jpg").unlink()
    (state / "notes").rmdir()
    assert reset(state, "--yes").exit_code == 0
    assert not state.exists()


def test_it_asks_first(state: Path) -> None:
    """Anything but a yes changes nothing."""
    before = files(state)
    for answer in ("n\n", "\n", ""):
        assert reset(state, said=answer).exit_code == 1
    assert files(state) == before
    assert reset(state, said="y\n").exit_code == 0


@pytest.mark.parametrize("lock", ["lock", "ministack.lock"])
def test_nothing_is_removed_under_something_that_runs(
    state: Path, lock: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A deployment, or the MiniStack of one that was killed."""
    monkeypatch.setattr("nearside.local.ministack.STOP_S", 0.1)
    (state / "running.json").unlink()
    before = files(state)
    with (state / lock).open("ab") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert reset(state, "--yes").exit_code == 2
    assert files(state) == before


def test_nobody_is_asked_about_what_is_refused(state: Path) -> None:
    """One line, and no question before it."""
    with (state / "lock").open("ab") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        done = reset(state, said="y\n")
    assert (done.exit_code, done.output.count("\n")) == (2, 1)
    assert "another process is using this folder; stop it first" in done.output


def test_a_folder_that_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    """However its files are called."""
    (tmp_path / "demo").mkdir()
    done = reset(tmp_path, "--yes")
    assert (done.exit_code, "not a folder of ours" in done.output) == (2, True)
    assert files(tmp_path) == ["demo"]


def test_links_are_removed_and_not_followed(state: Path, tmp_path: Path) -> None:
    """What a link leads to was never ours."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "kept").write_text("theirs")
    (state / "demo" / "file").unlink()
    (state / "demo").rmdir()
    (state / "demo").symlink_to(elsewhere)
    assert reset(state, "--yes").exit_code == 0
    assert (elsewhere / "kept").read_text() == "theirs"


def test_drafts_of_ours_are_ours(tmp_path: Path) -> None:
    """What a crash left half-written."""
    for name in ("running.json.new", "calls.json.tmp", "calls.json.old"):
        (tmp_path / name).write_text("")
    assert of_others(tmp_path) == ["calls.json.old"]


def test_calls_are_told_as_sums_and_gone_with_the_deployment(tmp_path: Path) -> None:
    """Calls, failures and refusals add up; the last duration is the last one's."""
    calls = Calls()
    calls.ended(5, failed=False)
    calls.ended(7, failed=True)
    calls.throttled()
    with telling_calls(tmp_path, {"health": calls}):
        pass
    assert calls.so_far() == Called(calls=2, errors=1, throttled=1, last_ms=7)
    assert read_calls(print_calls({"health": calls.so_far()})) == {"health": calls.so_far()}
    assert not (tmp_path / "calls.json").exists()
