"""POST /consent/erasures: translate the request, and wire the service to AWS."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from consent_ledger.ed25519 import verify_claims
from consent_ledger.erasure import EraseRecords
from edge_client.wire.consent import ConsentAccepted
from lambdas.erase_consent.service import EraseConsentService
from lambdas.shared import clients
from lambdas.shared.http import Reply, Request, require, respond
from lambdas.shared.ledger_storage import DynamoS3Storage
from lambdas.shared.settings import AwsSettings, variable
from lambdas.shared.sidecar import KmsSidecars
from lambdas.shared.wake import waker

MAX_BODY_BYTES: Final = 16 * 1024


def handle(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer one API Gateway event."""
    service = compose(
        AwsSettings.read(),
        ledger=(variable("LEDGER_TABLE"), variable("LEDGER_BUCKET")),
        sidecars=(variable("SIDECAR_TABLE"), variable("SIDECAR_KEY_TABLE"), variable("SIDECAR_KEY_ID")),
        wake_queue=variable("WAKE_QUEUE_URL"),
    )
    return respond("erase-consent", event, answer=lambda request: _answer(request, service))


@cache
def compose(
    aws: AwsSettings, *, ledger: tuple[str, str], sidecars: tuple[str, str, str], wake_queue: str
) -> EraseConsentService:
    """Wire the service; `ledger` is table and bucket, `sidecars` the two tables and the wrapping key."""
    dynamodb = clients.dynamodb(aws)
    table, bucket = ledger
    boxes, keys, key_id = sidecars
    return EraseConsentService(
        ledger=DynamoS3Storage(table, bucket, dynamodb_client=dynamodb, s3_client=clients.s3(aws)),
        sidecars=KmsSidecars(
            boxes, keys, key_id=key_id, dynamodb_client=dynamodb, kms_client=clients.kms(aws)
        ),
        verify=verify_claims,
        wake=waker(clients.sqs(aws), wake_queue),
    )


def _answer(request: Request, service: EraseConsentService) -> Reply:
    body = require(request, content_type="application/json", max_bytes=MAX_BODY_BYTES)
    return Reply(202, ConsentAccepted(service.erase(EraseRecords.from_bytes(body))).to_bytes())
