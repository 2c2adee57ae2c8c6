"""`nearside ledger init`, `append`, `attach` and `prove`: a log kept by hand, in a folder."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from consent_ledger import log
from consent_ledger.checkpoint import Checkpoint, LogKeys
from consent_ledger.cosignature import WitnessKey, cosign
from consent_ledger.ed25519 import Ed25519Signer, verify_claims
from consent_ledger.errors import Malformed, Refused
from consent_ledger.leaf import NoticeLeaf, TaskLeaf, hash_of
from consent_ledger.merkle import leaf_hash
from consent_ledger.note import Note
from consent_ledger.storage.file import FileStorage
from consent_ledger.tlog_proof import TlogProof
from nearside.commands.ledger import ledger
from nearside.kept_log import append as append_leaves
from nearside.public_log.folder import FolderLog
from nearside.signing_key import parse_key, print_key, read_key, write_key
from tests.support.ledger import log_signer
from tests.support.ledger_faults import Appointed, Crash, mortal
from tests.support.static_log import entry_lines

ORIGIN = "hillford.example/ledger/2026"
SEED = bytes(range(32))


def run(*arguments: object, given: bytes | None = None) -> Result:
    return CliRunner(catch_exceptions=False).invoke(
        ledger, [str(argument) for argument in arguments], input=given
    )


def vkey(folder: Path) -> str:
    return str(read_key(folder.with_name(f"{folder.name}.key")).key)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty log."""
    assert run("init", tmp_path / "log", "--origin", ORIGIN).exit_code == 0
    return tmp_path / "log"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of 300 entries, made once."""
    folder = tmp_path_factory.mktemp("made") / "log"
    run("init", folder, "--origin", ORIGIN)
    assert run("append", folder, "-", given=b"".join(entry_lines(300))).exit_code == 0
    return folder


@pytest.fixture
def full(made: Path, tmp_path: Path) -> Path:
    """A copy of it, for one test."""
    shutil.copytree(made, tmp_path / "log")
    shutil.copy2(made.with_name("log.key"), tmp_path)
    return tmp_path / "log"


def files(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_a_key_is_one_line_that_other_tools_read() -> None:
    """The encoding of Go's note package: name, key id, and base64 of type 1 and the seed."""
    line = print_key("example.com/log", SEED)
    assert line == (
        "PRIVATE+KEY+example.com/log+"
        + Ed25519Signer.from_seed("example.com/log", SEED).key.key_id.hex()
        + "+AQABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"
    )
    assert parse_key(line).key == Ed25519Signer.from_seed("example.com/log", SEED).key


@pytest.mark.parametrize(
    "spoil",
    [
        lambda line: line.removeprefix("PRIVATE+"),
        lambda line: line.replace("example", "exemple"),
        lambda line: line[:-4],
        lambda line: line.replace("+AQAB", "+AgAB"),
        lambda line: line + "\n",
        lambda line: "",
    ],
)
def test_a_spoilt_key_is_refused(spoil) -> None:  # type: ignore[no-untyped-def]
    """A key whose parts do not belong together signs nothing."""
    with pytest.raises(Malformed):
        parse_key(spoil(print_key("example.com/log", SEED)))


def test_a_key_file_is_its_owners_alone_and_never_overwritten(tmp_path: Path) -> None:
    """Mode 600 whatever the mask; a second key does not replace the first; a key that others may read is not
    used."""
    before = os.umask(0)
    try:
        write_key(tmp_path / "key", "a.example", seed=SEED)
    finally:
        os.umask(before)
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    with pytest.raises(Refused):
        write_key(tmp_path / "key", "b.example", seed=SEED)
    assert read_key(tmp_path / "key").key.name == "a.example"
    (tmp_path / "key").chmod(0o640)
    with pytest.raises(Refused):
        read_key(tmp_path / "key")


def test_a_new_log_is_empty_signed_and_keeps_its_key_outside(tmp_path: Path) -> None:
    """The verifier key is printed, the first checkpoint says 0 entries, the folder holds no private key."""
    result = run("init", tmp_path / "log", "--origin", ORIGIN)
    trusted = LogKeys.parse(result.stdout.strip())
    note = Note.from_bytes((tmp_path / "log" / "checkpoint").read_bytes())
    checkpoint, claims = trusted.check(note)
    verify_claims(claims)
    assert (checkpoint.origin, checkpoint.size) == (ORIGIN, 0)
    assert (tmp_path / "log.key").exists()
    assert not any(b"PRIVATE" in data for data in files(tmp_path / "log").values())


def test_init_overwrites_nothing(folder: Path, tmp_path: Path) -> None:
    """A folder that holds something, a key that is there, a key inside the folder: nothing changes."""
    before = files(tmp_path)
    for arguments in (
        (folder, "--key", tmp_path / "other.key"),
        (tmp_path / "new", "--key", tmp_path / "log.key"),
        (tmp_path / "new", "--key", tmp_path / "new" / "state" / "key"),
    ):
        result = run("init", *arguments, "--origin", ORIGIN)
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr.startswith("refused: ")
    assert files(tmp_path) == before
    assert run("init", tmp_path / "new", "--origin", "has space").exit_code == 2
    assert files(tmp_path) == before


def test_entries_get_their_places_once(folder: Path) -> None:
    """Index and leaf hash are printed; again, the same entries are already there."""
    lines = entry_lines(20)
    first = run("append", folder, "-", given=b"".join(lines))
    assert first.exit_code == 0
    rows = [line.split() for line in first.stdout.splitlines()]
    assert [row[0] for row in rows] == [leaf_hash(line[:-1]).hex() for line in lines]
    assert sorted(int(row[1]) for row in rows) == list(range(20))
    again = run("append", folder, "-", given=b"".join([*lines[:2], lines[1], *entry_lines(1, first=900)]))
    told = again.stdout.splitlines()
    assert told[:3] == [f"{rows[at][0]}  already there, index {rows[at][1]}" for at in (0, 1, 1)]
    assert told[3].endswith("  20")
    assert Checkpoint.parse(Note.from_bytes((folder / "checkpoint").read_bytes()).text).size == 21


def test_a_bad_entry_among_good_ones_leaves_the_log_as_it_was(folder: Path) -> None:
    """All are checked before the first is written."""
    before = files(folder)
    for bad in (b'{"k":"notice"}\n', b"\n", b"x" * 5000 + b"\n", b'{"v":1,  "k":"x"}\n', b"\xff\n"):
        result = run("append", folder, "-", given=b"".join(entry_lines(3)) + bad)
        assert (result.exit_code, result.stdout) == (2, "")
        assert files(folder) == before
    with pytest.raises(Malformed):
        append_leaves(FileStorage(folder), log_signer(), leaves=[entry_lines(1)[0][:-1], b"{}"])
    assert files(folder) == before


def test_a_document_is_served_before_its_leaf(folder: Path, tmp_path: Path) -> None:
    """A notice's leaf is made from its text, which then lies under its hash."""
    text = b"We use cookies for nothing.\n"
    (tmp_path / "notice.txt").write_bytes(text)
    result = run("append", folder, "--kind", "notice", tmp_path / "notice.txt")
    digest = hashlib.sha256(text).digest()
    assert result.stdout.split()[0] == hash_of(NoticeLeaf(digest)).hex()
    assert (folder / "documents" / digest.hex()).read_bytes() == text
    assert "already there" in run("append", folder, "--kind", "notice", tmp_path / "notice.txt").stdout


def test_a_leaf_whose_document_is_not_given_is_refused(folder: Path, tmp_path: Path) -> None:
    """Nor is a document taken that no leaf names; with its document the same leaf is taken."""
    task = b'{"id":"moves-1","v":1}'
    leaf = b'{"h":"%s","id":"moves-1","k":"task","v":1}' % hashlib.sha256(task).hexdigest().encode()
    (tmp_path / "task.json").write_bytes(task)
    before = files(folder)
    assert run("append", folder, "-", given=leaf).exit_code == 1
    assert run("append", folder, "--document", tmp_path / "task.json", "-", given=b"").exit_code == 1
    assert files(folder) == before
    done = run("append", folder, "--document", tmp_path / "task.json", "-", given=leaf)
    assert done.exit_code == 0, done.stderr
    made = run("append", folder, "--kind", "task", tmp_path / "task.json")
    assert made.stdout.split()[0] == hash_of(TaskLeaf("moves-1", hashlib.sha256(task).digest())).hex()
    assert "already there" in made.stdout


def test_another_key_appends_nothing(folder: Path, tmp_path: Path) -> None:
    """Not even one of the same name; and a folder that is no log stays empty."""
    write_key(tmp_path / "forged.key", ORIGIN, seed=SEED)
    before = files(folder)
    assert run("append", folder, "-", "--key", tmp_path / "forged.key", given=b"").exit_code == 2
    assert files(folder) == before
    (tmp_path / "empty").mkdir()
    assert run("append", tmp_path / "empty", "-", "--key", tmp_path / "log.key", given=b"").exit_code == 2
    assert files(tmp_path / "empty") == {}


def test_an_append_that_was_cut_short_is_completed_by_the_next(tmp_path: Path) -> None:
    """The process dies at every step in turn; repeated, every entry is there once."""
    lines = [line[:-1] for line in entry_lines(2)]
    for last in range(1, 100):
        left = [last]

        def dies(left: list[int] = left) -> bool:
            left[0] -= 1
            return left[0] == 0

        storage = FileStorage(tmp_path / str(last))
        log.publish(storage, log_signer())
        with contextlib.suppress(Crash):
            append_leaves(mortal(storage, Appointed(dies)), log_signer(), leaves=lines)
        placed = append_leaves(storage, log_signer(), leaves=lines)
        assert sorted(each.index for each in placed) == [0, 1]
        if left[0] > 0:
            break
    assert last > 20, "it never died"
    assert left[0] > 0, "there were more steps to die at"


def test_a_proof_verifies_and_a_changed_one_does_not(full: Path, tmp_path: Path) -> None:
    """By leaf hash or by index, from the log or a bare copy of its public part."""
    folder, lines = full, entry_lines(300)
    entry = leaf_hash(lines[17][:-1]).hex()
    by_hash = run("prove", folder, entry)
    index = TlogProof.parse(by_hash.stdout).index
    assert run("prove", folder, "--index", index).stdout == by_hash.stdout
    (folder / "state").rename(tmp_path / "state")
    assert run("prove", folder, entry).stdout == by_hash.stdout
    assert not (folder / "state").exists()
    proof, body = tmp_path / "proof", tmp_path / "entry.json"
    assert run("prove", folder, entry, "--out", proof).stdout == ""
    body.write_bytes(lines[17])
    for named in (entry, body):
        result = run("verify", proof, "--entry", named, "--log-key", vkey(folder))
        assert result.exit_code == 0, result.stderr
        assert result.stdout.startswith(f"proof holds\nentry     {entry}\n")
    other = leaf_hash(lines[18][:-1]).hex()
    assert run("verify", proof, "--entry", other, "--log-key", vkey(folder)).exit_code == 1
    assert run("verify", proof, "--log-key", vkey(folder)).exit_code == 2
    lines_of_proof = proof.read_text(encoding="utf-8").splitlines(keepends=True)
    proof.write_text("".join([*lines_of_proof[:2], *lines_of_proof[3:]]), encoding="utf-8")
    assert run("verify", proof, "--entry", entry, "--log-key", vkey(folder)).exit_code == 1


def test_growth_is_proven_from_an_earlier_checkpoint(full: Path, tmp_path: Path) -> None:
    """What was published before is kept, and the proof leads from it to the latest, or to one between."""
    folder = full
    for count in (3, 7):
        run("append", folder, "-", given=b"".join(entry_lines(count, first=1000 * count)))
    key, proof = vkey(folder), tmp_path / "growth"
    assert FolderLog(folder).superseded_sizes() == (0, 300, 303)
    for old, new, size in ((300, None, 310), (0, None, 310), (300, 303, 303), (310, None, 310)):
        more = [] if new is None else ["--to", new]
        assert run("prove", folder, "--from", old, *more, "--out", proof, "--log-key", key).exit_code == 0
        earlier = folder / "checkpoint" if old == 310 else folder / "checkpoints" / str(old)
        result = run("verify", proof, "--since", earlier, "--log-key", key)
        assert f"from {old} to {size} entries" in result.stdout, result.stderr
    assert run("verify", proof, "--since", folder / "checkpoints" / "303", "--log-key", key).exit_code == 1
    assert run("verify", proof, "--log-key", key).exit_code == 2
    assert run("prove", folder, "--from", 311).exit_code == 2
    assert run("prove", folder, "--from", 1, "--to", 4).exit_code == 2


@pytest.mark.parametrize("arguments", [(), ("ab" * 32, "--index", "1"), ("--index", "1", "--to", "2")])
def test_prove_wants_one_question(folder: Path, arguments: tuple[str, ...]) -> None:
    """Two questions, or none, are a mistake in the command line."""
    assert run("prove", folder, *arguments).exit_code == 2


def test_an_entry_that_is_not_there_has_no_proof(folder: Path) -> None:
    """Status 2, one line, and no proof."""
    run("append", folder, "-", given=b"".join(entry_lines(2)))
    for question in (("ab" * 32,), ("--index", "2"), ("xyz",)):
        result = run("prove", folder, *question)
        assert (result.exit_code, result.stdout) == (2, "")
        assert len(result.stderr.splitlines()) == 1


def test_a_log_whose_tiles_were_changed_proves_nothing(full: Path) -> None:
    """A changed hash does not become a bad proof: it is noticed while proving."""
    folder = full
    tile = folder / "tile" / "0" / "001.p" / "44"
    data = tile.read_bytes()
    tile.write_bytes(data[:40] + bytes([data[40] ^ 1]) + data[41:])
    assert run("prove", folder, "--index", 2).exit_code == 1
    assert run("prove", folder, "--index", 258).exit_code == 1
    assert run("prove", folder, "--from", 10).exit_code == 1


def test_cosignatures_are_attached_once_verified(folder: Path, tmp_path: Path) -> None:
    """Those of the witnesses named, under this checkpoint; proofs made afterwards carry them."""
    run("append", folder, "-", given=b"".join(entry_lines(3)))
    witness = Ed25519Signer.from_seed("w.example", SEED)
    other = Ed25519Signer.from_seed("o.example", SEED)
    note = Note.from_bytes((folder / "checkpoint").read_bytes())
    (tmp_path / "cosigned").write_bytes(cosign(note, witness, cosigned_at=1_795_300_000).to_bytes())
    (tmp_path / "by-other").write_bytes(cosign(note, other, cosigned_at=1_795_300_000).to_bytes())
    named = ("--log-key", vkey(folder), "--witness", str(WitnessKey("w.example", witness.key.public_key)))
    before = (folder / "checkpoint").read_bytes()
    assert run("attach", folder, tmp_path / "by-other", *named).exit_code == 1
    assert (folder / "checkpoint").read_bytes() == before
    for _ in range(2):
        result = run("attach", folder, tmp_path / "cosigned", *named)
        assert "witness   w.example, at 2026-11-21T22:26:40Z" in result.stdout, result.stderr
    assert len(Note.from_bytes((folder / "checkpoint").read_bytes()).signatures) == 2
    run("prove", folder, "--index", 0, "--out", tmp_path / "proof")
    proof = TlogProof.parse((tmp_path / "proof").read_text(encoding="utf-8"))
    assert len(proof.checkpoint.signatures) == 2
    run("append", folder, "-", given=b"".join(entry_lines(1, first=50)))
    assert run("attach", folder, tmp_path / "cosigned", *named).exit_code == 2
