"""A witness's three addresses: translate the request, and wire the service to AWS."""

from __future__ import annotations

import time
from functools import cache
from typing import Any, Final

from consent_ledger.ed25519 import verify_claims
from consent_ledger.witness import MAX_REQUEST_BYTES, Witness, known_logs
from lambdas.cosign.service import CosignService
from lambdas.shared import clients
from lambdas.shared.http import Reply, Request, problem, respond
from lambdas.shared.kms_signer import KmsSigner
from lambdas.shared.settings import AwsSettings, listed, variable
from lambdas.shared.witness_store import DynamoWitnessStore

_TEXT: Final = "text/plain; charset=utf-8"


def handle(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer one API Gateway event."""
    service = compose(
        AwsSettings.read(),
        name=variable("WITNESS_NAME"),
        key_id=variable("WITNESS_KEY_ID"),
        table=variable("WITNESS_TABLE"),
        logs=listed("LOG_KEYS"),
    )
    answers = {
        "POST /add-checkpoint": _add_checkpoint,
        "GET /checkpoint/{log}": _latest,
        "GET /key": _key,
    }
    answer = answers[event["routeKey"]]
    return respond("cosign", event, answer=lambda request: answer(request, service))


@cache
def compose(aws: AwsSettings, *, name: str, key_id: str, table: str, logs: tuple[str, ...]) -> CosignService:
    """Wire the witness to its key and its table; `logs` are the verifier keys of the logs that it knows."""
    return CosignService(
        Witness(
            signer=KmsSigner(name, key_id, clients.kms(aws)),
            logs=known_logs(logs),
            store=DynamoWitnessStore(table, client=clients.dynamodb(aws)),
            verify=verify_claims,
            now=lambda: int(time.time()),
        )
    )


def _add_checkpoint(request: Request, service: CosignService) -> Reply:
    if len(request.body) > MAX_REQUEST_BYTES:
        return problem(413, "refused", "request: the body is too large")
    answer = service.add_checkpoint(request.body)
    return Reply(answer.status, answer.body, content_type=answer.content_type)


def _latest(request: Request, service: CosignService) -> Reply:
    note = service.latest(request.path_parameters["log"])
    if note is None:
        return problem(404, "refused", "checkpoint: of a log that is not known here, or not seen yet")
    return Reply(200, note, content_type=_TEXT)


def _key(request: Request, service: CosignService) -> Reply:
    return Reply(200, f"{service.key()}\n".encode(), content_type=_TEXT)
