"""Fed by the queue of orders for pages; wires the service to AWS."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import monotonic_ns
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from consent_ledger.errors import Malformed
from lambdas.page_model.service import PageModelService
from lambdas.page_model.store import S3Files
from lambdas.shared import clients
from lambdas.shared.logs import log_event
from lambdas.shared.publishing.paging import JobMessage, Order, Wanted
from lambdas.shared.settings import AwsSettings, variable


def handle(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Do each message's order; those that cannot be read, or that a service was away for, come back."""
    failed: list[dict[str, str]] = []
    for record in event.get("Records", ()):
        started_ns = monotonic_ns()
        try:
            order = Order.from_bytes(record["body"].encode("utf-8", "surrogatepass"))
            answer = compose().do(order, received=_received(record))
        except (Malformed, BotoCoreError, ClientError, TimeoutError):
            failed.append({"itemIdentifier": record["messageId"]})
            continue
        log_event(
            "page-model",
            over=int(answer is None),
            refused=int(answer is not None and bool(answer.refused)),
            duration_us=(monotonic_ns() - started_ns) // 1000,
        )
    log_event("page-model-orders", orders=len(event.get("Records", ())), failed=len(failed))
    return {"batchItemFailures": failed}


def _received(record: dict[str, Any]) -> int:
    """How often its message was delivered, as the queue tells."""
    told = str(record.get("attributes", {}).get("ApproximateReceiveCount", 1))
    return int(told) if told.isdecimal() else 1


def compose() -> PageModelService:
    """Wire the service as the function's variables say."""
    aws, queue = AwsSettings.read(), variable("JOB_QUEUE_URL")
    sqs = clients.sqs(aws)

    def send(asked: JobMessage) -> None:
        sqs.send_message(QueueUrl=queue, MessageBody=asked.to_bytes().decode())

    files = S3Files(clients.s3(aws), variable("SITE_BUCKET"), variable("AGENCY_BUCKET"))
    return PageModelService(files, _make, send)


def _make(wanted: Wanted, read: Callable[[str], bytes]) -> Mapping[str, bytes]:
    # NumPy, scikit-learn and ONNX Runtime take seconds to import: what cannot be read does not wait for them.
    from lambdas.page_model.maker import make

    return make(wanted, read)
