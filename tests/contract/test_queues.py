"""Queues on one machine hand out, hide, hand out again and give up as SQS and Lambda do together."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from consent_ledger.errors import Malformed
from nearside.local.functions import LocalFunction
from nearside.local.intrinsics import Resolver
from nearside.local.last_runs import LastRuns
from nearside.local.names import LocalValues
from nearside.local.pollers import QueuePoller, read_pollers
from nearside.local.resources import make_resources
from nearside.local.schedules import SchedulePoller
from nearside.local.template import Scope, load
from tests.support.ministack import MiniStack

pytest_plugins = ["tests.support.ministack"]
TEMPLATE = """
Resources:
  Failures: {{Type: AWS::SQS::Queue}}
  Work:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: {hidden}
      RedrivePolicy: {{deadLetterTargetArn: !GetAtt Failures.Arn, maxReceiveCount: 2}}
  Function:
    Type: AWS::Serverless::Function
    Properties:
      Handler: tests.unit.none
      DeadLetterQueue: {{Type: SQS, TargetArn: {dead}}}
      Events:
        Messages:
          Type: SQS
          Properties:
            Queue: !GetAtt Work.Arn
            {reports}
        Clock: {{Type: Schedule, Properties: {{Schedule: rate(1 day), State: {state}}}}}
"""
PATIENCE_S = 40


@dataclass
class Handler:
    """Does what `answer` says with the bodies of a batch; `seen` are those that it was given."""

    answer: Callable[[list[dict[str, Any]]], Any]
    seen: list[list[str]] = field(default_factory=list)

    def __call__(self, event: dict[str, Any], context: object) -> Any:
        self.seen.append(sorted(record["body"] for record in event["Records"]))
        return self.answer(event["Records"])


@dataclass
class Queues:
    """A deployment of two queues and a function."""

    root: Scope
    values: LocalValues
    sqs: Any
    pool: ThreadPoolExecutor
    runs: LastRuns

    @property
    def path(self) -> str:
        return self.root.resources["Function"].path

    def poller(self, handler: Callable[..., Any], *, timeout_s: int = 1) -> QueuePoller:
        function = LocalFunction("f", "f", handler, {}, timeout_s, 128, self.pool)
        return next(each for each in self.pollers(function) if isinstance(each, QueuePoller))

    def pollers(self, function: LocalFunction) -> tuple[QueuePoller | SchedulePoller, ...]:
        return read_pollers(
            self.root,
            Resolver(self.values),
            functions={self.path: function},
            client=self.sqs,
            runs=self.runs,
        )

    def url(self, name: str) -> str:
        return self.values.ref(self.root.resources[name])

    def send(self, *bodies: str) -> None:
        for body in bodies:
            self.sqs.send_message(QueueUrl=self.url("Work"), MessageBody=body)

    def depth(self, name: str) -> int:
        """How many messages there are, handed out or not."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        attributes = self.sqs.get_queue_attributes(QueueUrl=self.url(name), AttributeNames=names)
        return sum(int(attributes["Attributes"][each]) for each in names)


@pytest.fixture
def queues(ministack: MiniStack, tmp_path: Path) -> Iterator[Callable[..., Queues]]:
    with ThreadPoolExecutor(2) as pool:

        def make(
            reports: str = "BatchSize: 10",
            *,
            hidden: int = 1,
            dead: str = "!GetAtt Failures.Arn",
            state: str = "ENABLED",
        ) -> Queues:
            (tmp_path / "t.yaml").write_text(
                TEMPLATE.format(reports=reports, hidden=hidden, dead=dead, state=state)
            )
            root = load(tmp_path / "t.yaml", stack=tmp_path.name.replace("_", "-")[-40:])
            values = LocalValues(ministack.url, "", {})
            sqs = ministack.client("sqs")
            named = {each: ministack.client(each) for each in ("dynamodb", "s3")}
            make_resources(root, values, dynamodb=named["dynamodb"], s3=named["s3"], sqs=sqs)
            return Queues(root, values, sqs, pool, LastRuns.open(tmp_path, now=0))

        yield make


@pytest.fixture(autouse=True)
def region(monkeypatch: pytest.MonkeyPatch, ministack: MiniStack) -> None:
    """Queues belong to a region; the ARNs of one machine name its own."""
    monkeypatch.setattr("tests.support.ministack.REGION", "us-east-1")


def turn_until(poller: QueuePoller, condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        poller.turn()


def test_what_is_done_is_gone(queues: Callable[..., Queues]) -> None:
    """A batch that a function returned from is deleted."""
    made, handler = queues(), Handler(lambda records: None)
    made.send("a", "b")
    turn_until(made.poller(handler), lambda: sum(map(len, handler.seen)) == 2)
    assert (made.depth("Work"), made.depth("Failures")) == (0, 0)


def test_a_message_that_always_fails_ends_among_the_dead_letters(queues: Callable[..., Queues]) -> None:
    """It is handed out twice, as its queue says, and then nobody gets it again."""
    made = queues()
    handler = Handler(lambda records: (_ for _ in ()).throw(RuntimeError()))
    made.send("poison")
    turn_until(made.poller(handler), lambda: made.depth("Failures") == 1)
    assert handler.seen == [["poison"], ["poison"]]
    assert made.depth("Work") == 0


def test_what_was_not_named_as_failed_is_not_handed_out_again(queues: Callable[..., Queues]) -> None:
    """Of a batch one message fails: the others are done with, and it alone comes back."""
    made = queues("FunctionResponseTypes: [ReportBatchItemFailures]")

    def answer(records: list[dict[str, Any]]) -> Any:
        failed = [record["messageId"] for record in records if record["body"] == "bad"]
        return {"batchItemFailures": [{"itemIdentifier": each} for each in failed]}

    handler = Handler(answer)
    made.send("good", "bad", "fine")
    turn_until(made.poller(handler), lambda: made.depth("Failures") == 1)
    handed = [body for batch in handler.seen for body in batch]
    assert {body: handed.count(body) for body in handed} == {"good": 1, "fine": 1, "bad": 2}


@pytest.mark.parametrize(
    "result",
    [
        {"batchItemFailures": [{"itemIdentifier": "nobody's"}]},
        {"batchItemFailures": [{"itemIdentifier": ""}]},
        {"batchItemFailures": [{}]},
        "text",
    ],
)
def test_an_answer_that_makes_no_sense_is_a_failure_of_all(
    queues: Callable[..., Queues], result: Any
) -> None:
    """As on AWS: nothing is taken for done by a mistake."""
    made = queues("FunctionResponseTypes: [ReportBatchItemFailures]", hidden=60)
    handler = Handler(lambda records: result)
    made.send("a")
    poller = made.poller(handler)
    turn_until(poller, lambda: len(handler.seen) == 1)
    assert made.depth("Work") == 1


def test_a_message_is_hidden_while_it_is_worked_on(queues: Callable[..., Queues]) -> None:
    """Another poller of the same queue does not get it meanwhile."""
    made, other = queues(hidden=60), Handler(lambda records: None)
    handler = Handler(lambda records: made.poller(other).turn())
    made.send("a")
    turn_until(made.poller(handler, timeout_s=30), lambda: len(handler.seen) == 1)
    assert other.seen == []


def test_a_queue_must_hide_messages_for_as_long_as_a_function_may_take(queues: Callable[..., Queues]) -> None:
    """Lambda refuses to be told otherwise, and so does one machine."""
    with pytest.raises(Malformed, match="Function may take longer than its queue hides a message"):
        queues(hidden=1).poller(Handler(lambda records: None), timeout_s=2)


def test_dead_letters_must_have_somewhere_to_go(queues: Callable[..., Queues]) -> None:
    """What a schedule's function fails at is not dropped because of a mistyped name."""
    with pytest.raises(Malformed, match="Function names no queue of this deployment"):
        queues(dead="arn:elsewhere").poller(Handler(lambda records: None))


def test_a_schedule_that_is_switched_off_calls_nobody(queues: Callable[..., Queues]) -> None:
    """`State: DISABLED` means here what it means on AWS; its queue is polled all the same."""
    made = queues(state="DISABLED")
    function = LocalFunction("f", "f", lambda event, context: None, {}, 1, 128, made.pool)
    assert [type(each).__name__ for each in made.pollers(function)] == ["QueuePoller"]


def test_a_queue_of_an_earlier_template_gets_the_new_settings(queues: Callable[..., Queues]) -> None:
    """Messages in it stay."""
    made = queues()
    made.send("kept")
    again = queues(hidden=7)
    attributes = again.sqs.get_queue_attributes(QueueUrl=again.url("Work"), AttributeNames=["All"])
    assert attributes["Attributes"]["VisibilityTimeout"] == "7"
    assert again.depth("Work") == 1
