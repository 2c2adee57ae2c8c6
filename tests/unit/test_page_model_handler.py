"""What the function that makes models gives back to its queue, and what it does once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from lambdas.page_model import handler
from lambdas.page_model.service import PageModelService
from lambdas.shared.publishing.job import Job, Publish
from lambdas.shared.publishing.paging import JobMessage, Order, Wanted
from lambdas.shared.publishing.trained_model import MadeFrom
from tests.support.city import City
from tests.support.publishing_jobs import MemoryFiles, PageFiles

JOB = Job("1795000000-0123abcd", "smallville", "smallville", Publish("ab" * 32, "one"))
ORDER = Order(JOB, Wanted("cd" * 32, None))
AWAY = ClientError({"Error": {"Code": "ServiceUnavailable", "Message": "away"}}, "GetObject")


def made(wanted: Wanted, read: Callable[[str], bytes]) -> Mapping[str, bytes]:
    """Files that need nothing."""
    return {"model.onnx": b"onnx", "model.json": b"card"}


def away(wanted: Wanted, read: Callable[[str], bytes]) -> Mapping[str, bytes]:
    """S3 is away."""
    raise AWAY


def missing(wanted: Wanted, read: Callable[[str], bytes]) -> Mapping[str, bytes]:
    """A file that nobody kept is asked for."""
    return {"model.onnx": read("ef" * 32)}


@pytest.mark.parametrize(
    ("body", "make", "comes_back", "sent"),
    [
        (ORDER.to_bytes().decode(), made, False, 1),
        (ORDER.to_bytes().decode(), missing, False, 1),
        (ORDER.to_bytes().decode(), away, True, 0),
        (JOB.to_bytes().decode(), made, True, 0),
        ("\ud800", made, True, 0),
    ],
    ids=["made", "refused", "away", "no order", "no text"],
)
def test_an_order_comes_back_when_nothing_was_sent_on(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    *,
    body: str,
    make: Callable[[Wanted, Callable[[str], bytes]], Mapping[str, bytes]],
    comes_back: bool,
    sent: int,
) -> None:
    """Why nothing can be made is an answer; what could not be read or reached is none."""
    messages: list[JobMessage] = []
    service = PageModelService(PageFiles(City(tmp_path).shelf, MemoryFiles()), make, messages.append)
    monkeypatch.setattr(handler, "compose", lambda: service)
    answer = handler.handle({"Records": [{"messageId": "m", "body": body}]}, None)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m"}] if comes_back else []}
    assert len(messages) == sent
    for message in messages:
        told = message.answer
        assert told is not None
        assert (message.job, told.to) == (JOB, ORDER.wanted.digest)
        assert bool(told.refused) == (make is missing)


def _delivered(order: Order, times: int) -> dict[str, Any]:
    told = {"ApproximateReceiveCount": str(times)}
    return {"Records": [{"messageId": "m", "body": order.to_bytes().decode(), "attributes": told}]}


@pytest.mark.parametrize("times", [1, 3, 4, 5])
def test_what_ends_its_maker_each_time_is_answered_in_the_end(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, times: int
) -> None:
    """Three deliveries have it made; whoever asked is told by the next, and nothing is tried any more."""
    messages: list[JobMessage] = []

    def ended(wanted: Wanted, read: Callable[[str], bytes]) -> Mapping[str, bytes]:
        raise MemoryError

    service = PageModelService(PageFiles(City(tmp_path).shelf, MemoryFiles()), ended, messages.append)
    monkeypatch.setattr(handler, "compose", lambda: service)
    if times <= 3:
        with pytest.raises(MemoryError):
            handler.handle(_delivered(ORDER, times), None)
        assert messages == []
        return
    assert handler.handle(_delivered(ORDER, times), None) == {"batchItemFailures": []}
    (message,) = messages
    assert message.answer is not None
    assert (message.answer.to, message.answer.files) == (ORDER.wanted.digest, {})
    assert "none could be made" in message.answer.refused


def test_a_rollback_is_made_of_words_where_its_maker_ends_each_time(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What was decided against goes: the fourth delivery has words alone made, to the question that was put.

    Where these end their maker as well, the fifth says so; the queue has no sixth.
    """
    messages: list[JobMessage] = []
    asked: list[Wanted] = []

    def noted(wanted: Wanted, read: Callable[[str], bytes]) -> Mapping[str, bytes]:
        asked.append(wanted)
        return made(wanted, read)

    order = Order(JOB, Wanted("cd" * 32, MadeFrom("ab" * 32, "bc" * 32, "de" * 32), or_words=True))
    service = PageModelService(PageFiles(City(tmp_path).shelf, MemoryFiles()), noted, messages.append)
    monkeypatch.setattr(handler, "compose", lambda: service)
    for times in (3, 4, 5):
        handler.handle(_delivered(order, times), None)
    assert [each.made_from is None for each in asked] == [False, True]
    assert [each.answer.to for each in messages if each.answer] == [order.wanted.digest] * 3
    assert [bool(each.answer.refused) for each in messages if each.answer] == [False, False, True]


def test_nothing_is_made_for_a_job_that_is_over(tmp_path: Path) -> None:
    """An order that was sent again meanwhile makes nothing, and sends nothing."""
    messages: list[JobMessage] = []
    files = MemoryFiles()
    files.settle(JOB, b"{}")
    assert PageModelService(PageFiles(City(tmp_path).shelf, files), away, messages.append).do(ORDER) is None
    assert messages == []
