"""What calls functions without a visitor: queues and schedules."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError

from consent_ledger.errors import Malformed
from nearside.local.events import queue_event, schedule_event
from nearside.local.functions import LocalFunction
from nearside.local.intrinsics import Resolver
from nearside.local.template import Resource, Scope, walk

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

_RATE: Final = re.compile(r"rate\(([1-9][0-9]*) (minute|hour|day)s?\)")
_SECONDS: Final = {"minute": 60, "hour": 3600, "day": 86400}
_WAIT_S: Final = 1


@dataclass(frozen=True, slots=True)
class QueuePoller:
    """An event source: batches of a queue's messages to one function.

    Messages that the function did not name as failed are deleted; the others come back when their
    visibility runs out, and the queue itself moves them to its dead-letter queue in the end.
    """

    function: LocalFunction
    client: SQSClient
    queue_url: str
    queue_arn: str
    batch: int
    reports_failures: bool

    def run(self, stop: Event) -> None:
        """Poll until told to stop."""
        while not stop.is_set():
            try:
                self.turn()
            except (BotoCoreError, ClientError):
                stop.wait(_WAIT_S)

    def turn(self) -> int:
        """Handle at most one batch; return how many messages were done with."""
        received = self.client.receive_message(
            QueueUrl=self.queue_url,
            MaxNumberOfMessages=self.batch,
            WaitTimeSeconds=_WAIT_S,
            MessageSystemAttributeNames=["All"],
        ).get("Messages", [])
        if not received:
            return 0
        done = self._done(received)
        for message in done:
            self.client.delete_message(QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"])
        return len(done)

    def _done(self, received: list[MessageTypeDef]) -> list[MessageTypeDef]:
        try:
            result = self.function.invoke(queue_event(received, queue_arn=self.queue_arn))
            failed = _failed(result) if self.reports_failures else frozenset()
        except Exception:
            # As Lambda: a function that raises has done nothing for any message of its batch.
            return []
        known = {message["MessageId"] for message in received}
        if not failed <= known:
            return []
        return [message for message in received if message["MessageId"] not in failed]


@dataclass(frozen=True, slots=True)
class SchedulePoller:
    """Calls one function every so often."""

    function: LocalFunction
    rule: str
    every_s: int

    def run(self, stop: Event) -> None:
        """Call until told to stop, the first time after one interval."""
        while not stop.wait(self.every_s):
            event = schedule_event(self.rule, event_id=str(uuid4()), at=datetime.now(UTC))
            # The function has logged what it could; the next call is the retry.
            with suppress(Exception):
                self.function.invoke(event)


@contextmanager
def polling(pollers: tuple[QueuePoller | SchedulePoller, ...]) -> Iterator[None]:
    """Run every poller in a thread of its own; on the way out, stop them and wait for what they are at."""
    stop = Event()
    with ExitStack() as stack:
        threads = [Thread(target=poller.run, args=(stop,), name=type(poller).__name__) for poller in pollers]
        for thread in threads:
            stack.callback(thread.join)
            thread.start()
        stack.callback(stop.set)
        yield


def read_pollers(
    root: Scope, resolver: Resolver, *, functions: Mapping[str, LocalFunction], client: SQSClient
) -> tuple[QueuePoller | SchedulePoller, ...]:
    """Read the queues and schedules of all functions. Raises `Malformed` for what is not known here."""
    queue_urls: dict[str, str] = {
        resolver.values.attribute(resource, "Arn"): resolver.values.ref(resource)
        for resource in walk(root)
        if resource.type == "AWS::SQS::Queue"
    }
    pollers: list[QueuePoller | SchedulePoller] = []
    for resource in walk(root):
        if resource.path not in functions:
            continue
        function = functions[resource.path]
        for name, event in resource.properties.get("Events", {}).items():
            if event["Type"] == "SQS":
                properties = resolver.resolve(event["Properties"], resource.scope)
                pollers.append(_queue(function, properties, queue_urls, client))
            elif event["Type"] == "Schedule":
                properties = resolver.resolve(event["Properties"], resource.scope)
                pollers.append(_schedule(resource, name, function, properties))
    return tuple(pollers)


def _queue(
    function: LocalFunction, properties: Mapping[str, Any], queue_urls: Mapping[str, str], client: SQSClient
) -> QueuePoller:
    arn = properties["Queue"]
    if arn not in queue_urls:
        raise Malformed("template: an event source is not a queue of this deployment")
    return QueuePoller(
        function=function,
        client=client,
        queue_url=queue_urls[arn],
        queue_arn=arn,
        batch=properties.get("BatchSize", 10),
        reports_failures="ReportBatchItemFailures" in properties.get("FunctionResponseTypes", ()),
    )


def _schedule(
    resource: Resource, name: str, function: LocalFunction, properties: Mapping[str, Any]
) -> SchedulePoller:
    rate = _RATE.fullmatch(properties["Schedule"])
    if rate is None:
        raise Malformed(f"template: {resource.path} has a schedule that is not a rate")
    return SchedulePoller(function, f"{resource.logical_id}{name}", int(rate[1]) * _SECONDS[rate[2]])


def _failed(result: Any) -> frozenset[str]:
    failures = (result or {}).get("batchItemFailures") or ()
    return frozenset(failure["itemIdentifier"] for failure in failures)
