"""POST /contributions: translate the request, and wire the service to AWS."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from functools import cache
from time import monotonic
from typing import Any, Final

from edge_client.wire.contribution import MAX_BODY_BYTES, Contribution
from lambdas.add_contribution.service import AddContributionService, Outcome
from lambdas.shared import clients
from lambdas.shared.http import Reply, Request, problem, require, respond
from lambdas.shared.kms_signer import KmsSigner
from lambdas.shared.live_bundle import LiveBundle, Recent, bundle_key_name
from lambdas.shared.measurement.dynamo import DynamoBatches
from lambdas.shared.settings import AwsSettings, variable

FRESH_S: Final = 10
"""How long an instance trusts what it read of the bundle, so that a kill switch takes effect soon."""

_REPLIES: Final = {
    Outcome.ACCEPTED: Reply(202, b'{"v":1}'),
    Outcome.UNKNOWN_TASK: problem(404, "refused", "contribution: no such task"),
    Outcome.PERIOD_CLOSED: problem(409, "refused", "contribution: the period is closed"),
    Outcome.BUSY: Reply(503, headers={"retry-after": "2"}),
}


def handle(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer one API Gateway event."""
    service = compose(
        AwsSettings.read(),
        table=variable("MEASUREMENT_TABLE"),
        bucket=variable("SITE_BUCKET"),
        site=variable("SITE"),
        agency=(variable("LEDGER_ORIGIN"), variable("AGENCY_KEY_ARN")),
    )
    return respond("add-contribution", event, answer=lambda request: _answer(request, service))


@cache
def compose(
    aws: AwsSettings, *, table: str, bucket: str, site: str, agency: tuple[str, str]
) -> AddContributionService:
    """Wire the service to its table and bucket; `agency` is the ledger's origin and the key of bundles."""
    origin, key_arn = agency
    signer = KmsSigner(bundle_key_name(origin), key_arn, clients.kms(aws))
    bundle = LiveBundle(clients.s3(aws), bucket, site, lambda: signer.key)
    return AddContributionService(
        announced=Recent(bundle, FRESH_S, monotonic),
        batches=DynamoBatches(clients.dynamodb(aws), table, secrets.randbelow),
        now=lambda: datetime.now(UTC),
    )


def _answer(request: Request, service: AddContributionService) -> Reply:
    body = require(request, content_type="application/json", max_bytes=MAX_BODY_BYTES)
    return _REPLIES[service.add(Contribution.from_bytes(body))]
