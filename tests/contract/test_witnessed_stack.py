"""Three witnesses beside the deployment: what is published was cosigned, what contradicts is refused."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from botocore.exceptions import ClientError

from consent_ledger.checkpoint import Checkpoint, LogKeys
from consent_ledger.cosignature import WitnessKey
from consent_ledger.ed25519 import Ed25519Signer, verify_claims
from consent_ledger.errors import Refused
from consent_ledger.note import Note, sign_note
from consent_ledger.receipt import Opening, Receipt
from consent_ledger.tlog_proof import TlogProof
from consent_ledger.witness import AddCheckpoint
from edge_client.wire.consent import ConsentAccepted
from nearside.local.stack import Stack, local_stack, open_stack
from nearside.local.witnesses import LocalWitness
from tests.support import patient
from tests.support.deployed import consent_request, post, wait_for_proof

pytestmark = pytest.mark.stack
DENIED = {"AccessDenied", "AccessDeniedException"}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A deployment of this module's own, whose witnesses may be put to sleep."""
    with local_stack(tmp_path_factory.mktemp("witnessed")) as running:
        yield running


def decide(stack: Stack) -> Opening:
    """Have a choice recorded; return what opens it."""
    request = consent_request()
    answer = post(stack, "/consent/events", request.to_bytes())
    assert answer.status_code == 202
    opening = Opening(request.record, request.salt, request.signature)
    assert ConsentAccepted.from_bytes(answer.content).entry == opening.entry()
    return opening


def held_by(opening: Opening, proof: str, trusted: LogKeys) -> Checkpoint:
    """Verify a receipt, offline, as somebody who trusts these keys; return its checkpoint."""
    receipt = Receipt(opening, opening.leaf(), TlogProof.parse(proof))
    verify_claims(receipt.check(trusted))
    return Checkpoint.parse(receipt.proof.checkpoint.text)


def published(stack: Stack) -> Note:
    s3 = stack.client("s3")
    return Note.from_bytes(
        s3.get_object(Bucket=stack.outputs["LedgerBucket"], Key="ledger/checkpoint")["Body"].read()
    )


def log_name(stack: Stack) -> str:
    return hashlib.sha256(stack.outputs["LedgerOrigin"].encode()).hexdigest()


def ask(witness: LocalWitness, old: int, note: Note, *proof: bytes) -> httpx.Response:
    return patient.post(f"{witness.url}/add-checkpoint", content=AddCheckpoint(old, proof, note).to_bytes())


def put_to_sleep(stack: Stack, *numbers: int) -> None:
    """Take the keys of these witnesses out of use, and of no others."""
    kms = stack.client("kms")
    for number, witness in enumerate(stack.witnesses):
        change = kms.disable_key if number in numbers else kms.enable_key
        change(KeyId=witness.outputs["WitnessKeyId"])


def test_a_receipt_carries_two_of_three(stack: Stack) -> None:
    """Every receipt holds for whoever asks for the quorum, and names witnesses of three different keys."""
    trusted = stack.log_keys()
    assert (trusted.quorum, len({witness.public_key for witness in trusted.witnesses})) == (2, 3)
    opening = decide(stack)
    checkpoint = held_by(opening, wait_for_proof(stack, opening.entry()), trusted)
    assert checkpoint.origin == stack.outputs["LedgerOrigin"]
    strangers = [Ed25519Signer.from_seed(f"w{n}.example", bytes([n]) * 32).key for n in (1, 2, 3)]
    others = [str(WitnessKey(key.name, key.public_key)) for key in strangers]
    asking = LogKeys.parse(str(trusted.keys[0]), witnesses=others, quorum=2)
    with pytest.raises(Exception, match="too few witnesses"):
        held_by(opening, wait_for_proof(stack, opening.entry()), asking)


def test_a_witness_shows_what_it_saw(stack: Stack) -> None:
    """An auditor asks each witness for its own copy and its key: the log's tree, under both signatures."""
    opening = decide(stack)
    wait_for_proof(stack, opening.entry())
    latest = Checkpoint.parse(published(stack).text)
    agreeing = 0
    for witness in stack.witnesses:
        assert patient.get(f"{witness.url}/key").text == f"{witness.key}\n"
        answer = patient.get(f"{witness.url}/checkpoint/{log_name(stack)}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain; charset=utf-8")
        alone = LogKeys.parse(str(stack.ledger_signer().key), witnesses=[str(witness.key)], quorum=1)
        seen, claims = alone.check(Note.from_bytes(answer.content))
        verify_claims(claims)
        agreeing += (seen.size, seen.root) == (latest.size, latest.root)
        assert patient.get(f"{witness.url}/checkpoint/{'0' * 64}").status_code == 404
    assert agreeing >= 2


def test_witnesses_refuse_what_contradicts(stack: Stack) -> None:
    """Rollback, second tree, fork, stranger, unknown log, each signed by whoever could: none is cosigned."""
    opening = decide(stack)
    wait_for_proof(stack, opening.entry())
    witness, signer = stack.witnesses[0], stack.ledger_signer()
    before = patient.get(f"{witness.url}/checkpoint/{log_name(stack)}").content
    seen = Checkpoint.parse(Note.from_bytes(before).text)

    def signed(size: int, root: bytes) -> Note:
        return sign_note(str(Checkpoint(seen.origin, size, root)), signer)

    other = secrets.token_bytes(32)
    assert ask(witness, seen.size - 1, signed(seen.size - 1, other)).status_code == 409
    fork = ask(witness, seen.size, signed(seen.size, other))
    assert (fork.status_code, fork.text, fork.headers["content-type"]) == (
        409, f"{seen.size}\n", "text/x.tlog.size",
    )  # fmt: skip
    assert ask(witness, seen.size, signed(seen.size + 1, other), other).status_code == 422
    assert ask(witness, seen.size + 1, signed(seen.size, seen.root)).status_code == 400
    stranger = Ed25519Signer.from_seed(seen.origin, bytes(32))
    assert ask(witness, seen.size, sign_note(str(seen), stranger)).status_code == 403
    elsewhere = Ed25519Signer.from_seed("elsewhere.example/ledger/2026", bytes(32))
    unknown = sign_note(str(Checkpoint(elsewhere.key.name, 1, other)), elsewhere)
    assert ask(witness, 0, unknown).status_code == 404
    assert patient.post(f"{witness.url}/add-checkpoint", content=b"old 1\n").status_code == 400
    assert patient.post(f"{witness.url}/add-checkpoint", content=bytes(70_000)).status_code == 413
    assert patient.get(f"{witness.url}/checkpoint/{log_name(stack)}").content == before
    assert ask(witness, seen.size, signed(seen.size, seen.root)).status_code == 200


def test_one_dead_witness_stops_nothing_two_stop_publishing_and_nothing_is_lost(stack: Stack) -> None:
    """2 of 3 on the whole deployment: accepted all the while, published once two of three are back."""
    trusted = stack.log_keys()
    try:
        put_to_sleep(stack, 0)
        first = decide(stack)
        held_by(first, wait_for_proof(stack, first.entry()), trusted)
        put_to_sleep(stack, 0, 1)
        before = published(stack)
        waiting = [decide(stack) for _ in range(5)]
        stack.invoke("sequence", {})
        with pytest.raises(Refused, match="too few witnesses"):
            stack.invoke("publish_checkpoint", {})
        assert published(stack) == before
        for opening in waiting:
            answer = patient.get(f"{stack.url}/consent/receipts/{opening.entry().hex()}")
            assert answer.status_code == 404
        put_to_sleep(stack, 1)
        stack.invoke("publish_checkpoint", {})
        for opening in (first, *waiting):
            held_by(opening, wait_for_proof(stack, opening.entry()), trusted)
    finally:
        put_to_sleep(stack)
    last = decide(stack)
    held_by(last, wait_for_proof(stack, last.entry()), trusted)
    kept = (
        stack.client("s3")
        .get_object(
            Bucket=stack.outputs["LedgerBucket"],
            Key=f"ledger/checkpoints/{Checkpoint.parse(before.text).size}",
        )["Body"]
        .read()
    )
    assert Note.from_bytes(kept) == before


def test_superseded_checkpoints_are_public(stack: Stack) -> None:
    """Anyone reads them through the front door, for ever, and each holds for whoever asks for the quorum."""
    openings = []
    for _ in range(2):
        openings.append(decide(stack))
        wait_for_proof(stack, openings[-1].entry())
    note = TlogProof.parse(wait_for_proof(stack, openings[0].entry())).checkpoint
    sizes = [
        int(each["Key"].rpartition("/")[2])
        for each in stack.client("s3").list_objects_v2(
            Bucket=stack.outputs["LedgerBucket"], Prefix="ledger/checkpoints/"
        )["Contents"]
    ]
    assert Checkpoint.parse(note.text).size not in sizes
    for size in sizes:
        answer = patient.get(f"{stack.url}/ledger/checkpoints/{size}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain; charset=utf-8")
        assert "immutable" in answer.headers["cache-control"]
        checkpoint, claims = stack.log_keys().check(Note.from_bytes(answer.content))
        verify_claims(claims)
        assert checkpoint.size == size


def attempt(stack: Stack, witness: LocalWitness, service: str, call: Any) -> str:
    """Make one AWS call under a witness's own identity."""
    variables = witness.function.variables
    session = boto3.session.Session(
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
        region_name=variables["AWS_REGION"],
    )
    try:
        call(session.client(service, endpoint_url=stack.endpoint_url))
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return "allowed"


def test_a_witness_can_use_its_own_key_and_memory_alone(stack: Stack) -> None:
    """Not those of another witness, not the ledger's; and it cannot delete what it has seen."""
    ours, other = stack.witnesses[:2]

    def sign(key_id: str) -> str:
        return attempt(
            stack,
            ours,
            "kms",
            lambda kms: kms.sign(KeyId=key_id, Message=b"x", SigningAlgorithm="ED25519_SHA_512"),
        )

    def row(method: str, table: str) -> str:
        return attempt(
            stack, ours, "dynamodb", lambda db: getattr(db, method)(TableName=table, Key={"pk": {"S": "x"}})
        )

    assert sign(ours.outputs["WitnessKeyId"]) == "allowed"
    assert sign(other.outputs["WitnessKeyId"]) in DENIED
    assert sign(stack.outputs["LedgerKeyId"]) in DENIED
    assert row("get_item", ours.outputs["WitnessTable"]) == "allowed"
    assert row("get_item", other.outputs["WitnessTable"]) in DENIED
    assert row("delete_item", ours.outputs["WitnessTable"]) in DENIED


def test_a_log_without_witnesses_gets_them_later(tmp_path: Path) -> None:
    """Started without, then with three: the same checkpoint is cosigned, and old receipts come out new."""
    with local_stack(tmp_path, parameters={"Quorum": "0"}) as alone:
        assert alone.witnesses == ()
        opening = decide(alone)
        held_by(opening, wait_for_proof(alone, opening.entry()), alone.log_keys())
        before = published(alone)
        assert len(before.signatures) == 1
    with local_stack(tmp_path) as witnessed:
        witnessed.invoke("publish_checkpoint", {})
        trusted = witnessed.log_keys()
        held_by(opening, wait_for_proof(witnessed, opening.entry()), witnessed.log_keys())
        assert published(witnessed).text == before.text
        with open_stack(tmp_path) as joined:
            assert joined.log_keys() == trusted
            decide(joined)
            joined.invoke("sequence", {})
            joined.invoke("publish_checkpoint", {})
        deadline = time.monotonic() + 60
        while Checkpoint.parse(published(witnessed).text).size < 2:
            assert time.monotonic() < deadline
            time.sleep(0.1)
    with local_stack(tmp_path) as again:
        assert again.log_keys() == trusted
        for witness in again.witnesses:
            answer = patient.get(f"{witness.url}/checkpoint/{log_name(again)}")
            assert answer.status_code == 200
