"""Woken by messages or by the schedule, whose contents mean nothing: wire the service, run one turn."""

from __future__ import annotations

import secrets
from functools import cache
from time import monotonic_ns
from typing import Any

from lambdas.sequence.service import SequenceService
from lambdas.shared import clients
from lambdas.shared.ledger_storage import DynamoS3Storage
from lambdas.shared.logs import log_event
from lambdas.shared.settings import AwsSettings, variable
from lambdas.shared.wake import waker


def handle(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Run one turn; when it fails, all messages come back."""
    service = compose(
        AwsSettings.read(),
        table=variable("LEDGER_TABLE"),
        bucket=variable("LEDGER_BUCKET"),
        publish_queue=variable("PUBLISH_QUEUE_URL"),
    )
    started_ns = monotonic_ns()
    sequenced, size = service.turn()
    log_event(
        "sequence",
        woken=len(event.get("Records", ())),
        sequenced=sequenced,
        size=size,
        duration_us=(monotonic_ns() - started_ns) // 1000,
    )
    return {"batchItemFailures": []}


@cache
def compose(aws: AwsSettings, *, table: str, bucket: str, publish_queue: str) -> SequenceService:
    """Wire the service to its table, its bucket and the queue of the publisher."""
    return SequenceService(
        ledger=DynamoS3Storage(
            table, bucket, dynamodb_client=clients.dynamodb(aws), s3_client=clients.s3(aws)
        ),
        dice=secrets.randbelow,
        wake=waker(clients.sqs(aws), publish_queue),
    )
