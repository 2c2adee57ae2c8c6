"""`nearside ledger witness`: cosign what continues, refuse and keep what does not."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from consent_ledger.checkpoint import Checkpoint, LogKeys
from consent_ledger.ed25519 import verify_claims
from consent_ledger.note import Note
from consent_ledger.storage.file import FileStorage
from nearside.commands.ledger import ledger
from nearside.kept_log import append, create
from tests.support.ledger import log_signer
from tests.support.static_log import entry_lines, static_log

KEY = str(log_signer().key)


def run(*arguments: object) -> Result:
    return CliRunner(catch_exceptions=False).invoke(
        ledger, ["witness", *(str(argument) for argument in arguments)]
    )


def make(folder: Path, *counts: int, first: int = 0) -> Path:
    """A log that published after each of `counts` entries more."""
    create(folder, log_signer())
    for count in counts:
        grow(folder, count, first=first)
        first += count
    return folder


def grow(folder: Path, count: int, *, first: int) -> None:
    append(FileStorage(folder), log_signer(), leaves=[line[:-1] for line in entry_lines(count, first=first)])


class Witness:
    """A witness with its key and its memory."""

    def __init__(self, folder: Path, name: str) -> None:
        self.key, self.state = folder / f"{name}.key", folder / f"{name}.seen"
        self.vkey = run("--init", f"{name}.example", "--key", self.key).stdout.strip()

    def see(self, place: object, *more: object) -> Result:
        return run(place, "--key", self.key, "--memory", self.state, "--log-key", KEY, *more)

    def evidence(self) -> list[bytes]:
        folder = self.state.with_name(f"{self.state.name}.evidence")
        return sorted(file.read_bytes() for file in folder.iterdir()) if folder.exists() else []


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    return Witness(tmp_path, "watcher")


def test_a_log_that_grows_is_cosigned_each_time(witness: Witness, tmp_path: Path) -> None:
    """From the first checkpoint on, by folder and by URL; who asks for this witness is content."""
    log = make(tmp_path / "log", 3)
    trusted = LogKeys.parse(KEY, witnesses=[witness.vkey], quorum=1)
    with static_log(log) as served:
        for number, place in enumerate((log, served.url, served.url)):
            out = tmp_path / f"note{number}"
            result = witness.see(place, "--out", out)
            assert (result.exit_code, result.stdout) == (0, ""), result.stderr
            checkpoint, claims = trusted.check(Note.from_bytes(out.read_bytes()))
            verify_claims(claims)
            assert checkpoint.size == 3 + 2 * number
            assert witness.state.read_bytes() == out.read_bytes()
            grow(log, 2, first=100 * (number + 1))
    printed = witness.see(log)
    assert printed.stdout.encode() == witness.state.read_bytes()
    assert witness.evidence() == []


@pytest.mark.parametrize(
    ("counts", "first", "words"),
    [((3,), 0, "shorter"), ((5,), 50, "another tree"), ((9,), 50, "rewritten")],
)
def test_a_log_that_does_not_continue_is_refused_and_kept(
    witness: Witness, tmp_path: Path, counts: tuple[int, ...], first: int, words: str
) -> None:
    """Rolled back, forked, rewritten: status 1, no cosignature, both notes kept, the memory as it was."""
    log = make(tmp_path / "log", 5)
    assert witness.see(log).exit_code == 0
    held = witness.state.read_bytes()
    other = make(tmp_path / "other", *counts, first=first)
    for _ in range(2):
        result = witness.see(other, "--out", tmp_path / "note")
        assert (result.exit_code, result.stdout) == (1, "")
        assert words in result.stderr
        assert len(result.stderr.splitlines()) == 1
    assert not (tmp_path / "note").exists()
    assert witness.state.read_bytes() == held
    assert witness.evidence() == sorted([held, (other / "checkpoint").read_bytes()])
    assert witness.see(log).exit_code == 0


def test_a_log_that_cannot_prove_its_growth_is_refused(witness: Witness, tmp_path: Path) -> None:
    """A signed checkpoint over tiles that were changed."""
    log = make(tmp_path / "log", 5)
    assert witness.see(log).exit_code == 0
    grow(log, 4, first=200)
    tile = log / "tile" / "0" / "000.p" / "9"
    tile.write_bytes(bytes(32) + tile.read_bytes()[32:])
    assert witness.see(log).exit_code == 1
    assert Checkpoint.parse(Note.from_bytes(witness.state.read_bytes()).text).size == 5


def test_another_logs_checkpoint_is_not_cosigned(witness: Witness, tmp_path: Path) -> None:
    """Another key, or a memory of another log."""
    create(tmp_path / "other", log_signer(seed=5))
    assert witness.see(tmp_path / "other").exit_code == 1
    assert not witness.state.exists()
    log = make(tmp_path / "log", 1)
    assert witness.see(log).exit_code == 0
    witness.state.write_bytes(witness.state.read_bytes().replace(b"riverton", b"rivertoo", 1))
    assert witness.see(log).exit_code == 2


def test_what_is_remembered_is_on_disk_before_a_cosignature_leaves(witness: Witness, tmp_path: Path) -> None:
    """A memory that cannot be written cosigns nothing."""
    log = make(tmp_path / "log", 1)
    witness.state.mkdir()
    result = witness.see(log)
    assert (result.exit_code, result.stdout) == (2, "")


def test_two_views_shown_to_two_witnesses_show_when_notes_are_compared(tmp_path: Path) -> None:
    """Each witness sees a log that grows; their states are two signed trees of one size."""
    first, second = Witness(tmp_path, "first"), Witness(tmp_path, "second")
    log = make(tmp_path / "log", 3)
    other = shutil.copytree(log, tmp_path / "other")
    assert first.see(log).exit_code == second.see(other).exit_code == 0
    grow(log, 1, first=300)
    grow(other, 1, first=400)
    assert first.see(log).exit_code == second.see(other).exit_code == 0
    assert second.see(log).exit_code == 1
    assert len(second.evidence()) == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("--key", "k"),
        ("log", "--key", "k", "--memory", "s"),
        ("log", "--key", "k", "--log-key", KEY),
        ("log", "--key", "k", "--init", "name"),
    ],
)
def test_half_a_question_is_refused(arguments: tuple[str, ...]) -> None:
    """A key is made, or a log is cosigned."""
    result = run(*arguments)
    assert result.exit_code == 2
    assert "give a LOG" in result.stderr
