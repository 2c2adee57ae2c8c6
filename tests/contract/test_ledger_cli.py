"""The installed `nearside ledger`, as a stranger uses it: a log of their own, and a deployment's by URL."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import stat
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from consent_ledger import canonical
from consent_ledger.auditing.access import AccessEntry
from consent_ledger.erasure import OFFICERS_COPIES_DAYS, Erasure
from consent_ledger.leaf import AuditAccessLeaf, ErasureLeaf, hash_of
from consent_ledger.receipt import Opening, Receipt
from consent_ledger.tlog_proof import TlogProof
from edge_client.wire.consent import RecordConsent
from nearside.local.stack import Stack, local_stack
from tests.support import patient
from tests.support.ledger import device_signer, record
from tests.support.static_log import entry_lines

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAM = str(Path(sys.executable).parent / "nearside")
WALKTHROUGH = ROOT / "docs" / "ledger-cli.md"


@dataclass(frozen=True, slots=True)
class Terminal:
    """A terminal in a folder."""

    folder: Path

    def run(self, *arguments: object, status: int = 0, given: bytes = b"") -> str:
        """What a command prints; its status and that it never shows a traceback are checked."""
        done = subprocess.run(
            [PROGRAM, "ledger", *(str(argument) for argument in arguments)],
            cwd=self.folder,
            input=given,
            capture_output=True,
            check=False,
        )
        told = done.stderr.decode()
        assert done.returncode == status, told
        assert "Traceback" not in told
        if status:
            assert told.strip() or done.stdout.strip()
        return done.stdout.decode()


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    return Terminal(tmp_path)


def test_a_log_lives_and_dies_by_the_command_line(terminal: Terminal, tmp_path: Path) -> None:
    """Init, append, prove, verify, mirror, two witnesses; then a tile changes, and every command refuses."""
    key = terminal.run("init", "log", "--origin", "hillford.example/ledger/2026").strip()
    (tmp_path / "leaves").write_bytes(b"".join(entry_lines(40)))
    rows = [line.split() for line in terminal.run("append", "log", "leaves").splitlines()]
    entry, index = rows[7]
    witnesses: list[object] = []
    for name in ("north", "south"):
        vkey = terminal.run("witness", "--init", f"{name}.example", "--key", f"{name}.key").strip()
        witnesses += ["--witness", vkey]
        terminal.run(
            *("witness", "log", "--log-key", key, "--key", f"{name}.key", "--memory", f"{name}.seen"),
            *("--out", f"{name}.note"),
        )
    trust = ["--log-key", key, *witnesses, "--quorum", 2]
    terminal.run("mirror", "log", "early", *trust, status=1)
    terminal.run("attach", "log", "north.note", "south.note", "--log-key", key, *witnesses)
    terminal.run("prove", "log", entry, "--out", "proof")
    said = terminal.run("verify", "proof", "--entry", entry, *trust)
    assert f"entry {index} of 40, 2 witnesses required" in said
    assert [line.split()[1] for line in said.splitlines() if line.startswith("witness")] == [
        "north.example,",
        "south.example,",
    ]
    assert "entries   40" in terminal.run("mirror", "log", "copy", *trust)
    shutil.copytree(tmp_path / "log", tmp_path / "true")
    (tmp_path / "more").write_bytes(b"".join(entry_lines(3, first=500)))
    terminal.run("append", "log", "more")
    tile = tmp_path / "log" / "tile" / "0" / "000.p" / "43"
    tile.write_bytes(bytes(32) + tile.read_bytes()[32:])
    terminal.run("prove", "log", "--index", 3, status=1)
    terminal.run("prove", "log", "--from", 40, status=1)
    terminal.run("append", "log", "-", given=entry_lines(1, first=900)[0], status=1)
    terminal.run("mirror", "log", "copy", "--log-key", key, status=1)
    terminal.run("witness", "log", "--log-key", key, "--key", "north.key", "--memory", "north.seen", status=1)
    assert "000.p/43" in terminal.run("audit", "log", "--log-key", key, status=1)
    proof = (tmp_path / "proof").read_text(encoding="utf-8")
    # A log may put any leaf at any place, so that another place is named by counting on from the true one.
    elsewhere = (int(index) + 1) % 40
    forged = proof.replace(f"index {index}\n", f"index {elsewhere}\n", 1)
    assert forged != proof
    (tmp_path / "forged").write_text(forged, encoding="utf-8")
    terminal.run("verify", "forged", "--entry", entry, *trust, status=1)
    # The copy that was made before is what it was, and can prove what the log no longer can.
    terminal.run("prove", "copy", entry, "--out", "again")
    assert (tmp_path / "again").read_text(encoding="utf-8") == proof


def test_every_command_explains_itself(terminal: Terminal) -> None:
    """Help has an example for each command, and the list of commands is complete."""
    listed = re.findall(r"^  ([a-z]+)  ", terminal.run("--help"), re.MULTILINE)
    modules = {
        "append", "attach", "audit", "erase", "init", "keys", "mirror", "open", "prove", "rebuild", "verify",
        "witness",
    }  # fmt: skip
    assert set(listed) == modules
    for name in listed:
        shown = terminal.run(name, "--help")
        assert f"nearside ledger {name} " in shown, name


def test_the_walkthrough_is_what_happens(tmp_path: Path) -> None:
    """The commands of docs/ledger-cli.md run as they stand, one by one; "..." stands for anything."""
    text = WALKTHROUGH.read_text(encoding="utf-8")
    blocks = re.findall(r"^```shell\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    steps = [step for block in blocks for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]]
    assert len(steps) > 15
    script, expected = [], []
    for step in steps:
        command, _, shown = _command_and_output(step)
        script.append(f"{command}\necho '<<'$?'>>'")
        expected.append(shown)
    environment = {"PATH": f"{Path(PROGRAM).parent}:{os.environ['PATH']}", "LANG": "C.UTF-8", "COLUMNS": "80"}
    done = subprocess.run(
        ["bash"],
        input="\n".join(script).encode(),
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        check=False,
    )
    printed = re.split(r"<<\d+>>\n", done.stdout.decode())
    statuses = re.findall(r"<<(\d+)>>\n", done.stdout.decode())
    assert len(printed) == len(steps) + 1, done.stderr.decode()
    for step, status, real, said in zip(steps, statuses, printed, expected, strict=False):
        pattern = ".*".join(re.escape(part) for part in said.split("..."))
        assert re.fullmatch(pattern, real), f"{step}\nprinted:\n{real}\n{done.stderr.decode()}"
        assert status == ("1" if "# refused" in step.splitlines()[0] else "0"), step


def _command_and_output(step: str) -> tuple[str, str, str]:
    lines = step.splitlines(keepends=True)
    end = 1
    while lines[end - 1].rstrip().endswith("\\"):
        end += 1
    return "".join(lines[:end]).rstrip("\n"), "\n", "".join(lines[end:])


@dataclass(frozen=True, slots=True)
class Consented:
    """A record that the running deployment took, and its receipt in a file."""

    opening: Opening
    file: Path


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Stack]]:
    """A deployment, and the folder of its state."""
    state = tmp_path_factory.mktemp("state") / "deployment"
    with local_stack(state) as stack:
        yield state, stack


def consent(stack: Stack, file: Path) -> Consented:
    made = record(record_id=str(uuid.uuid4()), controller="riverton", event_at=int(time.time()))
    opening = Opening(made, secrets.token_bytes(32), device_signer().sign(made.signed_bytes()))
    body = RecordConsent(opening.record, opening.salt, opening.signature).to_bytes()
    answer = patient.post(
        f"{stack.url}/consent/events", content=body, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 202
    ends_at = time.monotonic() + 30
    while time.monotonic() < ends_at:
        found = patient.get(f"{stack.url}/consent/receipts/{opening.entry().hex()}")
        if found.status_code == 200:
            receipt = Receipt(opening, opening.leaf(), TlogProof.parse(found.text))
            file.write_bytes(receipt.to_bytes())
            return Consented(opening, file)
        time.sleep(0.1)
    raise AssertionError("no receipt within 30 s")


@pytest.mark.stack
def test_whoever_holds_receipts_has_the_agencys_copy_destroyed(
    running: tuple[Path, Stack], terminal: Terminal, tmp_path: Path
) -> None:
    """Shown first, asked, done; what the answer states is printed, and the receipts go on proving."""
    state, stack = running
    held = [consent(stack, tmp_path / f"receipt{number}.json") for number in range(3)]
    files = [each.file for each in held]
    keys = terminal.run("keys", "--state", state).split()
    terminal.run("erase", stack.url, *files, status=2, given=b"n\n")
    done = terminal.run("erase", stack.url, *files[:2], "--yes")
    lines = done.splitlines()
    assert lines[0] == "destroyed 2 records"
    assert "backups   none are kept" in lines
    assert "remains   the receipts that you keep, which still prove" in lines
    assert not any("backups, until" in line for line in lines)
    # The log will hold what the agency says of it.
    entry = next(line.split()[1] for line in lines if line.startswith("entry"))
    ends_at = time.monotonic() + 30
    while patient.get(f"{stack.url}/consent/receipts/{entry}").status_code != 200:
        assert time.monotonic() < ends_at
        time.sleep(0.1)
    terminal.run("prove", f"{stack.url}/ledger", entry, "--out", "proof")
    assert "proof holds" in terminal.run("verify", "proof", "--entry", entry, *keys)
    assert terminal.run("erase", stack.url, *files[:2], "--yes") == done
    terminal.run("erase", stack.url, files[0], "--yes", status=2)
    for file in files:
        assert "receipt holds" in terminal.run("verify", file, *keys)
    spoilt = canonical.decode_object(files[2].read_bytes())
    (tmp_path / "spoilt.json").write_bytes(canonical.encode({**spoilt, "salt": "00" * 32}))
    terminal.run("erase", stack.url, tmp_path / "spoilt.json", "--yes", status=1)
    officer = tmp_path / "officer"
    terminal.run("open", officer, "--state", state, "--by", "officer", "--reason", "audit")
    opened = {file.stem for file in (officer / "openings").iterdir()}
    assert held[2].opening.entry().hex() in opened
    assert not {each.opening.entry().hex() for each in held[:2]} & opened
    # The register of erasures, under the id that the leaf in the log carries.
    found = {file.stem: Erasure.from_bytes(file.read_bytes()) for file in (officer / "erasures").iterdir()}
    leaves = {hash_of(ErasureLeaf(each.count, bytes.fromhex(name))).hex() for name, each in found.items()}
    assert entry in leaves


@pytest.mark.stack
def test_an_opening_is_logged_and_written_down(
    running: tuple[Path, Stack], terminal: Terminal, tmp_path: Path
) -> None:
    """One record, by its entry: a leaf that says one, a register that says who and why, files for one pair of
    eyes; what is not there is not opened, and leaves no trace in the log."""
    state, stack = running
    one = consent(stack, tmp_path / "receipt.json")
    other = consent(stack, tmp_path / "other.json")
    officer, entry = tmp_path / "officer", one.opening.entry()
    why = ("--state", state, "--by", "the officer", "--reason", "a question by the citizen")
    said = terminal.run("open", officer, "--entry", entry.hex(), *why)
    assert said.startswith("opened    1 of 1 records\n")
    (opened,) = (officer / "openings").iterdir()
    assert Opening.from_bytes(opened.read_bytes()) == one.opening
    (written,) = (officer / "accesses").iterdir()
    access = AccessEntry.from_bytes(written.read_bytes())
    assert (access.by, access.reason, access.entries) == (
        "the officer",
        "a question by the citizen",
        (entry,),
    )
    leaf = hash_of(AuditAccessLeaf(1, access.nonce)).hex()
    terminal.run("prove", f"{stack.url}/ledger", leaf, "--out", "proof")
    inventory = (officer / "inventory").read_text(encoding="ascii").split()
    assert {entry.hex(), other.opening.entry().hex()} <= set(inventory)
    for path in (officer, *officer.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    size = patient.get(f"{stack.url}/ledger/checkpoint").text.splitlines()[1]
    terminal.run("open", officer, "--entry", "00" * 32, *why, status=2)
    officer.chmod(0o755)
    terminal.run("open", officer, "--entry", entry.hex(), *why, status=2)
    assert patient.get(f"{stack.url}/ledger/checkpoint").text.splitlines()[1] == size


@pytest.mark.stack
def test_what_is_erased_is_deleted_from_the_officers_folder_too(
    running: tuple[Path, Stack], terminal: Terminal, tmp_path: Path
) -> None:
    """The officer is told the day; opened again into the same folder, erased records go, also when the one
    that was asked for has none any more and nothing is opened."""
    state, stack = running
    kept, gone = (consent(stack, tmp_path / f"{name}.json") for name in ("kept", "gone"))
    officer, why = tmp_path / "officer", ("--state", state, "--by", "officer", "--reason", "audit")
    both = [each.opening.entry().hex() for each in (kept, gone)]
    said = terminal.run("open", officer, "--entry", both[0], "--entry", both[1], *why)
    (access,) = (AccessEntry.from_bytes(file.read_bytes()) for file in (officer / "accesses").iterdir())
    day = datetime.fromtimestamp(access.opened_at + OFFICERS_COPIES_DAYS * 24 * 60 * 60, UTC).date()
    assert f"until {day} at most" in said
    assert "deleted" not in said
    terminal.run("erase", stack.url, gone.file, "--yes")
    again = terminal.run("open", officer, "--entry", both[1], *why, status=2)
    assert again == "deleted   1 opened before and erased since\n"
    assert [file.stem for file in (officer / "openings").iterdir()] == both[:1]
    assert len(list((officer / "accesses").iterdir())) == 1


@pytest.mark.stack
def test_a_deployment_is_mirrored_and_witnessed_from_outside(
    running: tuple[Path, Stack], terminal: Terminal, tmp_path: Path
) -> None:
    """By URL, again after it grew; a witness that nobody deployed cosigns it; another key is no use."""
    state, stack = running
    one = consent(stack, tmp_path / "receipt.json")
    keys = terminal.run("keys", "--state", state).split()
    url, trust = f"{stack.url}/ledger", keys[:2]
    terminal.run("mirror", url, "copy", *keys)
    terminal.run("witness", "--init", "passer-by.example", "--key", "w.key")
    watch = ("witness", url, *trust, "--key", "w.key", "--memory", "seen", "--out", "note")
    terminal.run(*watch)
    consent(stack, tmp_path / "second.json")
    terminal.run(*watch)
    again = terminal.run("mirror", url, "copy", *keys)
    assert "copy holds" in again
    sizes = sorted(int(file.name) for file in (tmp_path / "copy" / "checkpoints").iterdir())
    assert sizes
    entry = one.opening.entry().hex()
    terminal.run("prove", "copy", entry, "--out", "proof")
    terminal.run("verify", "proof", "--entry", entry, *keys)
    other = terminal.run("init", "other", "--origin", trust[1].split("+")[0]).strip()
    terminal.run("mirror", url, "copy2", "--log-key", other, status=1)
    terminal.run("mirror", url, "copy", "--log-key", other, status=1)
    assert not (tmp_path / "copy2" / "checkpoint").exists()
