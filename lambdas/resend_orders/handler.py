"""Woken by the schedule, whose contents mean nothing: wire the service, run once."""

from __future__ import annotations

import time
from functools import cache
from time import monotonic_ns
from typing import Any

from lambdas.resend_orders.service import ResendOrdersService
from lambdas.resend_orders.store import DynamoWaiting
from lambdas.shared import clients
from lambdas.shared.agency.bucket import BucketFiles
from lambdas.shared.agency.outbox import Outbox
from lambdas.shared.agency.sites import Sites
from lambdas.shared.logs import log_event
from lambdas.shared.settings import AwsSettings, variable


def handle(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Run once; what is not sent now is looked at in the next run."""
    service = compose(
        AwsSettings.read(),
        table=variable("AGENCY_TABLE"),
        sites=variable("AGENCY_SITES"),
        bucket=variable("AGENCY_BUCKET"),
        queues=(variable("PUBLISH_QUEUE_URL"), variable("KILL_QUEUE_URL")),
    )
    started_ns = monotonic_ns()
    run = service.run()
    log_event(
        "resend-orders",
        waiting=run.waiting,
        sent=run.sent,
        late=run.late,
        failed=run.failed,
        duration_us=(monotonic_ns() - started_ns) // 1000,
    )
    return {"waiting": run.waiting, "sent": run.sent, "late": run.late, "failed": run.failed}


@cache
def compose(
    aws: AwsSettings, *, table: str, sites: str, bucket: str, queues: tuple[str, str]
) -> ResendOrdersService:
    """Wire the service; `queues` are the publisher's, for jobs and for kills."""
    jobs, kills = queues
    return ResendOrdersService(
        rows=DynamoWaiting(clients.dynamodb(aws), table),
        outcomes=BucketFiles(clients.s3(aws), bucket),
        send=Outbox(clients.sqs(aws), jobs, kills).send,
        sites=Sites.parse(sites),
        now=lambda: int(time.time()),
    )
