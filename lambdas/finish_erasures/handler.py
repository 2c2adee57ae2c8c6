"""Woken by the schedule, whose contents mean nothing: wire the service, run one turn."""

from __future__ import annotations

from functools import cache
from time import monotonic_ns
from typing import Any

from consent_ledger.erasing import Eraser
from lambdas.finish_erasures.service import FinishErasuresService
from lambdas.shared import clients
from lambdas.shared.eraser import read_eraser
from lambdas.shared.logs import log_event
from lambdas.shared.settings import AwsSettings, variable
from lambdas.shared.wake import waker


def handle(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Run one turn; what it did not reach is there at the next one."""
    service = compose(AwsSettings.read(), eraser=read_eraser(), wake_queue=variable("WAKE_QUEUE_URL"))
    started_ns = monotonic_ns()
    found = service.turn()
    log_event("finish-erasures", found=found, duration_us=(monotonic_ns() - started_ns) // 1000)
    return {"found": found}


@cache
def compose(aws: AwsSettings, *, eraser: Eraser, wake_queue: str) -> FinishErasuresService:
    """Wire the service."""
    return FinishErasuresService(eraser=eraser, wake=waker(clients.sqs(aws), wake_queue))
