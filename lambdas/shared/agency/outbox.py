"""Where orders are sent: stops to a queue of their own, which nothing else fills, and the rest to another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.shared.logs import log_event
from lambdas.shared.publishing.job import Job, Kill

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


@dataclass(frozen=True, slots=True)
class Outbox:
    """The publisher's queues, by their URLs."""

    client: SQSClient
    jobs: str
    kills: str

    def send(self, job: Job) -> None:
        """Send a job; where the queue does not take it, that is logged and no more.

        What was ordered is written down already: it is sent again until something became of it.
        """
        queue = self.kills if isinstance(job.asked, Kill) else self.jobs
        try:
            self.client.send_message(QueueUrl=queue, MessageBody=job.to_bytes().decode())
        except (BotoCoreError, ClientError):
            log_event("order-unsent", orders=1)
