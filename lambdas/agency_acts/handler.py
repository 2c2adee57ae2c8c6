"""Proposals, bundles and the audit trail under /agency: translate the request, wire the services to AWS."""

from __future__ import annotations

import secrets
import time
from functools import cache
from typing import Any

from lambdas.agency_acts.office import Office
from lambdas.agency_acts.routes import make_resolver
from lambdas.agency_acts.services import Services
from lambdas.shared import clients
from lambdas.shared.agency.bucket import BucketFiles
from lambdas.shared.agency.desk import Desk
from lambdas.shared.agency.dynamo import DynamoRows
from lambdas.shared.agency.http import respond
from lambdas.shared.agency.outbox import Outbox
from lambdas.shared.agency.resolver import AgencyResolver
from lambdas.shared.agency.sites import Sites
from lambdas.shared.settings import AwsSettings, variable


def handle(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer one API Gateway event."""
    return respond("agency-acts", event, answer=lambda read: routes().resolve(read, context))


@cache
def routes() -> AgencyResolver:
    """Make the routes once for each process; whose table they lead to is told at each request."""
    return make_resolver(
        lambda: compose(
            AwsSettings.read(),
            table=variable("AGENCY_TABLE"),
            sites=variable("AGENCY_SITES"),
            bucket=variable("AGENCY_BUCKET"),
            queues=(variable("PUBLISH_QUEUE_URL"), variable("KILL_QUEUE_URL")),
        )
    )


@cache
def compose(aws: AwsSettings, *, table: str, sites: str, bucket: str, queues: tuple[str, str]) -> Services:
    """Wire the services; `queues` are the publisher's, for jobs and for kills."""
    files = BucketFiles(clients.s3(aws), bucket)
    jobs, kills = queues
    office = Office(
        Desk(DynamoRows(clients.dynamodb(aws), table), Sites.parse(sites), lambda: int(time.time())),
        files,
        send=Outbox(clients.sqs(aws), jobs, kills).send,
        outcome_of=files.outcome_of,
        new_id=lambda: secrets.token_hex(8),
    )
    return Services.of(office)
