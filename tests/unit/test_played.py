"""What nobody plays on one machine is refused by the name of its resource, and never passed over."""

from __future__ import annotations

from pathlib import Path

import pytest

from consent_ledger.errors import Malformed, Refused
from nearside.local.intrinsics import Resolver
from nearside.local.names import LocalValues
from nearside.local.played import check_played
from nearside.local.resources import make_resources
from nearside.local.template import load
from tests.support.templates import ROOT

STREAM = "Table: {Type: AWS::DynamoDB::Table, Properties: {StreamSpecification: {StreamViewType: KEYS_ONLY}}}"
URL = "Function: {Type: AWS::Serverless::Function, Properties: {FunctionUrlConfig: {AuthType: NONE}}}"


def check(tmp_path: Path, resources: str) -> None:
    file = tmp_path / "t.yaml"
    file.write_text(f"Conditions: {{Never: !Equals [a, b]}}\nResources:\n  {resources}\n")
    check_played(load(file), Resolver(LocalValues("", "", {})))


def function_on(event: str) -> str:
    events = "{Handler: a.b, Events: {One: {" + event + "}}}"
    return "Function: {Type: AWS::Serverless::Function, Properties: " + events + "}"


@pytest.mark.parametrize(
    ("resources", "said"),
    [
        (STREAM, "Table has StreamSpecification"),
        (URL, "Function has FunctionUrlConfig"),
        (function_on("Type: DynamoDB"), "Function waits for DynamoDB"),
        (function_on("Type: EventBridgeRule"), "Function waits for EventBridgeRule"),
        (function_on("Type: ScheduleV2"), "Function waits for ScheduleV2"),
        (function_on("Type: S3"), "Function waits for S3"),
        (
            function_on("Type: SQS, Properties: {FilterCriteria: {Filters: []}}"),
            "Function waits for SQS with FilterCriteria",
        ),
        (
            function_on("Type: Schedule, Properties: {Schedule: rate(1 day), Input: '{}'}"),
            "Function waits for Schedule with Input",
        ),
        ("Queue: {Type: AWS::SQS::Queue, Properties: {FifoQueue: true}}", "Queue has FifoQueue"),
        (
            "Bucket: {Type: AWS::S3::Bucket, Properties: {LifecycleConfiguration: {}}}",
            "Bucket has LifecycleConfiguration",
        ),
        (
            "Function: {Type: AWS::Serverless::Function, Properties: {EventInvokeConfig: "
            "{DestinationConfig: {}}}}",
            "Function has EventInvokeConfig with DestinationConfig",
        ),
    ],
)
def test_a_part_that_nobody_plays_is_refused_by_its_name(tmp_path: Path, resources: str, said: str) -> None:
    """A stream that nothing reads, a door of a function's own, a filter that filters nothing."""
    with pytest.raises(Refused, match=f"template: {said}, which nobody plays here"):
        check(tmp_path, resources)


def test_what_is_not_made_is_not_refused(tmp_path: Path) -> None:
    """A resource whose condition does not hold is not there; the same one is refused where it is."""
    with pytest.raises(Refused):
        check(tmp_path, STREAM)
    check(tmp_path, STREAM.replace("Table,", "Table, Condition: Never,"))


@pytest.mark.parametrize("kind", ["AWS::Events::Rule", "AWS::Lambda::EventSourceMapping", "AWS::Pipes::Pipe"])
def test_a_type_that_nobody_plays_is_refused(tmp_path: Path, kind: str) -> None:
    """Whatever would call a function in another way than those known here."""
    file = tmp_path / "t.yaml"
    file.write_text(f"Resources:\n  Other: {{Type: {kind}}}\n")
    nobody = type("Nobody", (), {})()
    with pytest.raises(Malformed, match=f"Other is a {kind}, which nobody plays here"):
        make_resources(load(file), LocalValues("", "", {}), dynamodb=nobody, s3=nobody, sqs=nobody)


@pytest.mark.parametrize("name", ["template.yaml", "infra/witness.yaml"])
def test_everything_of_ours_is_played(name: str) -> None:
    """The templates ask for nothing that is missing here."""
    check_played(load(ROOT / name), Resolver(LocalValues("", "", {})))
