"""Invoked for one task and week, or by the schedule for all that are due; wires the service to AWS."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from functools import cache
from time import monotonic_ns, sleep
from typing import Any, Final

from botocore.exceptions import ClientError

from consent_ledger import leaf, log
from consent_ledger.errors import Malformed, Refused, Untrue
from edge_client.wire.cost import Limit
from edge_client.wire.release import Mechanism
from lambdas.make_release.budgets import DynamoBudgets
from lambdas.make_release.chance import Chance, seeded
from lambdas.make_release.pace import in_whole_steps
from lambdas.make_release.service import MakeReleaseService
from lambdas.make_release.settled import DynamoSettled
from lambdas.make_release.spending import Spending
from lambdas.make_release.store import S3Releases
from lambdas.shared import clients
from lambdas.shared.kms_signer import KmsSigner
from lambdas.shared.ledger_documents import S3Documents
from lambdas.shared.ledger_storage import DynamoS3Storage
from lambdas.shared.live_bundle import LiveBundle, bundle_key_name
from lambdas.shared.logs import log_event
from lambdas.shared.measurement.dynamo import DynamoBatches
from lambdas.shared.measurement.periods import due, first_day
from lambdas.shared.settings import AwsSettings, variable
from lambdas.shared.wake import waker

WEEKS: Final = 4
"""How far the schedule looks back, so that a failed day is made up for."""


def handle(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Release what the event names: `{"task":..., "period":...}`, either or both left out for all.

    Returns `{"releases": [{"task", "period", "key"}...], "refused": [{"task", "period", "why"}...]}`, after
    whole tens of seconds where the call is metered.
    """
    with in_whole_steps(context, now_ns=monotonic_ns, sleep=sleep):
        answer, weeks_left = _release(event)
    # The line's own time tells when it was written: after the wait.
    log_event(
        "make-release",
        released=len(answer["releases"]),
        refused=len(answer["refused"]),
        budget_weeks=weeks_left,
    )
    return answer


def _release(event: dict[str, Any]) -> tuple[dict[str, list[dict[str, str]]], int]:
    service = compose(
        AwsSettings.read(),
        site=variable("SITE"),
        buckets=(variable("SITE_BUCKET"), variable("RELEASE_BUCKET"), variable("LEDGER_BUCKET")),
        tables=(variable("MEASUREMENT_TABLE"), variable("LEDGER_TABLE"), variable("BUDGET_TABLE")),
        wake_queue=variable("WAKE_QUEUE_URL"),
        mechanism=variable("RELEASE_MECHANISM"),
        limit=Limit(
            int(variable("BUDGET_EPSILON_MILLI")),
            int(variable("BUDGET_DELTA_PPB")),
            int(variable("BUDGET_DAYS")),
        ),
        agency=(variable("LEDGER_ORIGIN"), variable("AGENCY_KEY_ARN")),
    )
    releases: list[dict[str, str]] = []
    refused: list[dict[str, str]] = []
    for task_id, period in _asked(event, service):
        try:
            service.release(task_id, period)
            releases.append({"task": task_id, "period": period, "key": f"releases/{task_id}/{period}.json"})
        except (Malformed, Refused, Untrue) as error:
            # One batch that cannot be released keeps no other from its release.
            refused.append({"task": task_id, "period": period, "why": str(error)})
        except ClientError as error:
            # Its kind alone: what a service says of an error names rows.
            why = f"release: {error.operation_name} failed with {error.response['Error']['Code']}"
            refused.append({"task": task_id, "period": period, "why": why})
    return {"releases": releases, "refused": refused}, service.spending.weeks_left(service.site)


@cache
def compose(
    aws: AwsSettings,
    *,
    site: str,
    buckets: tuple[str, str, str],
    tables: tuple[str, str, str],
    wake_queue: str,
    mechanism: str,
    limit: Limit,
    agency: tuple[str, str],
) -> MakeReleaseService:
    """Wire the service; `buckets` are site, releases and ledger, `tables` measurement, ledger and budgets.

    `limit` is what a site's devices may lose; `agency` is the ledger's origin and the key of bundles.
    """
    dynamodb, s3 = clients.dynamodb(aws), clients.s3(aws)
    site_bucket, release_bucket, ledger_bucket = buckets
    measurement_table, ledger_table, budget_table = tables
    ledger = DynamoS3Storage(ledger_table, ledger_bucket, dynamodb_client=dynamodb, s3_client=s3)
    documents = S3Documents(s3, ledger_bucket)
    wake = waker(clients.sqs(aws), wake_queue)
    origin, key_arn = agency
    signer = KmsSigner(bundle_key_name(origin), key_arn, clients.kms(aws))

    def record(entry: leaf.BudgetLeaf, release: bytes) -> None:
        documents.put(release)
        log.accept(ledger, leaf.to_bytes(entry))
        wake()

    return MakeReleaseService(
        site=site,
        bundle=LiveBundle(s3, site_bucket, site, lambda: signer.key),
        batches=DynamoBatches(dynamodb, measurement_table, secrets.randbelow),
        releases=S3Releases(s3, release_bucket),
        settled=DynamoSettled(dynamodb, budget_table, site),
        log=record,
        spending=Spending(DynamoBudgets(dynamodb, budget_table), limit),
        mechanism=Mechanism(mechanism),
        below=lambda seed: Chance(seeded(seed)).below,
        now=lambda: datetime.now(UTC),
    )


def _asked(event: dict[str, Any], service: MakeReleaseService) -> list[tuple[str, str]]:
    task, period = event.get("task"), event.get("period")
    if not (task is None or isinstance(task, str)) or not (period is None or isinstance(period, str)):
        raise Malformed("release: task and period are texts")
    if period is not None:
        first_day(period)
    periods = due(at=datetime.now(UTC), weeks=WEEKS) if period is None else (period,)
    service.register_announced()
    return [
        (task_id, week)
        for week in periods
        for task_id in (service.tasks_of(week) if task is None else (task,))
    ]
