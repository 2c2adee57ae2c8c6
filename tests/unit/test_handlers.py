"""Handlers under moto: each translates its event, wires its service from its environment, and prints."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from moto import mock_aws

from consent_ledger.errors import Malformed
from edge_client.wire.catalogue import Catalogue, CatalogueItem, ItemKind, hash_pages
from edge_client.wire.consent import ConsentAccepted, RecordConsent
from edge_client.wire.contribution import Contribution
from lambdas.add_contribution import handler as add_contribution
from lambdas.health import handler as health
from lambdas.make_release import handler as make_release
from lambdas.read_receipt import handler as read_receipt
from lambdas.record_consent import handler as record_consent
from lambdas.shared import clients
from lambdas.shared.http import Reply, read_request, respond
from lambdas.shared.logs import log_event, logging_to
from lambdas.shared.measurement.dynamo import DynamoBatches
from lambdas.shared.measurement.periods import week_of
from lambdas.shared.measurement.ports import RegisteredTask
from lambdas.shared.settings import SettingMissing, environment
from nearside.local.functions import LocalContext
from tests.support.ledger import device_signer, record
from tests.support.measuring import PAGES, TASK

REGION = "eu-west-1"
HERE = LocalContext("function", "1", 512, deadline_s=0.0)
HANDLERS = (record_consent, read_receipt, add_contribution, make_release)


@pytest.fixture
def variables(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """An account with every table, bucket, queue and key; yields the functions' environment."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    for composed in HANDLERS:
        composed.compose.cache_clear()
    clients._client.cache_clear()
    with mock_aws():
        dynamodb, s3 = boto3.client("dynamodb", REGION), boto3.client("s3", REGION)
        for table, keys in (("ledger", 2), ("measurement", 2), ("boxes", 1), ("keys", 1), ("budgets", 1)):
            names = ("pk", "sk")[:keys]
            dynamodb.create_table(
                TableName=table,
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in names],
                KeySchema=[
                    {"AttributeName": name, "KeyType": kind}
                    for name, kind in zip(names, ("HASH", "RANGE"), strict=False)
                ],
            )
        for bucket in ("ledger", "site", "releases"):
            s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        yield {
            "AGENCY_KEY_ARN": "the bundle's signature is checked where there is Ed25519: tests/contract",
            "AWS_REGION": REGION,
            "CONTROLLER": "riverton",
            "LEDGER_BUCKET": "ledger",
            "LEDGER_ORIGIN": "riverton.example/ledger/2026",
            "LEDGER_TABLE": "ledger",
            "MEASUREMENT_TABLE": "measurement",
            "BUDGET_TABLE": "budgets",
            "BUDGET_EPSILON_MILLI": "14000",
            "BUDGET_DELTA_PPB": "30000",
            "BUDGET_DAYS": "91",
            "RELEASE_BUCKET": "releases",
            "RELEASE_MECHANISM": "discrete-laplace",
            "SIDECAR_KEY_ID": boto3.client("kms", REGION).create_key()["KeyMetadata"]["KeyId"],
            "SIDECAR_KEY_TABLE": "keys",
            "SIDECAR_TABLE": "boxes",
            "SITE": "city",
            "SITE_BUCKET": "site",
            "WAKE_QUEUE_URL": boto3.client("sqs", REGION).create_queue(QueueName="wake")["QueueUrl"],
        }


@contextmanager
def running_with(variables: dict[str, str]) -> Iterator[None]:
    with environment(variables):
        yield


def event(body: bytes = b"", **more: Any) -> dict[str, Any]:
    return {
        "version": "2.0",
        "headers": {"content-type": "application/json"},
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
        **more,
    }


def consent_body(controller: str = "riverton") -> bytes:
    made = record(record_id=str(uuid.uuid4()), controller=controller)
    return RecordConsent(made, bytes(32), device_signer().sign(made.signed_bytes())).to_bytes()


def test_record_consent_answers_202_and_wakes_the_sequencer(variables: dict[str, str]) -> None:
    """The entry is returned; the queue's message says nothing about it."""
    with running_with(variables):
        first, again = (record_consent.handle(event(body), None) for body in [consent_body()] * 2)
    assert (first["statusCode"], again["statusCode"]) == (202, 202)
    assert first["body"] == again["body"]
    assert len(ConsentAccepted.from_bytes(first["body"].encode()).entry) == 32
    messages = boto3.client("sqs", REGION).receive_message(QueueUrl=variables["WAKE_QUEUE_URL"])["Messages"]
    assert {message["Body"] for message in messages} == {"pending"}


def test_a_lost_wake_up_does_not_lose_the_record(variables: dict[str, str]) -> None:
    """Without the queue the record is accepted all the same: the schedule makes up for it."""
    with running_with({**variables, "WAKE_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/1/none"}):
        assert record_consent.handle(event(consent_body()), None)["statusCode"] == 202


@pytest.mark.parametrize(
    ("sent", "status", "error"),
    [
        (event(consent_body("elsewhere")), 409, "refused"),
        (event(b"{}"), 422, "malformed"),
        (event(b"x" * 5000), 413, "refused"),
        (event(consent_body(), headers={"content-type": "text/html"}), 415, "refused"),
        (event(consent_body(), headers={}), 415, "refused"),
        ({**event(), "body": "%%%"}, 422, "malformed"),
    ],
)
def test_errors_become_statuses_by_one_table(
    variables: dict[str, str], *, sent: dict[str, Any], status: int, error: str
) -> None:
    """Each kind of error is one status, in one shape of answer."""
    with running_with(variables):
        answer = record_consent.handle(sent, None)
    assert answer["statusCode"] == status
    assert json.loads(answer["body"])["error"] == error
    assert answer["headers"]["cache-control"] == "no-store"


def test_a_fabricated_consent_is_422(variables: dict[str, str]) -> None:
    """The signature of another key is untrue."""
    made = record(record_id=str(uuid.uuid4()), controller="riverton")
    forged = RecordConsent(made, bytes(32), device_signer(9).sign(made.signed_bytes()))
    with running_with(variables):
        answer = record_consent.handle(event(forged.to_bytes()), None)
    assert (answer["statusCode"], json.loads(answer["body"])["error"]) == (422, "untrue")


def test_a_pending_receipt_is_404_with_a_time_to_come_back(variables: dict[str, str]) -> None:
    """Pending and unknown are the same answer."""
    with running_with(variables):
        entry = json.loads(record_consent.handle(event(consent_body()), None)["body"])["entry"]
        pending = read_receipt.handle({**event(), "pathParameters": {"entry": entry}}, None)
        unknown = read_receipt.handle({**event(), "pathParameters": {"entry": "0" * 64}}, None)
    assert pending == unknown
    assert (pending["statusCode"], pending["headers"]["retry-after"]) == (404, "1")


def test_a_contribution_before_any_bundle_is_404(variables: dict[str, str]) -> None:
    """No bundle, no task."""
    report = Contribution.nothing("t", period=week_of(datetime.now(UTC)), report_id="0" * 32)
    with running_with(variables):
        assert add_contribution.handle(event(report.to_bytes()), None)["statusCode"] == 404


def test_a_release_of_nothing_says_why(variables: dict[str, str]) -> None:
    """Refusals are in the result, and a wrong event is malformed."""
    with running_with(variables):
        assert make_release.handle({}, HERE) == {"releases": [], "refused": []}
        answer = make_release.handle({"task": "t", "period": "2026-W47"}, HERE)
        assert answer["refused"][0]["why"] == "release: no such task is registered"
        with pytest.raises(Malformed):
            make_release.handle({"task": 1}, HERE)


def test_one_batch_that_cannot_be_released_keeps_no_other_from_its_release(
    variables: dict[str, str],
) -> None:
    """No bundle announces either task any more, and the catalogue of the first has other pages."""
    week = week_of(datetime.now(UTC))
    items = (CatalogueItem(PAGES[0], "Home", "What it is", "topic", ItemKind.INFORMATION, "en"),)
    catalogue = Catalogue("city", items)
    digest = hashlib.sha256(catalogue.to_bytes()).hexdigest()
    boto3.client("s3", REGION).put_object(
        Bucket="site", Key=f"nearside/city/files/{digest}", Body=catalogue.to_bytes()
    )
    batches = DynamoBatches(boto3.client("dynamodb", REGION), "measurement", lambda most: 0)
    sound = replace(TASK, task_id="b", pages=1, pages_hash=hash_pages(catalogue.pages))
    for task in (replace(TASK, task_id="a"), sound):
        batches.register(RegisteredTask(task, digest), week)
        batches.add(Contribution.nothing(task.task_id, period=week, report_id="0" * 32))
    with running_with(variables):
        answer = make_release.handle({"period": week}, HERE)
    assert [each["task"] for each in answer["refused"]] == ["a"]
    assert "not the task's" in answer["refused"][0]["why"]
    assert answer["releases"] == [{"task": "b", "period": week, "key": f"releases/b/{week}.json"}]
    assert batches.counts("b", week) == {}


def test_a_batch_whose_catalogue_is_gone_keeps_no_other_from_its_release(
    variables: dict[str, str],
) -> None:
    """What a service refuses is named by its kind; how long the run took is not told."""
    week = week_of(datetime.now(UTC))
    items = (CatalogueItem(PAGES[0], "Home", "What it is", "topic", ItemKind.INFORMATION, "en"),)
    catalogue = Catalogue("city", items)
    digest = hashlib.sha256(catalogue.to_bytes()).hexdigest()
    boto3.client("s3", REGION).put_object(
        Bucket="site", Key=f"nearside/city/files/{digest}", Body=catalogue.to_bytes()
    )
    batches = DynamoBatches(boto3.client("dynamodb", REGION), "measurement", lambda most: 0)
    sound = replace(TASK, task_id="b", pages=1, pages_hash=hash_pages(catalogue.pages))
    for task, listed in ((replace(TASK, task_id="a"), "0" * 64), (sound, digest)):
        batches.register(RegisteredTask(task, listed), week)
    written = io.StringIO()
    with running_with(variables), logging_to(written):
        answer = make_release.handle({"period": week}, HERE)
    assert answer["refused"] == [
        {"task": "a", "period": week, "why": "release: GetObject failed with NoSuchKey"}
    ]
    assert [each["task"] for each in answer["releases"]] == ["b"]
    told = json.loads(written.getvalue())
    assert (told["released"], told["refused"]) == (1, 1)
    assert [name for name in told if "duration" in name] == []


@pytest.mark.parametrize("composed", HANDLERS)
def test_a_missing_variable_is_an_error_and_not_a_default(composed: Any) -> None:
    """A function deployed without one of its variables fails at once."""
    with running_with({"AWS_REGION": REGION}), pytest.raises(SettingMissing):
        composed.handle(event(), HERE)


def test_health_needs_nothing() -> None:
    """The answer is 200 whatever else is there."""
    with running_with({}):
        assert health.handle(event(), None)["statusCode"] == 200


def test_an_unforeseen_error_is_500_without_its_text(capsys: pytest.CaptureFixture[str]) -> None:
    """Neither answer nor log repeat what an exception quotes."""

    def answer(request: object) -> Reply:
        raise KeyError("canary-5501")

    stream = io.StringIO()
    with logging_to(stream):
        result = respond("name", event(), answer=answer)
    assert result["statusCode"] == 500
    assert "canary-5501" not in json.dumps(result) + stream.getvalue() + "".join(capsys.readouterr())
    failed, answered = (json.loads(line) for line in stream.getvalue().splitlines())
    # Which kind it was, and the line that called what raised it.
    assert (failed["message"], answered["message"], answered["status"]) == ("failed-KeyError", "name", 500)
    assert failed["line"] > 0
    assert set(failed) == {"level", "message", "timestamp", "service", "line"}


def test_a_request_shows_no_header_but_its_type() -> None:
    """Services cannot see addresses, agents, cookies or queries: there is no field for them."""
    request = read_request(
        event(b"x", headers={"content-type": "A/B; c=d", "cookie": "x", "user-agent": "y"})
    )
    assert (request.content_type, request.body, request.path_parameters) == ("a/b", b"x", {})
    assert set(type(request).__slots__) == {"content_type", "body", "path_parameters"}


def test_a_log_line_takes_numbers_only() -> None:
    """A text, however harmless, is a programming error."""
    with pytest.raises(TypeError, match="log event: user is not an integer"):
        log_event("name", user="someone")  # type: ignore[arg-type]  # the point of the test
