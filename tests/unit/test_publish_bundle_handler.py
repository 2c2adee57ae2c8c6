"""What the function gives back to its queue, and what it does not."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from botocore.exceptions import ClientError

from lambdas.publish_bundle import handler
from lambdas.publish_bundle.ordered import NotOrdered
from lambdas.publish_bundle.result import Done, RefusedJob
from lambdas.shared.publishing.job import Job, Kill
from lambdas.shared.publishing.live_bundle import NotInTime
from lambdas.shared.publishing.paging import Answer, JobMessage, NotPaged, Order, Wanted

AWAY = ClientError({"Error": {"Code": "ServiceUnavailable", "Message": "away"}}, "PutObject")
ID = "1795000000-0123abcd"
JOB = Job(ID, "riverton", "riverton", Kill(None)).to_bytes().decode()


@dataclass
class Played:
    """A service that ends in one way."""

    ends: Done | RefusedJob | Exception

    def do(self, job: Job, answer: Answer | None = None) -> Done | RefusedJob:
        """End."""
        if isinstance(self.ends, Exception):
            raise self.ends
        return self.ends


@pytest.mark.parametrize(
    ("ends", "body", "comes_back"),
    [
        (Done(ID, 2, "ab" * 32, 7, 1), JOB, False),
        (RefusedJob(ID, "kill: no", 1), JOB, False),
        (NotInTime("ledger: late"), JOB, True),
        (NotOrdered("job: the agency ordered no such thing"), JOB, True),
        (AWAY, JOB, True),
        (TimeoutError("job: too many"), JOB, True),
        (Done(ID, 2, "ab" * 32, 7, 1), "{}", True),
        (Done(ID, 2, "ab" * 32, 7, 1), JOB + " ", True),
        (Done(ID, 2, "ab" * 32, 7, 1), "\ud800", True),
    ],
    ids=["done", "refused", "late", "nobody's", "away", "busy", "no job", "not canonical", "no text"],
)
def test_a_message_comes_back_when_nothing_became_of_it(
    monkeypatch: pytest.MonkeyPatch,
    *,
    ends: Done | RefusedJob | Exception,
    body: str,
    comes_back: bool,
) -> None:
    """A refusal is an answer; what could not be read, written or waited for, or nobody ordered, gets none."""
    monkeypatch.setattr(handler, "compose", lambda: Played(ends))
    answer = handler.handle({"Records": [{"messageId": "m", "body": body}]}, None)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m"}] if comes_back else []}


@dataclass
class Queue:
    """A queue that takes messages, or is away."""

    is_away: bool
    sent: list[tuple[str, str]] = field(default_factory=list)

    def send_message(self, *, QueueUrl: str, MessageBody: str) -> None:  # noqa: N803 - the service's names
        """Take a message."""
        if self.is_away:
            raise AWAY
        self.sent.append((QueueUrl, MessageBody))


@pytest.mark.parametrize("is_away", [False, True])
def test_a_job_that_waits_for_pages_is_in_one_queue_or_the_other(
    monkeypatch: pytest.MonkeyPatch, *, is_away: bool
) -> None:
    """It leaves its own only once the other has it; from there it comes back with what came of it."""
    wanted, job, queue = Wanted("ab" * 32, None), Job.from_bytes(JOB.encode()), Queue(is_away)
    monkeypatch.setenv("PAGE_QUEUE_URL", "http://127.0.0.1/pages")
    monkeypatch.setattr(handler, "compose", lambda: Played(NotPaged(wanted)))
    monkeypatch.setattr(handler.clients, "sqs", lambda _: queue)
    monkeypatch.setattr(handler, "AwsSettings", Anywhere)
    answer = handler.handle({"Records": [{"messageId": "m", "body": JOB}]}, None)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m"}] if is_away else []}
    if not is_away:
        ((where, body),) = queue.sent
        assert where == "http://127.0.0.1/pages"
        assert Order.from_bytes(body.encode()) == Order(job, wanted)


class Anywhere:
    """Settings that nothing is read from."""

    @staticmethod
    def read() -> None:
        """Read none."""


def test_an_answer_comes_with_its_job(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was made for a job's pages reaches the service, and the job is the same one."""
    seen: list[tuple[Job, Answer | None]] = []

    class Seeing:
        def do(self, job: Job, answer: Answer | None = None) -> RefusedJob:
            seen.append((job, answer))
            return RefusedJob(job.id, "no", 1)

    monkeypatch.setattr(handler, "compose", Seeing)
    told = JobMessage(
        Job.from_bytes(JOB.encode()), Answer("ab" * 32, {}, "model: the catalogue has no pages")
    )
    for message in (told, JobMessage(told.job)):
        body = message.to_bytes().decode()
        assert handler.handle({"Records": [{"messageId": "m", "body": body}]}, None) == {
            "batchItemFailures": []
        }
    assert seen == [(told.job, told.answer), (told.job, None)]
