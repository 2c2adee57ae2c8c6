"""`nearside ledger`: what an officer or a citizen sees, and the exit statuses that scripts read."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from consent_ledger import canonical, documents, log
from consent_ledger.leaf import NoticeLeaf, to_bytes
from consent_ledger.storage.file import FileStorage
from consent_ledger.tiles import tiles_of
from nearside.commands.ledger import ledger
from tests.support.ledger import NOTICE_HASH, dice, log_signer, logged, numbered_leaf, opening, receipt_for

KEY = str(log_signer().key)


def run(*arguments: object) -> Result:
    return CliRunner(catch_exceptions=False).invoke(ledger, [str(argument) for argument in arguments])


@pytest.fixture
def receipt(tmp_path: Path) -> Path:
    """A good receipt in a file."""
    file = tmp_path / "receipt.json"
    file.write_bytes(receipt_for(opening()).to_bytes())
    return file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A published log of 300 entries in a folder."""
    storage = FileStorage(tmp_path / "log")
    # A notice comes into use before anybody consents to it.
    logged(storage, to_bytes(NoticeLeaf(NOTICE_HASH)))
    logged(storage, to_bytes(opening().leaf()), *(numbered_leaf(number) for number in range(298)))
    # The texts whose hashes `tests.support.ledger` has its leaves name.
    for text in (b"notice", *(b"%d" % number for number in (*range(298), 1000))):
        storage.write_once(documents.path_of(hashlib.sha256(text).digest()), text)
    return tmp_path / "log"


def test_a_good_receipt_is_explained(receipt: Path) -> None:
    """Status 0, and the decision in words."""
    result = run("verify", receipt, "--log-key", KEY)
    assert result.exit_code == 0
    assert result.stdout.startswith("receipt holds\ndecision  given\npurpose   suggest\n")
    assert "when      2026-11-21T22:26:40Z" in result.stdout


def test_a_false_receipt_has_status_1(receipt: Path) -> None:
    """Another key: well formed, but false."""
    result = run("verify", receipt, "--log-key", str(log_signer(seed=9).key))
    assert result.exit_code == 1
    assert "false: note: not signed by a trusted key" in result.stderr


def test_an_unreadable_receipt_has_status_2(receipt: Path) -> None:
    """Bytes that are no receipt, and a key that is no key."""
    assert run("verify", receipt, "--log-key", "x").exit_code == 2
    receipt.write_bytes(receipt.read_bytes() + b"\n")
    result = run("verify", receipt, "--log-key", KEY)
    assert result.exit_code == 2
    assert "unreadable: canonical json" in result.stderr


def test_a_good_copy_is_counted(folder: Path) -> None:
    """Status 0, and how many entries it has."""
    result = run("audit", folder, "--log-key", KEY)
    assert result.exit_code == 0
    assert "yes: 300 entries" in result.stdout


def test_a_damaged_copy_has_status_1(folder: Path) -> None:
    """One changed byte in the checkpoint or a tile is false, or makes it unreadable; never does it pass."""
    for name in ("checkpoint", *(tile.path for tile in tiles_of(300))):
        file = folder / name
        before = file.read_bytes()
        middle = len(before) // 2
        file.write_bytes(before[:middle] + bytes([before[middle] ^ 1]) + before[middle + 1 :])
        assert run("audit", folder, "--log-key", KEY).exit_code in (1, 2), name
        file.write_bytes(before)
    assert run("audit", folder, "--log-key", KEY).exit_code == 0


def test_a_copy_is_compared_with_an_earlier_checkpoint(folder: Path, tmp_path: Path) -> None:
    """A grown log continues its earlier checkpoint; a log that began anew does not."""
    early = tmp_path / "early"
    early.write_bytes((folder / "checkpoint").read_bytes())
    log.accept(FileStorage(folder), numbered_leaf(1000))
    log.advance(FileStorage(folder), log_signer(), dice=dice())
    grown = run("audit", folder, "--log-key", KEY, "--since", early)
    assert grown.exit_code == 0
    assert "yes: 301 entries, 4 checkpoints" in grown.stdout
    logged(FileStorage(tmp_path / "anew"), *(numbered_leaf(number) for number in range(400)))
    assert run("audit", tmp_path / "anew", "--log-key", KEY, "--since", early).exit_code == 1


def test_an_empty_folder_has_status_2(tmp_path: Path) -> None:
    """No checkpoint, nothing to check."""
    assert run("audit", tmp_path, "--log-key", KEY).exit_code == 2


def test_receipts_are_canonical_on_disk(receipt: Path) -> None:
    """The file that a citizen keeps is the one spelling that verifies."""
    data = receipt.read_bytes()
    assert canonical.encode(canonical.decode(data)) == data
