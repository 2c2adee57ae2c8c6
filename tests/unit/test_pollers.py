"""What reads a queue goes on reading it, whatever one answer was."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any, cast

from nearside.local.function_log import LOG, logging_functions
from nearside.local.functions import LocalFunction
from nearside.local.pollers import QueuePoller


class Client:
    """SQS that answers what makes no sense at first, and what does afterwards."""

    def __init__(self, stop: Event) -> None:
        self.stop = stop
        self.answers: list[Any] = [None, {"Messages": [{"canary-81": 1}]}, RuntimeError("canary-81")]
        self.deleted: list[str] = []

    def receive_message(self, **asked: Any) -> Any:
        if not self.answers:
            message = {"MessageId": "one", "ReceiptHandle": "r", "Body": "b", "MD5OfBody": "m"}
            return {"Messages": [message]}
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def delete_message(self, **asked: Any) -> None:
        self.deleted.append(asked["ReceiptHandle"])
        self.stop.set()


class Stop(Event):
    """Nobody waits here."""

    def wait(self, timeout: float | None = None) -> bool:
        return self.is_set()


def test_no_answer_ends_the_reading_of_a_queue(tmp_path: Path) -> None:
    """None, half a message and an error: each is said by its kind, and the next message is worked on."""
    stop = Stop()
    client = Client(stop)
    with ThreadPoolExecutor(1) as pool, logging_functions(tmp_path):
        function = LocalFunction(
            "f", "f", lambda event, context: None, {"NEARSIDE_FUNCTION": "f"}, 5, 128, pool
        )
        QueuePoller(function, cast(Any, client), "url", "arn", 10, reports_failures=False).run(stop)
    assert client.deleted == ["r"]
    said = (tmp_path / LOG).read_text()
    assert said.count('"message":"failed-') == 2, said
    assert "canary" not in said
