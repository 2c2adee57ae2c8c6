"""`nearside ledger mirror`: a copy that is valid at any moment, and takes in nothing unchecked."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from consent_ledger import log as ledger_log
from consent_ledger.checkpoint import Checkpoint, LogKeys
from consent_ledger.cosignature import cosign
from consent_ledger.ed25519 import Ed25519Signer
from consent_ledger.errors import Refused, Untrue
from consent_ledger.leaf import NoticeLeaf, to_bytes
from consent_ledger.merkle import root_at
from consent_ledger.note import Note
from consent_ledger.storage.file import FileStorage
from consent_ledger.storage.memory import MemoryStorage
from consent_ledger.tiles import tile_nodes, tiles_of
from nearside.commands.ledger import ledger
from nearside.kept_log import append, create
from nearside.public_log.folder import FolderLog
from nearside.public_log.mirror import mirror
from tests.support.ledger import dice, log_signer
from tests.support.static_log import StaticLog, entry_lines, static_log

KEY = str(log_signer().key)
TRUSTED = LogKeys.parse(KEY)
NOTICE = b"The text of a notice.\n"
DIGEST = hashlib.sha256(NOTICE).digest()
PUBLIC = ("checkpoint", "checkpoints/", "tile/", "documents/")


def run(*arguments: object) -> Result:
    return CliRunner(catch_exceptions=False).invoke(
        ledger, ["mirror", *(str(argument) for argument in arguments), "--log-key", KEY]
    )


def grow(folder: Path, count: int, *, first: int) -> None:
    lines = [line[:-1] for line in entry_lines(count, first=first)]
    append(FileStorage(folder), log_signer(), leaves=lines)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of 520 entries, one of them a notice, published three times."""
    folder = tmp_path_factory.mktemp("made") / "log"
    create(folder, log_signer())
    append(FileStorage(folder), log_signer(), leaves=[to_bytes(NoticeLeaf(DIGEST))], attached=[NOTICE])
    grow(folder, 519, first=0)
    return folder


@pytest.fixture
def log(made: Path, tmp_path: Path) -> Path:
    """A copy of it, for one test to change."""
    return shutil.copytree(made, tmp_path / "log")


@pytest.fixture
def served(log: Path) -> Iterator[StaticLog]:
    """The log as a static server serves it."""
    with static_log(log) as found:
        yield found


def public(folder: Path) -> dict[str, bytes]:
    names = (str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())
    return {name: (folder / name).read_bytes() for name in names if name.startswith(PUBLIC)}


def holds(folder: Path) -> int:
    """The size of a copy whose every tile leads to its signed root."""
    note = Note.from_bytes((folder / "checkpoint").read_bytes())
    checkpoint, _ = TRUSTED.check(note)
    read = FolderLog(folder).read
    assert root_at(checkpoint.size, tile_nodes(read, checkpoint.size)) == checkpoint.root
    for tile in tiles_of(checkpoint.size):
        assert read(tile.path) is not None
    return checkpoint.size


def test_the_copy_is_the_public_part(log: Path, served: StaticLog, tmp_path: Path) -> None:
    """By URL and by folder: the same files, byte for byte, and none of the private ones."""
    truth, needed = public(log), {tile.path for tile in tiles_of(520)}
    history = {"checkpoint", "checkpoints/0", "checkpoints/1", f"documents/{DIGEST.hex()}"}
    for name, place in (("by-url", served.url), ("by-folder", log)):
        out = tmp_path / name
        result = run(place, out)
        assert (result.exit_code, result.stderr) == (0, "")
        assert "entries   520" in result.stdout
        assert public(out) == {path: truth[path] for path in needed | history}
        assert holds(out) == 520


def test_only_what_is_new_is_fetched(log: Path, served: StaticLog, tmp_path: Path) -> None:
    """Nothing new: the checkpoint alone. Three entries more: the right edge, one bundle, and checkpoints
    between; no tile and no bundle that the copy has, and no document."""
    assert run(served.url, tmp_path / "copy").exit_code == 0
    first = served.taken()
    assert len(first) == len(set(first))
    assert run(served.url, tmp_path / "copy").exit_code == 0
    assert served.taken() == ["checkpoint"]
    grow(log, 3, first=1000)
    assert run(served.url, tmp_path / "copy").exit_code == 0
    assert sorted(served.taken()) == sorted(
        [
            "checkpoint",
            "tile/0/002.p/11",
            "tile/1/000.p/2",
            "tile/entries/002.p/11",
            "checkpoints/520",
            "checkpoints/521",
            "checkpoints/522",
        ]
    )
    assert holds(tmp_path / "copy") == 523
    kept = Note.from_bytes((tmp_path / "copy" / "checkpoints" / "520").read_bytes())
    assert Checkpoint.parse(kept.text).size == 520


def test_a_run_that_was_cut_short_goes_on(log: Path, tmp_path: Path) -> None:
    """The source fails at every read in turn: the copy stays valid, and what came is not fetched again."""
    mirror(FolderLog(log), tmp_path / "before", trusted=TRUSTED)
    grow(log, 300, first=2000)
    for last in range(1, 60):
        out = shutil.copytree(tmp_path / "before", tmp_path / f"copy{last}")
        cut = CutShort(log, after=last)
        try:
            mirror(cut, out, trusted=TRUSTED)
        except Refused:
            assert holds(out) == 520
        else:
            break
        whole = CutShort(log, after=1000)
        done = mirror(whole, out, trusted=TRUSTED)
        assert holds(out) == 820
        again = set(cut.came) & set(whole.came)
        # The signed checkpoint and the right edge are what everything else is checked against.
        assert {path for path in again if ".p/" not in path} <= {"checkpoint"} | unwritten(cut.came)
        assert done.checkpoint.size == 820
        shutil.rmtree(out)
    else:
        raise AssertionError("it was always cut short")
    assert last >= 7


def unwritten(came: list[str]) -> set[str]:
    """Files that were under way when the run was cut short: a few are read ahead."""
    return set(came[-8:])


class CutShort:
    """A log that cannot be read any more after so many files."""

    def __init__(self, folder: Path, *, after: int) -> None:
        self._log = FolderLog(folder)
        self._left = after
        self.came: list[str] = []

    def read(self, path: str) -> bytes | None:
        self._left -= 1
        if self._left < 0:
            raise Refused("log: gone")
        self.came.append(path)
        return self._log.read(path)

    def superseded_sizes(self) -> tuple[int, ...] | None:
        return self._log.superseded_sizes()


def fork(other: Path, *, count: int) -> None:
    """Make the public part of a log under the same key that has other entries."""
    storage = MemoryStorage()
    for line in entry_lines(count, first=5000):
        ledger_log.accept(storage, line[:-1])
    size = ledger_log.advance(storage, log_signer(), dice=dice()).size
    for tile in tiles_of(size):
        (other / tile.path).parent.mkdir(parents=True, exist_ok=True)
        (other / tile.path).write_bytes(storage.read(tile.path) or b"")
    (other / "checkpoint").write_bytes(storage.checkpoint() or b"")


@pytest.mark.parametrize(("count", "words"), [(300, "shorter"), (520, "rewritten"), (600, "rewritten")])
def test_a_log_that_does_not_continue_the_copy_is_refused(
    log: Path, tmp_path: Path, count: int, words: str
) -> None:
    """Rolled back, forked at the same size, rewritten below: status 1, evidence kept, nothing changed."""
    out = tmp_path / "copy"
    assert run(log, out).exit_code == 0
    before = public(out)
    fork(tmp_path / "other", count=count)
    for _ in range(2):
        result = run(tmp_path / "other", out)
        assert (result.exit_code, result.stdout) == (1, "")
        assert words in result.stderr
        assert public(out) == before
    kept = sorted(file.read_bytes() for file in (out / "evidence").iterdir())
    assert kept == sorted([before["checkpoint"], (tmp_path / "other" / "checkpoint").read_bytes()])


def test_a_log_that_forks_while_it_is_copied_is_refused(log: Path, tmp_path: Path) -> None:
    """What a run that was cut short was shown is remembered, though no copy of it was finished."""
    out = tmp_path / "copy"
    with pytest.raises(Refused):
        mirror(CutShort(log, after=6), out, trusted=TRUSTED)
    assert not (out / "checkpoint").exists()
    fork(tmp_path / "other", count=530)
    with pytest.raises(Untrue, match="rewritten"):
        mirror(FolderLog(tmp_path / "other"), out, trusted=TRUSTED)
    assert len(list((out / "evidence").iterdir())) == 2
    mirror(FolderLog(log), out, trusted=TRUSTED)
    assert holds(out) == 520


def test_no_changed_byte_gets_into_the_copy(log: Path, served: StaticLog, tmp_path: Path) -> None:
    """Whichever file the server changes, the run fails and every file that was written is the true one."""
    truth = public(log)
    needed = [tile.path for tile in tiles_of(520)]
    for number, name in enumerate(("checkpoint", "checkpoints/1", f"documents/{DIGEST.hex()}", *needed)):
        data = truth[name]
        middle = len(data) // 2
        for changed in (
            data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :],
            data[:-1],
            data + b"\0",
        ):
            served.instead = answering(name, changed)
            out = tmp_path / f"copy{number}"
            result = run(served.url, out)
            written = {path: data for path, data in public(out).items() if path in truth}
            assert {path: truth[path] for path in written} == written
            if changed != data + b"\0" or not name.startswith("tile/entries/"):
                assert result.exit_code in (1, 2), name
            shutil.rmtree(out)


def answering(name: str, data: bytes) -> Callable[[str], tuple[int, dict[str, str], bytes] | None]:
    return lambda path: (200, {}, data) if path == name else None


def test_a_document_that_is_missing_or_wrong_is_told_and_asked_for_again(
    served: StaticLog, tmp_path: Path
) -> None:
    """The rest is copied all the same; once the document is served it comes with the next run."""
    name, out = f"documents/{DIGEST.hex()}", tmp_path / "copy"
    served.instead = lambda path: (404, {}, b"") if path == name else None
    missing = run(served.url, out)
    assert missing.exit_code == 0
    assert "does not serve  1" in missing.stdout
    served.instead = answering(name, b"another text")
    wrong = run(served.url, out)
    assert wrong.exit_code == 1
    assert "1 with other bytes than the log names" in wrong.stderr
    assert not (out / name).exists()
    assert holds(out) == 520
    served.instead = lambda _: None
    assert run(served.url, out).exit_code == 0
    assert (out / name).read_bytes() == NOTICE
    served.taken()
    run(served.url, out)
    assert served.taken() == ["checkpoint"]


def test_a_superseded_checkpoint_that_contradicts_the_log_is_evidence(
    log: Path, served: StaticLog, tmp_path: Path
) -> None:
    """A fork that was signed long ago and is served as history is found; one of another size as well."""
    fork(tmp_path / "other", count=1)
    forged = (tmp_path / "other" / "checkpoint").read_bytes()
    served.instead = answering("checkpoints/1", forged)
    assert "rewritten" in run(served.url, tmp_path / "copy").stderr
    assert forged in [file.read_bytes() for file in (tmp_path / "copy" / "evidence").iterdir()]
    served.instead = answering("checkpoints/7", (log / "checkpoints" / "1").read_bytes())
    assert "another size" in run(served.url, tmp_path / "copy2").stderr


def test_pruned_partial_tiles_are_read_from_full_ones(log: Path, tmp_path: Path) -> None:
    """A server may drop partial tiles that are full by now, while an old checkpoint is still cached."""
    old = (log / "checkpoint").read_bytes()
    grow(log, 300, first=3000)
    (log / "checkpoint").write_bytes(old)
    for tile in tiles_of(520):
        if tile.width < 256 and tile.level < 1:
            (log / tile.path).unlink()
    assert run(log, tmp_path / "copy").exit_code == 0
    assert holds(tmp_path / "copy") == 520


def test_a_folder_with_something_else_is_left_alone(log: Path, tmp_path: Path) -> None:
    """Another log's copy, the kept log itself, a copy that another run is at work on."""
    create(tmp_path / "other", log_signer(seed=9))
    shutil.rmtree(tmp_path / "other" / "state")
    for out in (tmp_path / "other", log):
        before = public(out)
        assert run(log, out).exit_code == 2
        assert public(out) == before
    out = tmp_path / "copy"
    (out / "state").mkdir(parents=True)
    with (out / "state" / "lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert "another run" in run(log, out).stderr
    assert run(log, out).exit_code == 0


def test_a_copy_asks_for_its_witnesses(log: Path, tmp_path: Path) -> None:
    """Without a quorum of cosignatures nothing is copied."""
    witness = "w.example+75fe0921+BAEjRWeJq83vASNFZ4mrze8BI0VniavN7wEjRWeJq83v"
    result = run(log, tmp_path / "copy", "--witness", witness, "--quorum", 1)
    assert result.exit_code in (1, 2)
    assert public(tmp_path / "copy") == {}


def test_cosignatures_add_up(log: Path, tmp_path: Path) -> None:
    """A copy keeps those that it has and takes in those that came; it never loses one."""
    out, note = tmp_path / "copy", Note.from_bytes((log / "checkpoint").read_bytes())
    for number in (1, 2):
        witness = Ed25519Signer.from_seed(f"w{number}.example", bytes([number]) * 32)
        cosigned = cosign(note, witness, cosigned_at=1_795_300_000)
        (log / "checkpoint").write_bytes(cosigned.to_bytes())
        assert run(log, out).exit_code == 0
    assert len(Note.from_bytes((out / "checkpoint").read_bytes()).signatures) == 3


def test_a_folder_is_copied_without_an_http_client(log: Path, tmp_path: Path) -> None:
    """Whoever reads a log from a disk loads nothing that speaks to a network."""
    probe = (
        "import sys; from nearside.cli import main\n"
        "try: main(sys.argv[1:])\n"
        "finally: print('httpx' in sys.modules, 'boto3' in sys.modules)"
    )
    arguments = ("ledger", "mirror", str(log), str(tmp_path / "copy"), "--log-key", KEY)
    done = subprocess.run(
        [sys.executable, "-c", probe, *arguments], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.startswith("copy holds\n")
    assert done.stdout.splitlines()[-1] == "False False"
