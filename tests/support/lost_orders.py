"""Orders of a deployment whose messages were lost: they are in their rows, and nobody sends them but one."""

from __future__ import annotations

import time
from secrets import token_hex
from typing import Any

from lambdas.resend_orders.store import DynamoWaiting
from lambdas.shared.agency.bucket import BucketFiles
from lambdas.shared.agency.dynamo import DynamoRows
from lambdas.shared.agency.job import Ordered, Outcome
from lambdas.shared.agency.rows import AgencyId
from lambdas.shared.agency.waiting import Waiting, waiting_of
from lambdas.shared.publishing.job import Asked, BringModel, Job, Kill
from nearside.local.stack import Stack
from tests.support import patient

AGES_AGO = 1_795_000_000


def enter(stack: Stack, job: Job) -> None:
    """Write the row of an order, which no message is done without; one that is there stays."""
    rows = DynamoRows(stack.client("dynamodb"), stack.outputs["AgencyTable"])
    rows.write(AgencyId(job.agency), Ordered(job, "somebody", job.asked_at).write)


class Lost:
    """The orders of one site that wait."""

    def __init__(self, stack: Stack, agency: str, site: str) -> None:
        self.stack, self.agency, self.site = stack, AgencyId(agency), site
        self.rows = DynamoWaiting(stack.client("dynamodb"), stack.outputs["AgencyTable"])
        self.files = BucketFiles(stack.client("s3"), stack.outputs["AgencyBucket"])

    def job(self, asked: Asked, number: int) -> Job:
        """A job of its own."""
        return Job(f"{AGES_AGO}-{token_hex(8)}", self.agency, self.site, asked, number)

    def order(self, job: Job) -> None:
        """Write an order down as its transaction does, and send nothing."""
        assert self.rows.write(
            self.agency, Ordered(job, "somebody", AGES_AGO).write, Waiting(job, AGES_AGO).write
        )

    def run(self) -> Any:
        """Let the function look once at what waits."""
        return self.stack.invoke("resend_orders", {})

    def waiting(self) -> int:
        """How many wait."""
        return len(self.rows.page(self.agency, waiting_of(self.site), after="", limit=100))

    def became(self, job: Job) -> Outcome:
        """What became of a job, once something did; then nothing of it waits."""
        ends_at = time.monotonic() + patient.WAIT_S
        while time.monotonic() < ends_at:
            found = self.files.outcome_of(self.agency, self.site, job.id)
            if found is not None:
                return found
            time.sleep(0.1)
        raise AssertionError("nothing became of the order")


def send_again(stack: Stack) -> None:
    """Two orders are lost, one in each queue's way; both come to an end, and nothing of them waits."""
    lost = Lost(stack, stack.outputs["Controller"], stack.outputs["Site"])
    jobs = [lost.job(Kill(("nowhere",)), 100_001), lost.job(BringModel("0" * 64), 100_002)]
    for job in jobs:
        lost.order(job)
    lost.run()
    assert [lost.became(job).version for job in jobs] == [None, None]
    ends_at = time.monotonic() + patient.WAIT_S
    while lost.waiting():
        assert time.monotonic() < ends_at
        lost.run()
