"""The officer's whole way on a running deployment: choices and an erasure, then open, mirror, audit."""

from __future__ import annotations

import hashlib
import json
import secrets
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result

from consent_ledger.ed25519 import Ed25519Signer
from consent_ledger.erasure import EraseRecords, ReceiptAuthority
from consent_ledger.leaf import KeysLeaf, NoticeLeaf
from consent_ledger.receipt import Opening
from consent_ledger.record import Status
from edge_client.wire.consent import RecordConsent
from nearside.commands.ledger import ledger
from nearside.deployment import Deployment
from nearside.local.stack import Stack, local_stack
from tests.support import patient
from tests.support.ledger import record

pytestmark = pytest.mark.stack

NOTICE = b"what this agency asks"
JSON = {"content-type": "application/json"}


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the deployment lives."""
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="module")
def stack(state: Path) -> Iterator[Stack]:
    """A deployment with one notice, three consents, one withdrawal and one erasure."""
    with local_stack(state) as running:
        deployment = Deployment.of(running)
        keys = deployment.keys().to_bytes()
        deployment.log(
            (KeysLeaf(hashlib.sha256(keys).digest()), NoticeLeaf(hashlib.sha256(NOTICE).digest())),
            (keys, NOTICE),
        )
        given = [decide(running, device) for device in range(3)]
        decide(running, 0, status=Status.WITHDRAWN, previous=given[0].entry(), event_at=1_795_300_060)
        request = EraseRecords((given[2].entry(),), ReceiptAuthority((given[2].salt,)))
        assert post(running, "/consent/erasures", request.to_bytes()).is_success
        yield running


def decide(stack: Stack, device: int, **changes: Any) -> Opening:
    """One decision, signed by the device and accepted."""
    signer = Ed25519Signer.from_seed("device", bytes([40 + device]) * 32)
    made = record(
        record_id=str(uuid.uuid4()),
        controller="riverton",
        subject_key=signer.key.public_key,
        notice_hash=hashlib.sha256(NOTICE).digest(),
        **changes,
    )
    opening = Opening(made, secrets.token_bytes(32), signer.sign(made.signed_bytes()))
    body = RecordConsent(opening.record, opening.salt, opening.signature).to_bytes()
    assert post(stack, "/consent/events", body).status_code == 202
    return opening


def post(stack: Stack, path: str, body: bytes) -> httpx.Response:
    return patient.post(stack.url + path, content=body, headers=JSON)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(ledger, [str(argument) for argument in arguments])


def test_an_officer_opens_mirrors_and_audits(stack: Stack, state: Path, tmp_path: Path) -> None:
    """Twelve answers, no finding, and the counts are those of what was done."""
    opened = run(
        "open", tmp_path / "officer", "--state", state, "--by", "officer", "--reason", "yearly audit"
    )
    assert opened.exit_code == 0, opened.output
    assert opened.stdout.startswith("opened    3 of 3 records\n")
    keys = run("keys", "--state", state).stdout.split()
    mirrored = run("mirror", f"{stack.url}/ledger", tmp_path / "copy", *keys)
    assert mirrored.exit_code == 0, mirrored.output
    witnesses = stack.outputs["WitnessUrls"].split(",")
    common = [*keys, "--officer", tmp_path / "officer"]
    common += [part for url in witnesses for part in ("--witness-copy", url)]
    result = run("audit", tmp_path / "copy", *common, "--out", tmp_path / "report")
    assert result.exit_code == 0, result.output
    answers = {
        answer["number"]: answer
        for answer in json.loads((tmp_path / "report" / "report.json").read_text())["answers"]
    }
    assert {number: answer["verdict"] for number, answer in answers.items()} == dict.fromkeys(
        range(1, 13), "answered"
    )
    assert [row[1] for row in answers[5]["rows"]] == ["given", "withdrawn", "not opened"]
    assert [row[-1] for row in answers[5]["rows"]] == [2, 1, 1]
    ((_, _, count, requested, completed, _, horizon),) = answers[7]["rows"]
    assert (count, horizon) == (1, 0)
    assert requested <= completed
    ((_, _, records, by, reason, _, _),) = answers[9]["rows"]
    assert (records, by, reason) == (3, "officer", "yearly audit")
    assert [row[-1] for row in answers[11]["rows"]] == ["yes"] * 3
    assert answers[6]["rows"][0][6] is not None, "witnesses' times prove when the withdrawal was logged"


def test_a_log_behind_a_url_is_audited_too(stack: Stack, state: Path) -> None:
    """Without a copy: what is public is answered, and nothing is found."""
    keys = run("keys", "--state", state).stdout.split()
    result = run("audit", f"{stack.url}/ledger", *keys)
    assert result.exit_code == 0, result.output
    assert " 8  ANSWERED" in result.stdout
    assert "0 with findings" in result.stdout
