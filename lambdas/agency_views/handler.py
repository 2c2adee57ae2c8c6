"""Models, releases and purposes under /agency: translate the request, and wire the service to AWS."""

from __future__ import annotations

import time
from functools import cache
from typing import Any

from consent_ledger.note import VerifierKey
from lambdas.agency_views.models import Models
from lambdas.agency_views.releases import ReleasesView
from lambdas.agency_views.routes import make_resolver
from lambdas.agency_views.service import ViewsService
from lambdas.agency_views.store import S3Releases
from lambdas.shared import clients
from lambdas.shared.agency.desk import Desk
from lambdas.shared.agency.dynamo import DynamoRows
from lambdas.shared.agency.http import respond
from lambdas.shared.agency.resolver import AgencyResolver
from lambdas.shared.agency.sites import Sites
from lambdas.shared.kms_signer import KmsSigner
from lambdas.shared.learning.logged import LogReader, log_reader
from lambdas.shared.learning.store import LearningStore
from lambdas.shared.live_bundle import LiveBundle, bundle_key_name
from lambdas.shared.settings import AwsSettings, listed, variable


def handle(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer one API Gateway event."""
    return respond("agency-views", event, answer=lambda read: routes().resolve(read, context))


@cache
def routes() -> AgencyResolver:
    """Make the routes once for each process; whose table they lead to is told at each request."""
    return make_resolver(_service)


def _service() -> ViewsService:
    aws = AwsSettings.read()
    return compose(
        aws,
        log_reader(aws),
        table=variable("AGENCY_TABLE"),
        sites=variable("AGENCY_SITES"),
        site=variable("SITE"),
        buckets=(variable("SITE_BUCKET"), variable("RELEASE_BUCKET"), variable("LEARNING_BUCKET")),
        agency=(variable("LEDGER_ORIGIN"), variable("AGENCY_KEY_ARN")),
        approvers=listed("APPROVER_KEYS"),
    )


@cache
def compose(
    aws: AwsSettings,
    log: LogReader,
    *,
    table: str,
    sites: str,
    site: str,
    buckets: tuple[str, str, str],
    agency: tuple[str, str],
    approvers: tuple[str, ...],
) -> ViewsService:
    """Wire the service; `buckets` are the site's, releases' and learning's, `agency` the key of bundles."""
    s3 = clients.s3(aws)
    site_bucket, release_bucket, learning_bucket = buckets
    origin, key_arn = agency
    signer = KmsSigner(bundle_key_name(origin), key_arn, clients.kms(aws))
    keys = tuple(VerifierKey.parse(key) for key in approvers)
    return ViewsService(
        Desk(DynamoRows(clients.dynamodb(aws), table), Sites.parse(sites), lambda: int(time.time())),
        Models(site, LearningStore(s3, learning_bucket, site), log, keys),
        ReleasesView(S3Releases(s3, release_bucket), log),
        lambda named: LiveBundle(s3, site_bucket, named, lambda: signer.key),
        log,
    )
