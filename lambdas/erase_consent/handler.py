"""POST /consent/erasures: translate the request, and wire the service to AWS."""

from __future__ import annotations

from functools import cache
from typing import Any

from consent_ledger.ed25519 import verify_claims
from consent_ledger.erasing import Eraser
from consent_ledger.erasure import BODY_BYTES, EraseRecords
from lambdas.erase_consent.service import EraseConsentService
from lambdas.shared import clients
from lambdas.shared.eraser import read_eraser
from lambdas.shared.http import Reply, Request, require, respond
from lambdas.shared.settings import AwsSettings, variable
from lambdas.shared.wake import waker


def handle(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer one API Gateway event."""
    service = compose(AwsSettings.read(), eraser=read_eraser(), wake_queue=variable("WAKE_QUEUE_URL"))
    return respond("erase-consent", event, answer=lambda request: _answer(request, service))


@cache
def compose(aws: AwsSettings, *, eraser: Eraser, wake_queue: str) -> EraseConsentService:
    """Wire the service."""
    return EraseConsentService(eraser=eraser, verify=verify_claims, wake=waker(clients.sqs(aws), wake_queue))


def _answer(request: Request, service: EraseConsentService) -> Reply:
    body = require(request, content_type="application/json", max_bytes=BODY_BYTES)
    return Reply(202, service.erase(EraseRecords.from_bytes(body)).to_bytes())
