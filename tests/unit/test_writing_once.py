"""An object that is written once is there when it counts as written, whatever S3 says in between."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError

from lambdas.page_model.store import S3Files as PageFiles
from lambdas.publish_bundle.store import S3Files as JobFiles
from lambdas.shared import writing_once
from lambdas.shared.agency.bucket import BucketFiles
from lambdas.shared.agency.failures import Busy
from lambdas.shared.agency.rows import AgencyId
from lambdas.shared.publishing.job import Job, Revive

JOB = Job("1795000000-0123abcd", "smallville", "smallville", Revive())


@dataclass
class Bucket:
    """S3 that answers so first, and keeps what comes afterwards."""

    answers: Iterable[str]
    kept: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin with the first answer."""
        self.left: Iterator[str] = iter(self.answers)

    def put_object(self, **put: Any) -> None:
        """Keep it, or say why not."""
        assert put["IfNoneMatch"] == "*"
        code = next(self.left, "")
        if code:
            raise ClientError({"Error": {"Code": code, "Message": "told"}}, "PutObject")
        self.kept.append(put["Body"])


Write = Callable[[Any], object]
WRITES: dict[str, Write] = {
    "an agency's file": lambda s3: BucketFiles(s3, "b").put(AgencyId("smallville"), "smallville", b"file"),
    "a file that was made": lambda s3: PageFiles(s3, "a", "b").keep(JOB, b"file"),
    "what became of a job": lambda s3: JobFiles(s3, "b").settle(JOB, b"file"),
}
writes = pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing_once, "_PAUSE_S", 0)


@writes
@pytest.mark.parametrize("code", ["ConditionalRequestConflict", "409"])
def test_what_met_another_write_is_written_again(write: Write, code: str) -> None:
    """The other may have come to nothing: a conflict does not say that anything is there."""
    bucket = Bucket([code, code])
    write(bucket)
    assert bucket.kept == [b"file"]


@writes
@pytest.mark.parametrize("code", ["PreconditionFailed", "412"])
def test_what_is_there_stays(write: Write, code: str) -> None:
    """The one who comes second is content, and tries nothing more."""
    bucket = Bucket([code])
    write(bucket)
    assert bucket.kept == []
    assert list(bucket.left) == []


@writes
def test_what_is_not_written_does_not_count_as_written(write: Write) -> None:
    """Conflicts without end are an error, and so is anything else that S3 says."""
    with pytest.raises((TimeoutError, Busy), match="too many conflicting writes"):
        write(Bucket(["409"] * 99))
    with pytest.raises(ClientError):
        write(Bucket(["AccessDenied"]))
