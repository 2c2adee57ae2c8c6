"""What the function gives back to its queue, and what it does not."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from botocore.exceptions import ClientError

from lambdas.publish_bundle import handler
from lambdas.publish_bundle.result import Done, RefusedJob
from lambdas.shared.publishing.job import Job, Kill
from lambdas.shared.publishing.live_bundle import NotInTime

AWAY = ClientError({"Error": {"Code": "ServiceUnavailable", "Message": "away"}}, "PutObject")
ID = "1795000000-0123abcd"
JOB = Job(ID, "riverton", "riverton", Kill(None)).to_bytes().decode()


@dataclass
class Played:
    """A service that ends in one way."""

    ends: Done | RefusedJob | Exception

    def do(self, job: Job) -> Done | RefusedJob:
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
        (AWAY, JOB, True),
        (TimeoutError("job: too many"), JOB, True),
        (Done(ID, 2, "ab" * 32, 7, 1), "{}", True),
        (Done(ID, 2, "ab" * 32, 7, 1), JOB + " ", True),
        (Done(ID, 2, "ab" * 32, 7, 1), "\ud800", True),
    ],
    ids=["done", "refused", "late", "away", "busy", "no job", "not canonical", "no text"],
)
def test_a_message_comes_back_when_nothing_became_of_it(
    monkeypatch: pytest.MonkeyPatch,
    *,
    ends: Done | RefusedJob | Exception,
    body: str,
    comes_back: bool,
) -> None:
    """A refusal is an answer; what could not be read, written or waited for is none."""
    monkeypatch.setattr(handler, "compose", lambda: Played(ends))
    answer = handler.handle({"Records": [{"messageId": "m", "body": body}]}, None)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m"}] if comes_back else []}
