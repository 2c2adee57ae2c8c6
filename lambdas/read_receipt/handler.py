"""GET /consent/receipts/{entry}: translate the request, and wire the service to AWS."""

from __future__ import annotations

from functools import cache
from typing import Any

from lambdas.read_receipt.service import ReadReceiptService
from lambdas.shared import clients
from lambdas.shared.http import Reply, Request, problem, respond
from lambdas.shared.ledger_storage import DynamoS3Storage
from lambdas.shared.settings import AwsSettings, variable


def handle(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer one API Gateway event."""
    service = compose(AwsSettings.read(), table=variable("LEDGER_TABLE"), bucket=variable("LEDGER_BUCKET"))
    return respond("read-receipt", event, answer=lambda request: _answer(request, service))


@cache
def compose(aws: AwsSettings, *, table: str, bucket: str) -> ReadReceiptService:
    """Wire the service to its table and bucket."""
    return ReadReceiptService(
        DynamoS3Storage(table, bucket, dynamodb_client=clients.dynamodb(aws), s3_client=clients.s3(aws))
    )


def _answer(request: Request, service: ReadReceiptService) -> Reply:
    proof = service.proof(request.path_parameters["entry"])
    if proof is None:
        return problem(
            404, "refused", "receipt: not published yet, or not known", headers={"retry-after": "1"}
        )
    return Reply(200, proof.encode("utf-8"), content_type="text/plain; charset=utf-8")
