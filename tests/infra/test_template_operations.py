"""How a deployment is watched, brought out and told apart, whoever edits the templates."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import yaml

from lambdas.make_release.spending import FORESEEN
from nearside.local.intrinsics import Resolver
from nearside.local.names import LocalValues, physical_name
from nearside.local.template import Resource, load
from tests.support.templates import ROOT, by_name, functions, listed, resources, role_of, statements

TEMPLATES = (ROOT / "template.yaml", *sorted((ROOT / "infra").glob("*.yaml")))
CLOCK = re.compile(r"rate\(1 minute\)")


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_what_is_not_checked_says_why(template: object) -> None:
    """A skip is one check, of one resource, with a reason of its own."""
    text = template.read_text()  # type: ignore[attr-defined]  # a Path
    skips = [line.strip() for line in text.splitlines() if "CKV" in line]
    for line in skips:
        (skip,) = yaml.safe_load(line)
        assert set(skip) == {"id", "comment"}
        assert len(skip["comment"].split()) >= 6, line


def watching(function: Resource) -> Resource | None:
    """The alarms of a function, which stand beside it."""
    for each in function.scope.resources.values():
        named = each.properties.get("Parameters", {}).get("FunctionName")
        if each.properties.get("Location") == "watched.yaml" and named == {"Ref": function.logical_id}:
            return each
    return None


@pytest.mark.parametrize("function", functions(), ids=lambda each: each.logical_id)
def test_somebody_is_told_when_a_function_fails(function: Resource) -> None:
    """It raises, is throttled or takes nine tenths of its time; a clock that stops calling is heard."""
    watched = watching(function)
    assert watched is not None, "no alarms: infra/watched.yaml beside it"
    told = watched.properties["Parameters"]
    assert told["SlowMs"] == function.properties["Timeout"] * 900
    assert told["AlarmTopic"] == {"Ref": "AlarmTopic"}
    schedules = [
        event["Properties"]["Schedule"]
        for event in function.properties.get("Events", {}).values()
        if event["Type"] == "Schedule"
    ]
    assert bool(told.get("ClockedMinutes")) is any(CLOCK.fullmatch(each) for each in schedules)


def test_every_alarm_reaches_somebody() -> None:
    """Each of them tells the topic, and silence is no failure but where a clock calls."""
    alarms = resources("AWS::CloudWatch::Alarm")
    assert len(alarms) > 30
    for alarm in alarms:
        assert alarm.properties["AlarmActions"] == [{"Ref": "AlarmTopic"}], alarm.path
        quiet = "breaching" if alarm.logical_id == "Silent" else "notBreaching"
        assert alarm.properties["TreatMissingData"] == quiet, alarm.path


def test_somebody_is_told_what_an_api_could_not_answer() -> None:
    """What a function answers with 500 is no error to Lambda: the gateway counts it, and is watched."""
    alarms = resources("AWS::CloudWatch::Alarm")
    for api in resources("AWS::Serverless::HttpApi"):
        watching_it = [
            each
            for each in alarms
            if (each.properties["Namespace"], each.properties["MetricName"]) == ("AWS/ApiGateway", "5xx")
            and each.properties["Dimensions"] == [{"Name": "ApiId", "Value": {"Ref": api.logical_id}}]
            and each.scope.path == api.scope.path
        ]
        assert len(watching_it) == 1, api.path


def test_the_end_of_a_budget_rings_before_releases_are_refused() -> None:
    """The filter looks for a line of the function's, and for fewer weeks than are foreseen."""
    (pattern,) = [
        each.properties["FilterPattern"]
        for each in resources("AWS::Logs::MetricFilter")
        if each.logical_id == "BudgetFilter"
    ]
    sought = re.fullmatch(r'\{ \$\.message = "([a-z-]+)" && \$\.(\w+) < (\d+) \}', pattern)
    assert sought is not None
    # As tests/unit/test_pace.py hears it from the function.
    assert sought.groups()[:2] == ("make-release", "budget_weeks")
    assert 0 < int(sought[3]) < FORESEEN


SEARCH = re.compile(
    r"SEARCH\('\{AWS/(\w+),(\w+)\} (\w+)=([A-Za-z0-9-]+) "
    r"MetricName=(\"\w+\"|\(\"\w+\"(?: OR \"\w+\")+\))', '(\w+)', (\d+)\)"
)


def test_the_dashboard_finds_what_is_named_after_the_deployment() -> None:
    """A dimension is looked for by the words of the deployment's name: in quotes it would be the whole of a
    function's name, which goes on behind it. A metric's name is in quotes: nothing goes on behind that.
    """
    (dashboard,) = resources("AWS::CloudWatch::Dashboard")
    body = dashboard.properties["DashboardBody"]["Fn::Sub"]
    told = json.loads(re.sub(r"\$\{RootStack\}", "my-city-2", body).replace("${AWS::Region}", "eu-west-1"))
    found = []
    for widget in told["widgets"]:
        ((metric,),) = widget["properties"]["metrics"]
        search = SEARCH.fullmatch(metric["expression"])
        assert search is not None, metric["expression"]
        namespace, dimension, sought, name, *_ = search.groups()
        assert (sought, name) == (dimension, "my-city-2")
        found.append((namespace, dimension))
    assert set(found) == {("Lambda", "FunctionName"), ("SQS", "QueueName"), ("DynamoDB", "TableName")}


def sources(function: Resource, kind: str) -> list[Any]:
    """What this function is fed by, of one kind: their properties."""
    events = function.properties.get("Events", {}).values()
    return [event.get("Properties", {}) for event in events if event["Type"] == kind]


def heard() -> set[str]:
    """The places of those queues of which an alarm says that something lies in them."""
    return {
        by_name(alarm, dimension["Value"]["Fn::GetAtt"][0]).path
        for alarm in resources("AWS::CloudWatch::Alarm")
        if alarm.properties.get("MetricName") == "ApproximateNumberOfMessagesVisible"
        for dimension in alarm.properties["Dimensions"]
    }


@pytest.mark.parametrize("function", functions(), ids=lambda each: each.logical_id)
def test_what_a_clock_calls_in_vain_is_not_lost(function: Resource) -> None:
    """The call is kept in a queue that the role may write to, with an alarm; a queue's messages never come
    there, so that a function that none but queues feed has none, and may write to none of the kind.
    """
    dead = {each for queue in resources("AWS::SQS::Queue") for each in redrive(queue)}
    if sources(function, "Schedule"):
        target = function.properties["DeadLetterQueue"]["TargetArn"]
        assert by_name(function, target["Fn::GetAtt"][0]).path in heard()
        written = [each for each in statements(role_of(function)) if "sqs:SendMessage" in each["Action"]]
        assert any(target in listed(each["Resource"]) for each in written)
        return
    assert "DeadLetterQueue" not in function.properties
    resolver = Resolver(LocalValues("", "", {}))
    granted = {
        resource
        for each in statements(role_of(function))
        if "sqs:SendMessage" in each["Action"]
        for resource in listed(resolver.resolve(each["Resource"], function.scope))
    }
    assert not granted & dead


def redrive(queue: Resource) -> list[str]:
    """Where a queue's messages go when nobody could do them: the ARN, if it says so."""
    told = Resolver(LocalValues("", "", {})).resolve(queue.properties.get("RedrivePolicy", {}), queue.scope)
    return [told["deadLetterTargetArn"]] if told else []


def test_what_a_queue_brings_in_vain_is_not_lost() -> None:
    """Its messages go on to another queue, which has an alarm and keeps them for as long as one can; those
    that different functions take do not lie there together, so that the alarm says whose they are.
    """
    values = LocalValues("", "", {})
    queues = {values.attribute(each, "Arn"): each for each in resources("AWS::SQS::Queue")}
    ends: dict[str, str] = {}
    for function in functions():
        for source in sources(function, "SQS"):
            arn = Resolver(values).resolve(source["Queue"], function.scope)
            (dead,) = redrive(queues[arn])
            assert queues[dead].path in heard(), function.path
            assert ends.setdefault(dead, function.path) == function.path
    assert len(ends) > 3
    for queue in queues.values():
        if not redrive(queue):
            assert queue.properties["MessageRetentionPeriod"] == 14 * 86400, queue.path


def test_what_devices_call_may_be_brought_out_by_and_by() -> None:
    """Each function behind the API has an alias, and an alarm of its own brings the old version back."""
    for function in functions():
        kinds = {event["Type"] for event in function.properties.get("Events", {}).values()}
        if "HttpApi" not in kinds or function.scope.file.name != "api.yaml":
            continue
        preference = function.properties["DeploymentPreference"]
        assert function.properties["AutoPublishAlias"] == "live"
        assert (preference["Enabled"], preference["Type"]) == ({"Ref": "WithCanary"}, {"Ref": "CanaryType"})
        ((alarm,),) = [[each["Fn::GetAtt"] for each in preference["Alarms"]]]
        assert by_name(function, alarm[0]) is watching(function)


def test_what_restoring_names_is_found_among_the_outputs() -> None:
    """What whoever restores is told to put into a command by name is what the deployment prints."""
    page = (ROOT / "docs" / "deploying.md").read_text()
    named = set(re.findall(r"<([A-Z]\w+)>", page[page.index("### The ledger's table") :]))
    assert {"LedgerTable", "SequenceFunction"} <= named
    assert named <= set(load(ROOT / "template.yaml").outputs)


def test_everything_carries_its_tags() -> None:
    """Nested stacks hand them on: what a bill is split by."""
    for name, child in load(ROOT / "template.yaml").resources.items():
        tags = child.properties["Tags"]
        assert tags == {"product": "nearside", "site": {"Ref": "Site"}, "concern": name.lower()}


def test_names_stay_within_what_services_take() -> None:
    """A resource's name on one machine is made of its place, and a queue's has eighty letters at most."""
    for resource in resources("AWS::SQS::Queue"):
        assert len(physical_name(resource)) <= 80
