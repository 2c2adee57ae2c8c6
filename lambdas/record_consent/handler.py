"""POST /consent/events: translate the request, and wire the service to AWS."""

from __future__ import annotations

from functools import cache
from typing import Any

from consent_ledger.ed25519 import verify_claims
from edge_client.wire.consent import BODY_BYTES, RecordConsent
from lambdas.record_consent.service import RecordConsentService
from lambdas.shared import clients
from lambdas.shared.http import Reply, Request, require, respond
from lambdas.shared.ledger_storage import DynamoS3Storage
from lambdas.shared.settings import AwsSettings, variable
from lambdas.shared.sidecar import KmsSidecars
from lambdas.shared.wake import waker


def handle(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer one API Gateway event."""
    service = compose(
        AwsSettings.read(),
        controller=variable("CONTROLLER"),
        ledger=(variable("LEDGER_TABLE"), variable("LEDGER_BUCKET")),
        sidecars=(variable("SIDECAR_TABLE"), variable("SIDECAR_KEY_TABLE"), variable("SIDECAR_KEY_ID")),
        wake_queue=variable("WAKE_QUEUE_URL"),
    )
    return respond("record-consent", event, answer=lambda request: _answer(request, service))


@cache
def compose(
    aws: AwsSettings,
    *,
    controller: str,
    ledger: tuple[str, str],
    sidecars: tuple[str, str, str],
    wake_queue: str,
) -> RecordConsentService:
    """Wire the service; `ledger` is table and bucket, `sidecars` the two tables and the wrapping key."""
    dynamodb = clients.dynamodb(aws)
    table, bucket = ledger
    boxes, keys, key_id = sidecars
    return RecordConsentService(
        controller=controller,
        ledger=DynamoS3Storage(table, bucket, dynamodb_client=dynamodb, s3_client=clients.s3(aws)),
        sidecars=KmsSidecars(
            boxes, keys, key_id=key_id, dynamodb_client=dynamodb, kms_client=clients.kms(aws)
        ),
        verify=verify_claims,
        wake=waker(clients.sqs(aws), wake_queue),
    )


def _answer(request: Request, service: RecordConsentService) -> Reply:
    body = require(request, content_type="application/json", max_bytes=BODY_BYTES)
    return Reply(202, service.record(RecordConsent.from_bytes(body)).to_bytes())
