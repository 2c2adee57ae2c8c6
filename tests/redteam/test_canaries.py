"""Nothing that a device sends turns up where it should not: logs, tables, buckets, errors."""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edge_client.wire.consent import ConsentAccepted, RecordConsent
from edge_client.wire.contribution import Contribution
from nearside.local.stack import Stack, local_stack
from tests.support import patient
from tests.support.deployed import JSON, publish_task, wait_for_proof
from tests.support.ledger import device_signer, record

pytestmark = pytest.mark.stack

CANARY = "canary-7f3a91"


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("canaries")


@pytest.fixture(scope="module")
def own_stack(state: Path) -> Iterator[Stack]:
    """A deployment of its own, so that its whole state can be searched."""
    with local_stack(state) as stack:
        yield stack


def everything_stored(stack: Stack) -> bytes:
    """Every row of every table and every object of every bucket, as one text to search in."""
    found: list[bytes] = []
    dynamodb, s3 = stack.client("dynamodb"), stack.client("s3")
    for table in dynamodb.list_tables()["TableNames"]:
        for page in dynamodb.get_paginator("scan").paginate(TableName=table):
            found += [repr(row).encode() for row in page["Items"]]
    for bucket in s3.list_buckets()["Buckets"]:
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket["Name"]):
            for item in page.get("Contents", ()):
                found.append(item["Key"].encode())
                found.append(s3.get_object(Bucket=bucket["Name"], Key=item["Key"])["Body"].read())
    return b"\n".join(found)


def test_a_record_is_nowhere_in_the_clear(
    own_stack: Stack, state: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Neither the subject's key, nor the record's id, salt or signature, is in any row, object or log."""
    record_id, salt = str(uuid.uuid4()), secrets.token_bytes(32)
    made = record(record_id=record_id, controller="riverton")
    signature = device_signer().sign(made.signed_bytes())
    body = RecordConsent(made, salt, signature).to_bytes()
    answer = patient.post(f"{own_stack.url}/consent/events", content=body, headers=JSON)
    wait_for_proof(own_stack, ConsentAccepted.from_bytes(answer.content).entry)
    stored = everything_stored(own_stack)
    logged = (state / "functions.log").read_bytes() + "".join(capfd.readouterr()).encode()
    assert ConsentAccepted.from_bytes(answer.content).entry.hex().encode() in stored
    for secret in (record_id.encode(), salt, salt.hex().encode(), signature, made.subject_key.hex().encode()):
        assert secret not in stored
        assert repr(secret)[2:-1].encode() not in stored
        assert secret not in logged


REQUESTS: list[tuple[str, str, dict[str, str], bytes]] = [
    ("POST", f"/consent/events?{CANARY}", JSON, f'{{"{CANARY}":1}}'.encode()),
    ("POST", "/consent/events", JSON, CANARY.encode().ljust(4096)),
    ("POST", "/consent/events", {"content-type": CANARY}, b"{}"),
    ("POST", "/contributions", {**JSON, "cookie": CANARY, "user-agent": CANARY, "x-canary": CANARY}, b"{}"),
    ("POST", "/contributions", JSON, json.dumps({"task": CANARY}).encode()),
    (
        "POST",
        "/contributions",
        JSON,
        Contribution(CANARY, "2026-W47", "0" * 32, 1, 2).to_bytes(),
    ),
    ("GET", f"/consent/receipts/{CANARY}", {}, b""),
    ("DELETE", f"/consent/{CANARY}", {}, b""),
    ("GET", f"/{CANARY}", {"referer": f"http://localhost/{CANARY}"}, b""),
]


@pytest.mark.parametrize(("method", "path", "headers", "body"), REQUESTS)
def test_nothing_of_a_bad_request_is_repeated(
    own_stack: Stack,
    state: Path,
    capfd: pytest.CaptureFixture[str],
    *,
    method: str,
    path: str,
    headers: dict[str, str],
    body: bytes,
) -> None:
    """Neither the answer nor a log nor a row repeats a canary from body, path, query or header."""
    publish_task(own_stack, "t-canaries")
    answer = patient.request(method, own_stack.url + path, headers=headers, content=body)
    assert 400 <= answer.status_code < 500
    logged = "".join(capfd.readouterr()) + (state / "functions.log").read_text()
    said = answer.text + repr(answer.headers) + logged
    assert CANARY not in said
    assert CANARY.encode() not in everything_stored(own_stack)


def test_a_log_line_holds_numbers_only(own_stack: Stack, state: Path) -> None:
    """Beside the level, the time and the name of what happened, every field of every line is a number."""
    patient.get(f"{own_stack.url}/health")
    lines: list[dict[str, Any]] = [
        json.loads(line) for line in (state / "functions.log").read_text().splitlines()
    ]
    assert any(line["message"] == "health" for line in lines)
    for line in lines:
        fields = {
            name: value for name, value in line.items() if name not in {"level", "timestamp", "service"}
        }
        assert fields.pop("message").replace("-", "").isalpha()
        assert all(type(value) is int for value in fields.values()), fields
