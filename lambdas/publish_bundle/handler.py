"""Fed by the queue of jobs, one at a time; wires the service to AWS."""

from __future__ import annotations

import time
from functools import cache
from time import monotonic_ns
from typing import Any, Final

from botocore.exceptions import ClientError

from consent_ledger.cosignature import WitnessKey
from consent_ledger.errors import Malformed
from consent_ledger.keys import KeyList
from consent_ledger.leaf import ModelLeaf
from consent_ledger.note import VerifierKey
from lambdas.publish_bundle.decided import DecidedModels
from lambdas.publish_bundle.ordered import NotOrdered, OrderedAlone
from lambdas.publish_bundle.ports import Press
from lambdas.publish_bundle.result import Done, RefusedJob
from lambdas.publish_bundle.service import PublishBundleService
from lambdas.publish_bundle.store import S3Files
from lambdas.shared import clients
from lambdas.shared.agency.dynamo import DynamoRows
from lambdas.shared.agency.sites import Sites
from lambdas.shared.kms_signer import KmsSigner
from lambdas.shared.learning.learning import Learning
from lambdas.shared.learning.logged import PublicLog, public_log
from lambdas.shared.learning.store import LearningStore
from lambdas.shared.live_bundle import bundle_key_name
from lambdas.shared.logs import log_event
from lambdas.shared.publishing.deployed_log import DeployedLog
from lambdas.shared.publishing.live_bundle import NotInTime
from lambdas.shared.publishing.paging import JobMessage, NotPaged, Order
from lambdas.shared.publishing.site_shelf import S3Shelf
from lambdas.shared.settings import AwsSettings, listed, variable

WAIT_S: Final = 40.0
"""How long to wait for the log: twice that, for what a crash left and for the job itself, is less than the
function's time."""


def handle(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Do each message's job; what cannot be read, nobody ordered, or the log was too late for, comes back."""
    failed: list[dict[str, str]] = []
    for record in event.get("Records", ()):
        started_ns = monotonic_ns()
        try:
            asked = JobMessage.from_bytes(record["body"].encode("utf-8", "surrogatepass"))
            made = _do(asked)
        except (Malformed, NotOrdered, NotInTime, ClientError, TimeoutError):
            # What cannot be read has no place for an answer, and what is nobody's order gets none: in the end
            # the dead letters tell.
            failed.append({"itemIdentifier": record["messageId"]})
            continue
        if made is None:
            continue
        log_event(
            "publish-bundle",
            refused=int(isinstance(made, RefusedJob)),
            version=0 if isinstance(made, RefusedJob) else made.version,
            duration_us=(monotonic_ns() - started_ns) // 1000,
        )
    log_event("publish-bundle-jobs", jobs=len(event.get("Records", ())), failed=len(failed))
    return {"batchItemFailures": failed}


def _do(asked: JobMessage) -> Done | RefusedJob | None:
    """Do a job; None where it waits for a model of its pages, and whoever makes that sends it on."""
    try:
        return compose().do(asked.job, asked.answer)
    except NotPaged as waits:
        order = Order(asked.job, waits.wanted)
    sqs = clients.sqs(AwsSettings.read())
    sqs.send_message(QueueUrl=variable("PAGE_QUEUE_URL"), MessageBody=order.to_bytes().decode())
    log_event("publish-bundle-waits", jobs=1)
    return None


def compose() -> OrderedAlone:
    """Wire the service as the function's variables say. Raises `Malformed` for a key that is none."""
    aws = AwsSettings.read()
    s3, kms, ledger = clients.s3(aws), clients.kms(aws), public_log(aws)
    origin = variable("LEDGER_ORIGIN")
    agency = KmsSigner(bundle_key_name(origin), variable("AGENCY_KEY_ARN"), kms)
    shelf = S3Shelf(s3, variable("SITE_BUCKET"))
    keys = KeyList.of(
        origin,
        [KmsSigner(origin, variable("LEDGER_KEY_ID"), kms).key],
        witnesses=[WitnessKey.parse(vkey) for vkey in listed("WITNESS_KEYS")],
        quorum=int(variable("QUORUM")),
        bundles=[agency.key],
    )
    publisher = PublishBundleService(
        files=S3Files(s3, variable("AGENCY_BUCKET")),
        press=Press(
            shelf,
            DeployedLog(ledger.storage, ledger.shelf, ledger.wake, WAIT_S),
            keys,
            agency,
            ledger.shelf.read,
        ),
        owner_of=Sites.parse(variable("AGENCY_SITES")).owner_of,
        decided=lambda site: _decided(LearningStore(s3, variable("LEARNING_BUCKET"), site), ledger, shelf),
        now=lambda: int(time.time()),
    )
    return OrderedAlone(DynamoRows(clients.dynamodb(aws), variable("AGENCY_TABLE")), publisher)


def _decided(store: LearningStore, ledger: PublicLog, shelf: S3Shelf) -> DecidedModels:
    approvers = tuple(VerifierKey.parse(key) for key in listed("APPROVER_KEYS"))

    @cache
    def is_logged(entry: ModelLeaf) -> bool:
        return ledger.holds(entry)

    return DecidedModels(
        lambda: Learning.of(store.proposals(), store.statements(), is_logged=is_logged, approvers=approvers),
        shelf,
        store.file,
        approvers,
    )
