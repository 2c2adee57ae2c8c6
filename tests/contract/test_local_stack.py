"""The whole deployment on one machine: what a device sends ends where it should."""

from __future__ import annotations

import hashlib
import secrets
import time
import uuid
from datetime import UTC, datetime

import pytest

from consent_ledger import leaf
from consent_ledger.checkpoint import LogKeys
from consent_ledger.ed25519 import verify_claims
from consent_ledger.erasing import OpenErasure
from consent_ledger.erasure import EraseRecords, Remains, SubjectAuthority, signed_bytes
from consent_ledger.leaf import BudgetLeaf
from consent_ledger.receipt import Opening, Receipt
from consent_ledger.tlog_proof import TlogProof
from edge_client.wire.consent import ConsentAccepted, RecordConsent
from edge_client.wire.contribution import Contribution
from edge_client.wire.erasure import RecordsErased
from edge_client.wire.release import Mechanism, Release
from edge_client.wire.task import MeasurementTask
from lambdas.add_contribution import handler as add_contribution
from lambdas.shared.erasures import DynamoErasures
from lambdas.shared.measurement.periods import week_of
from nearside.local.stack import Stack
from tests.support import patient
from tests.support.deployed import consent_request, post, publish_task, wait_for_proof
from tests.support.ledger import device_signer, record

pytest_plugins = ["tests.support.stack"]
pytestmark = pytest.mark.stack


def wait_for_task(stack: Stack, task: MeasurementTask) -> None:
    """An instance trusts what it read of the bundle for some seconds: a new one reads the new one."""
    add_contribution.compose.cache_clear()
    deadline = time.monotonic() + 60
    empty = Contribution.nothing(task.task_id, period="2020-W01", report_id="0" * 32)
    while post(stack, "/contributions", empty.to_bytes()).status_code == 404:
        assert time.monotonic() < deadline, "the task is still unknown"
        time.sleep(0.2)


def contribution(task: MeasurementTask, source: int, target: int) -> Contribution:
    return Contribution(task.task_id, week_of(datetime.now(UTC)), secrets.token_hex(16), source, target)


def test_a_choice_becomes_a_receipt_that_verifies_offline(stack: Stack) -> None:
    """POST a consent event, wait for its proof, and check the receipt with nothing but the log's key."""
    request = consent_request()
    answer = post(stack, "/consent/events", request.to_bytes())
    assert (answer.status_code, answer.headers["cache-control"]) == (202, "no-store")
    entry = ConsentAccepted.from_bytes(answer.content).entry
    proof = wait_for_proof(stack, entry)
    opening = Opening(request.record, request.salt, request.signature)
    receipt = Receipt(opening, opening.leaf(), TlogProof.parse(proof))
    verify_claims(receipt.check(LogKeys.parse(str(stack.ledger_signer().key))))
    assert entry == opening.entry()


def test_a_repeated_choice_changes_nothing(stack: Stack) -> None:
    """The same body again gets the same answer, also after it was sequenced."""
    body = consent_request().to_bytes()
    first = post(stack, "/consent/events", body)
    wait_for_proof(stack, ConsentAccepted.from_bytes(first.content).entry)
    again = post(stack, "/consent/events", body)
    assert (first.status_code, first.content) == (again.status_code, again.content)


def test_a_citizen_has_our_copy_erased(stack: Stack) -> None:
    """Signed by the device, an erasure destroys what opens the entry; the entry and its proof stay."""
    consented = consent_request()
    started_at = int(time.time())
    answer = post(stack, "/consent/events", consented.to_bytes())
    entry = ConsentAccepted.from_bytes(answer.content).entry
    proof = wait_for_proof(stack, entry)
    key = device_signer().key.public_key
    stranger = SubjectAuthority(
        device_signer(9).key.public_key, device_signer(9).sign(signed_bytes((entry,)))
    )
    refused = post(stack, "/consent/erasures", EraseRecords((entry,), stranger).to_bytes())
    assert refused.status_code == 409
    request = EraseRecords((entry,), SubjectAuthority(key, device_signer().sign(signed_bytes((entry,)))))
    first, again = (post(stack, "/consent/erasures", request.to_bytes()) for _ in range(2))
    assert (first.status_code, first.content) == (202, again.content)
    told = RecordsErased.from_bytes(first.content)
    assert (told.erasure.count, told.erasure.backup_horizon_days) == (1, 0)
    assert started_at <= told.erasure.requested_at <= told.erasure.completed_at <= time.time()
    assert Remains.BACKUPS not in told.erasure.remains
    boxes = stack.client("dynamodb").get_item(
        TableName=stack.outputs["SidecarTable"], Key={"pk": {"S": entry.hex()}}
    )
    assert "Item" not in boxes
    wait_for_proof(stack, told.entry)
    # Our copy is gone; the citizen's receipt, made before or after, proves what it proved.
    opening = Opening(consented.record, consented.salt, consented.signature)
    trusted = LogKeys.parse(str(stack.ledger_signer().key))
    for kept in (proof, wait_for_proof(stack, entry)):
        verify_claims(Receipt(opening, opening.leaf(), TlogProof.parse(kept)).check(trusted))
    # Nor does the request that brought the record bring our copy of it back.
    assert post(stack, "/consent/events", consented.to_bytes()).status_code == 202
    for table in ("SidecarTable", "SidecarKeyTable"):
        rows = stack.client("dynamodb").get_item(
            TableName=stack.outputs[table], Key={"pk": {"S": entry.hex()}}
        )
        assert set(rows.get("Item", {})) <= {"pk"}


def test_an_erasure_left_half_way_is_completed_by_the_clock(stack: Stack) -> None:
    """The function died after it wrote the request down: the sweep destroys, counts, and forgets which."""
    requests = [consent_request() for _ in range(2)]
    for request in requests:
        assert post(stack, "/consent/events", request.to_bytes()).status_code == 202
    openings = [Opening(request.record, request.salt, request.signature) for request in requests]
    entries = tuple(sorted(opening.entry() for opening in openings))
    register = DynamoErasures(stack.outputs["ErasureTable"], dynamodb_client=stack.client("dynamodb"))
    erasure_id = secrets.token_bytes(16)
    register.begin(OpenErasure(erasure_id, entries, int(time.time())))
    assert stack.invoke("finish_erasures", {})["found"] >= 1
    done = dict(register.completed())[erasure_id]
    assert done.count == 2
    assert register.unfinished(10) == ()
    wait_for_proof(stack, done.entry(erasure_id))


def test_the_ledger_is_public(stack: Stack) -> None:
    """Anyone reads the checkpoint and the tiles; what is staged lies elsewhere."""
    entry = ConsentAccepted.from_bytes(
        post(stack, "/consent/events", consent_request().to_bytes()).content
    ).entry
    wait_for_proof(stack, entry)
    checkpoint = patient.get(f"{stack.url}/ledger/checkpoint")
    assert checkpoint.status_code == 200
    assert checkpoint.headers["cache-control"] == "public, max-age=30"
    size = int(checkpoint.text.split("\n")[1])
    tile = patient.get(
        f"{stack.url}/ledger/tile/0/000.p/{size}" if size < 256 else f"{stack.url}/ledger/tile/0/000"
    )
    assert tile.status_code == 200
    assert "immutable" in tile.headers["cache-control"]


def test_contributions_are_added_once_and_released_once(stack: Stack) -> None:
    """Sixty reports of one pair and empty ones: the pair shows, the release is the same at every call."""
    task = publish_task(stack, f"t-{secrets.token_hex(4)}")
    wait_for_task(stack, task)
    reports = [contribution(task, 2, 3) for _ in range(60)]
    reports += [Contribution.nothing(task.task_id, period=reports[0].period, report_id=secrets.token_hex(16))]
    # Twenty of them twice: counted twice they would be too many.
    answers = {
        post(stack, "/contributions", report.to_bytes()).status_code for report in [*reports, *reports[-21:]]
    }
    assert answers == {202}
    event = {"task": task.task_id, "period": reports[0].period}
    first = stack.invoke("make_release", event)
    assert first["refused"] == []
    key = first["releases"][0]["key"]
    data = stack.client("s3").get_object(Bucket=stack.outputs["ReleaseBucket"], Key=key)["Body"].read()
    release = Release.parse(data)
    assert release.privacy.mechanism is Mechanism.DISCRETE_LAPLACE
    ((source, target, count),) = release.cells
    assert (release.pages[source], release.pages[target]) == ("/parking", "/parking/permit")
    assert 50 <= count <= 70  # sixty, and noise of scale 1/8: further off once in e^80 runs
    assert stack.invoke("make_release", event) == first
    again = stack.client("s3").get_object(Bucket=stack.outputs["ReleaseBucket"], Key=key)["Body"].read()
    assert again == data
    late = post(stack, "/contributions", contribution(task, 0, 1).to_bytes())
    assert late.status_code == 409
    spent = BudgetLeaf(task.task_id, reports[0].period, 8000, 6, hashlib.sha256(data).digest())
    wait_for_proof(stack, leaf.hash_of(spent))
    public = patient.get(f"{stack.url}/ledger/documents/{spent.release_hash.hex()}")
    assert (public.status_code, public.content) == (200, data)
    assert public.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("path", "body", "headers", "status"),
    [
        ("/consent/events", b"{}", {}, 422),
        ("/consent/events", b"x" * 4096, {}, 422),
        ("/consent/events", b"x" * 5000, {}, 413),
        ("/consent/events", b"{}", {"content-type": "text/plain"}, 415),
        ("/contributions", b"{}", {}, 422),
        ("/contributions", b"x" * 300, {}, 413),
        ("/contributions", b"\xff\xfe", {}, 422),
        ("/contributions", b"", {}, 422),
        ("/contributions", b"x" * (11 * 1024 * 1024), {}, 413),
        ("/consent/nowhere", b"{}", {}, 404),
    ],
)
def test_what_is_not_understood_is_refused(
    stack: Stack, path: str, body: bytes, headers: dict[str, str], status: int
) -> None:
    """Malformed is 422, too large 413, another type 415; each before anything is stored."""
    assert post(stack, path, body, **headers).status_code == status


def test_a_contribution_to_no_task_is_not_found(stack: Stack) -> None:
    """A task that no bundle announces does not exist."""
    report = Contribution.nothing("no-such-task", period=week_of(datetime.now(UTC)), report_id="0" * 32)
    assert post(stack, "/contributions", report.to_bytes()).status_code == 404


def test_a_record_for_another_agency_is_refused(stack: Stack) -> None:
    """409: it is understood, and not this agency's."""
    made = record(record_id=str(uuid.uuid4()), controller="elsewhere")
    request = RecordConsent(made, bytes(32), device_signer().sign(made.signed_bytes()))
    assert post(stack, "/consent/events", request.to_bytes()).status_code == 409


def test_pages_are_served_as_cloudfront_would(stack: Stack) -> None:
    """Clean addresses, entity tags, compression, the security headers; what is missing is said to be."""
    s3, bucket = stack.client("s3"), stack.outputs["SiteBucket"]
    page = b"<!doctype html><title>Permit</title>" + b"<p>How to get a permit</p>" * 100
    html = "text/html; charset=utf-8"
    s3.put_object(Bucket=bucket, Key="parking/permit/index.html", Body=page, ContentType=html)
    s3.put_object(
        Bucket=bucket, Key="nearside/runtime/abc/worker.js", Body=b"1", ContentType="text/javascript"
    )
    plain = patient.get(f"{stack.url}/parking/permit", headers={"accept-encoding": "identity"})
    assert (plain.status_code, plain.content, plain.headers["content-type"]) == (200, page, html)
    assert "wasm-unsafe-eval" not in plain.headers["content-security-policy"]
    assert plain.headers["x-content-type-options"] == "nosniff"
    packed = patient.get(f"{stack.url}/parking/permit?utm=1", headers={"accept-encoding": "gzip, br"})
    assert (packed.content, packed.headers["content-encoding"]) == (page, "br")
    same = patient.get(f"{stack.url}/parking/permit", headers={"if-none-match": packed.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")
    missing = patient.get(f"{stack.url}/no/such/page")
    assert (missing.status_code, "NoSuchKey" in missing.text) == (404, True)
    assert "default-src 'none'" in missing.headers["content-security-policy"]
    worker = patient.get(f"{stack.url}/nearside/runtime/abc/worker.js")
    assert "'wasm-unsafe-eval'" in worker.headers["content-security-policy"]
    head = patient.head(f"{stack.url}/parking/permit")
    assert (head.status_code, head.content) == (200, b"")


def test_a_message_that_nobody_can_handle_ends_in_the_dead_letter_queue(stack: Stack) -> None:
    """The wake queue of this machine has the redrive policy of the template."""
    sqs = stack.client("sqs")
    attributes = sqs.get_queue_attributes(QueueUrl=stack.outputs["WakeQueueUrl"], AttributeNames=["All"])
    assert '"maxReceiveCount":"5"' in attributes["Attributes"]["RedrivePolicy"].replace(" ", "")
