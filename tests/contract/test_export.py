"""What an operator leaves with is all there, is what it says it is, and is a deployment again elsewhere."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from consent_ledger.checkpoint import Checkpoint, LogKeys
from consent_ledger.ed25519 import verify_claims
from consent_ledger.errors import Refused
from consent_ledger.note import Note
from consent_ledger.receipt import Opening, Receipt
from consent_ledger.tlog_proof import TlogProof
from edge_client.wire.consent import ConsentAccepted, RecordConsent
from nearside.cli import main
from nearside.local.stack import local_stack
from tests.support import patient
from tests.support.deployed import consent_request, post, wait_for_proof

pytestmark = pytest.mark.stack
NEARSIDE = Path(sys.executable).with_name("nearside")
CANARY = b"canary-of-a-page-88213"


@dataclass(frozen=True)
class Left:
    """A deployment that was stopped, and its export with all secrets."""

    state: Path
    export: Path
    request: RecordConsent
    entry: bytes
    proof: str
    verifier: str
    checkpoint: bytes


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Left:
    """A citizen's choice with its receipt, a page, and everything exported."""
    folder = tmp_path_factory.mktemp("left")
    request = consent_request()
    with local_stack(folder / "state") as stack:
        answer = post(stack, "/consent/events", request.to_bytes())
        entry = ConsentAccepted.from_bytes(answer.content).entry
        proof = wait_for_proof(stack, entry)
        page = {"Key": "index.html", "ContentType": "text/html", "CacheControl": "no-cache"}
        stack.client("s3").put_object(Bucket=stack.outputs["SiteBucket"], Body=CANARY, **page)
        verifier = str(stack.ledger_signer().key)
        running = run("export", "--state", folder / "state", "--out", folder / "refused")
        assert (running.exit_code, "another process" in running.output) == (2, True)
        checkpoint = patient.get(f"{stack.url}/ledger/checkpoint").content
    done = run("export", "--state", folder / "state", "--out", folder / "export", "--secrets")
    assert done.exit_code == 0, done.output
    return Left(folder / "state", folder / "export", request, entry, proof, verifier, checkpoint)


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(each) for each in arguments])


def test_every_file_has_its_hash_in_the_manifest(left: Left) -> None:
    """And no hash is of a file that is not there."""
    manifest = json.loads((left.export / "manifest.json").read_bytes())
    files = {
        file.relative_to(left.export).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in left.export.rglob("*")
        if file.is_file() and file.name != "manifest.json"
    }
    assert manifest["files"] == files
    assert manifest["has_secrets"] is True


def test_pages_rows_and_keys_are_in_formats_of_others(left: Left) -> None:
    """A page is a file with its headers beside it, a row is as DynamoDB imports it, a key is PEM."""
    bucket = left.export / "buckets" / "nearside-publishing-sitebucket"
    assert (bucket / "index.html").read_bytes() == CANARY
    about = [json.loads(line) for line in bucket.with_suffix(".jsonl").read_text().splitlines()]
    assert {"Key": "index.html", "ContentType": "text/html", "CacheControl": "no-cache"} in about
    rows = (left.export / "tables" / "nearside-ledger-sidecartable.jsonl").read_text().splitlines()
    assert [json.loads(row)["Item"]["pk"] for row in rows] == [{"S": left.entry.hex()}]
    key = (left.export / "keys" / "nearside-ledger-ledgerkey.pem").read_bytes()
    assert key.startswith(b"-----BEGIN PUBLIC KEY-----\n")


def test_the_copy_of_the_ledger_is_audited_offline(left: Left) -> None:
    """`nearside ledger` verifies it with the key beside it, and it goes on to the last checkpoint."""
    checkpoint = Checkpoint.parse(Note.from_bytes(left.checkpoint).text)
    copied = Checkpoint.parse(Note.from_bytes((left.export / "ledger" / "checkpoint").read_bytes()).text)
    assert copied.size >= checkpoint.size > 0
    verifier = (left.export / "keys" / "verifier.txt").read_text().strip()
    assert verifier == left.verifier
    again = run("ledger", "mirror", left.export / "ledger", left.state.parent / "copy", "--log-key", verifier)
    assert (again.exit_code, "copy holds" in again.output) == (0, True), again.output


def test_without_secrets_nobody_can_open_or_sign_anything(left: Left, tmp_path: Path) -> None:
    """No private key and no exact sum leaves, and what does cannot be made a deployment of."""
    done = run("export", "--state", left.state, "--out", tmp_path / "open")
    assert done.exit_code == 0, done.output
    assert not (tmp_path / "open" / "secret").exists()
    text = b"".join(file.read_bytes() for file in (tmp_path / "open").rglob("*") if file.is_file())
    assert b"PRIVATE KEY" not in text
    private = json.loads((left.state / "services" / "kms.json").read_bytes())["payload"]["keys"]["data"]
    secrets = [
        value
        for key in private.values()
        for name, value in key.items()
        if "rivate" in name or "aterial" in name
    ]
    assert secrets, "no private half is found where it must be"
    for each in secrets:
        assert str(each).encode()[2:40] not in text
    assert not list((tmp_path / "open").rglob("*measurementtable*"))
    restored = run("restore", tmp_path / "open", "--state", tmp_path / "state")
    assert (restored.exit_code, "--secrets" in restored.output) == (2, True)


def test_secrets_are_their_owners_alone(left: Left) -> None:
    """Nobody else of the machine reads the private keys of an export, the issuer's among them, nor a row."""
    private = [file for file in (left.export / "secret").rglob("*.*") if file.parent.name != "tables"]
    assert {"kms.json", "issuer.json"} <= {file.name for file in private}
    sums = list((left.export / "secret" / "tables").glob("*.jsonl"))
    assert sums, "the sums are not where secrets are"
    private += sums
    private += (left.export / "tables").glob("*.jsonl")
    private += [left.export, left.export / "secret"]
    assert {file.stat().st_mode & 0o077 for file in private} == {0}


def test_an_export_is_a_deployment_again(left: Left, tmp_path: Path) -> None:
    """The same keys, the same log, the same page; the old receipt holds, and the log goes on from there."""
    done = run("restore", left.export, "--state", tmp_path / "state")
    assert done.exit_code == 0, done.output
    shutil.copytree(left.export / "ledger", tmp_path / "before")
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700
    keys = [
        {file.name for file in (each / "issuer").rglob("*.pem")} for each in (left.state, tmp_path / "state")
    ]
    assert keys[0] == keys[1] != set()
    with local_stack(tmp_path / "state") as stack:
        assert str(stack.ledger_signer().key) == left.verifier
        assert patient.get(stack.url).content == CANARY
        trusted = LogKeys.parse(left.verifier)
        opening = Opening(left.request.record, left.request.salt, left.request.signature)
        for proof in (left.proof, wait_for_proof(stack, left.entry)):
            verify_claims(Receipt(opening, opening.leaf(), TlogProof.parse(proof)).check(trusted))
        answer = post(stack, "/consent/events", consent_request().to_bytes())
        wait_for_proof(stack, ConsentAccepted.from_bytes(answer.content).entry)
        grown = run(
            "ledger", "mirror", f"{stack.url}/ledger", tmp_path / "before", "--log-key", left.verifier
        )
        assert (grown.exit_code, "copy holds" in grown.output) == (0, True), grown.output


@pytest.mark.parametrize("attack", ["changed", "missing", "added", "linked", "no manifest"])
def test_a_tampered_export_is_refused_before_anything_is_made(
    left: Left, tmp_path: Path, attack: str
) -> None:
    """Whoever changed, took away or slipped in a file; and a folder that is no export."""
    copy = tmp_path / "export"
    shutil.copytree(left.export, copy)
    page = copy / "buckets" / "nearside-publishing-sitebucket" / "index.html"
    if attack == "changed":
        page.write_bytes(CANARY + b".")
    elif attack == "missing":
        page.unlink()
    elif attack == "added":
        page.with_name("other.html").write_bytes(b"")
    elif attack == "linked":
        os.replace(page, tmp_path / "page")
        page.symlink_to(tmp_path / "page")
    else:
        (copy / "manifest.json").unlink()
    done = run("restore", copy, "--state", tmp_path / "state")
    assert (done.exit_code, done.output.count("\n")) == (2, 1), done.output
    assert sorted(each.name for each in tmp_path.iterdir() if "state" in each.name) == []


def test_nothing_is_written_over(left: Left, tmp_path: Path) -> None:
    """Neither a folder with something in it by an export, nor a state by a restore."""
    (tmp_path / "kept").write_text("mine")
    assert run("export", "--state", left.state, "--out", tmp_path).exit_code == 2
    assert run("restore", left.export, "--state", tmp_path).exit_code == 2
    assert [each.name for each in tmp_path.iterdir()] == ["kept"]


def test_what_an_earlier_restore_left_is_nobodys_to_delete(left: Left, tmp_path: Path) -> None:
    """It may hold the only copy: it stays, and what to do is said."""
    (tmp_path / "state.restoring" / "services").mkdir(parents=True)
    (tmp_path / "state.restoring" / "services" / "kms.json").write_text("the only copy")
    done = run("restore", left.export, "--state", tmp_path / "state")
    assert (done.exit_code, done.output.count("\n")) == (2, 1)
    assert "state.restoring is there" in done.output
    assert "look at it, remove it, restore again" in done.output
    assert (tmp_path / "state.restoring" / "services" / "kms.json").read_text() == "the only copy"


def test_a_restore_that_fails_leaves_nothing(
    left: Left, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The export is whole and still there: what was made of it goes, and it can be restored again."""
    monkeypatch.setattr("nearside.local.restoring.ministack", no_ministack)
    done = run("restore", left.export, "--state", tmp_path / "state")
    assert (done.exit_code, "ministack: not ready" in done.output) == (2, True)
    assert list(tmp_path.iterdir()) == []


def no_ministack(*arguments: object) -> object:
    raise Refused("ministack: not ready")


def test_a_folder_that_was_never_set_up_exports_nothing(tmp_path: Path) -> None:
    """A mistyped folder is said in one line, and not made."""
    done = subprocess.run(
        [NEARSIDE, "export", "--state", tmp_path / "none", "--out", tmp_path / "out"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "Error: state: nothing was set up there; run make demo or nearside up\n"
    assert list(tmp_path.iterdir()) == []
