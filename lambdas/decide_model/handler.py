"""Invoked with a signed statement; wires the service to AWS."""

from __future__ import annotations

from time import monotonic_ns
from typing import Any

from consent_ledger.errors import Malformed, Refused, Untrue
from consent_ledger.note import VerifierKey
from lambdas.decide_model.service import DecideModelService
from lambdas.shared import clients
from lambdas.shared.learning.logged import public_log
from lambdas.shared.learning.store import LearningStore
from lambdas.shared.logs import log_event
from lambdas.shared.settings import AwsSettings, listed, variable


def handle(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Take in `{"statement": <text of a signed note>}`.

    Returns `{"step", "proposal", "statement": <its SHA-256>}`, or `{"refused": why}`.
    """
    started_ns = monotonic_ns()
    try:
        signed = compose().decide(_statement(event))
    except (Malformed, Refused, Untrue) as error:
        log_event("decide-model-refused", duration_us=(monotonic_ns() - started_ns) // 1000)
        return {"refused": str(error)}
    log_event("decide-model", duration_us=(monotonic_ns() - started_ns) // 1000)
    return {
        "step": signed.said.step.value,
        "proposal": signed.said.proposal,
        "statement": signed.digest.hex(),
    }


def compose() -> DecideModelService:
    """Wire the service as the function's variables say. Raises `Malformed` for a key that is none."""
    aws, site = AwsSettings.read(), variable("SITE")
    ledger = public_log(aws)
    return DecideModelService(
        site=site,
        store=LearningStore(clients.s3(aws), variable("LEARNING_BUCKET"), site),
        log=ledger.record,
        is_logged=ledger.holds,
        document=ledger.document,
        approvers=tuple(VerifierKey.parse(key) for key in listed("APPROVER_KEYS")),
    )


def _statement(event: dict[str, Any]) -> bytes:
    text = event.get("statement")
    if not isinstance(text, str):
        raise Malformed("statement: not a text")
    return text.encode("utf-8", "surrogatepass")
