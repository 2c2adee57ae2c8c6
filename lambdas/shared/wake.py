"""Wakes the sequencer, or the publisher, with a message that says nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.shared.logs import log_event

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


def waker(client: SQSClient, queue_url: str) -> Callable[[], None]:
    """Return what wakes whoever reads the queue; it never fails: a schedule makes up for a lost message."""

    def wake() -> None:
        try:
            client.send_message(QueueUrl=queue_url, MessageBody="pending")
        except (BotoCoreError, ClientError):
            log_event("wake-failed", count=1)

    return wake
