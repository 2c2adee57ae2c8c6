"""What calls functions without a visitor: queues here, schedules in `schedules`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError

from consent_ledger.errors import Malformed
from lambdas.shared.logs import log_failure
from lambdas.shared.settings import environment
from nearside.local.events import queue_event
from nearside.local.functions import LocalFunction
from nearside.local.intrinsics import Resolver
from nearside.local.last_runs import LastRuns
from nearside.local.schedules import DeadLetters, SchedulePoller, read_schedule
from nearside.local.template import Resource, Scope, walk

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

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
        """Poll until told to stop, whatever goes wrong: nobody else reads this queue."""
        while not stop.is_set():
            try:
                self.turn()
            except (BotoCoreError, ClientError):
                # It may be stopping, or did not answer in time.
                stop.wait(_WAIT_S)
            except Exception as error:
                with environment(self.function.variables):
                    log_failure(error)
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
    root: Scope,
    resolver: Resolver,
    *,
    functions: Mapping[str, LocalFunction],
    client: SQSClient,
    runs: LastRuns,
) -> tuple[QueuePoller | SchedulePoller, ...]:
    """Read the queues and schedules of all functions. Raises `Malformed` for what is not known here."""
    queues = _Queues.of(root, resolver, client)
    pollers: list[QueuePoller | SchedulePoller] = []
    for resource in walk(root):
        if resource.path not in functions:
            continue
        function = functions[resource.path]
        for name, event in resource.properties.get("Events", {}).items():
            if event["Type"] not in {"SQS", "Schedule"}:
                continue
            properties = resolver.resolve(event["Properties"], resource.scope)
            if not _is_enabled(properties):
                continue
            if event["Type"] == "SQS":
                pollers.append(queues.poller(resource, function, properties))
            else:
                dead_letters = queues.dead_letters(resource, resolver)
                pollers.append(
                    read_schedule(
                        resource,
                        name,
                        properties,
                        function=function,
                        dead_letters=dead_letters,
                        runs=runs,
                    )
                )
    return tuple(pollers)


@dataclass(frozen=True, slots=True)
class _Queues:
    """The queues of a deployment by ARN: their URLs, and for how long each hides a message that was taken."""

    client: SQSClient
    urls: Mapping[str, str]
    hidden_s: Mapping[str, int]

    @classmethod
    def of(cls, root: Scope, resolver: Resolver, client: SQSClient) -> _Queues:
        found = [each for each in walk(root) if each.type == "AWS::SQS::Queue" and resolver.exists(each)]
        arns = [resolver.values.attribute(each, "Arn") for each in found]
        return cls(
            client,
            {arn: resolver.values.ref(each) for arn, each in zip(arns, found, strict=True)},
            {
                arn: int(resolver.resolve(each.properties.get("VisibilityTimeout", 30), each.scope))
                for arn, each in zip(arns, found, strict=True)
            },
        )

    def poller(
        self, resource: Resource, function: LocalFunction, properties: Mapping[str, Any]
    ) -> QueuePoller:
        arn = properties["Queue"]
        if arn not in self.urls:
            raise Malformed(f"template: {resource.path} takes messages of a queue that is not there")
        # Lambda refuses it too: a message would be handed out again while it is worked on.
        if self.hidden_s[arn] < function.timeout_s:
            raise Malformed(f"template: {resource.path} may take longer than its queue hides a message")
        return QueuePoller(
            function=function,
            client=self.client,
            queue_url=self.urls[arn],
            queue_arn=arn,
            batch=properties.get("BatchSize", 10),
            reports_failures="ReportBatchItemFailures" in properties.get("FunctionResponseTypes", ()),
        )

    def dead_letters(self, resource: Resource, resolver: Resolver) -> DeadLetters | None:
        """What takes the events that a function failed to handle, where its template names a queue."""
        asked = resource.properties.get("DeadLetterQueue")
        if asked is None:
            return None
        where = resolver.resolve(asked, resource.scope)
        if where.get("Type") != "SQS" or where.get("TargetArn") not in self.urls:
            raise Malformed(f"template: {resource.path} names no queue of this deployment for what failed")
        url = self.urls[where["TargetArn"]]

        def send(event: dict[str, Any]) -> None:
            self.client.send_message(
                QueueUrl=url,
                MessageBody=json.dumps(event),
                MessageAttributes={
                    "RequestID": {"DataType": "String", "StringValue": str(uuid4())},
                    "ErrorCode": {"DataType": "Number", "StringValue": "200"},
                },
            )

        return send


def _is_enabled(properties: Mapping[str, Any]) -> bool:
    return properties.get("Enabled", True) is not False and properties.get("State") != "DISABLED"


def _failed(result: Any) -> frozenset[str]:
    failures = (result or {}).get("batchItemFailures") or ()
    return frozenset(failure["itemIdentifier"] for failure in failures)
