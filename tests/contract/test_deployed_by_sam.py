"""`sam deploy` of all templates into MiniStack: it comes to an end, and a function that was built answers.

`make deployable` builds the one function that is called here, for arm64 and by uv as all are; the others are
uploaded as source. MiniStack plays HTTP APIs without their routes, so that the function is called by name; it
has no CodeDeploy, so that the canary stays off; and it runs a function on this machine's own processor.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.ministack import PROGRAM, MiniStack, running_ministack
from tests.support.templates import ROOT, functions, resources

SAM = ROOT / ".venv-sam" / "bin" / "sam"
BUILT = ROOT / "build" / "deployable" / "template.yaml"
EXPANDED = ROOT / "tests" / "support" / "sam_expanded.py"
# What a pool of people is called is known to Cognito alone: people come from an issuer of others here.
PARAMETERS = ("OidcIssuer=https://login.example.org", "OidcAudience=agency", "AlarmEmail=alarms@example.org")
pytestmark = pytest.mark.stack


@dataclass(frozen=True)
class Deployed:
    """What a deployment made, by the logical ids of its templates."""

    ministack: MiniStack
    made: dict[str, tuple[str, str]]
    """Type and physical id of each resource, by its place, such as `Ledger/LedgerTable`."""

    def one(self, place: str) -> str:
        return self.made[place][1]


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """All templates, deployed once for this module."""
    if not SAM.exists() or not BUILT.exists() or not PROGRAM.exists():
        pytest.skip("nothing is built to be deployed: run make deployable")
    folder = tmp_path_factory.mktemp("deployed")
    launcher = (PROGRAM.with_name("python"), "-I", ROOT / "tests" / "support" / "ministack_nested.py")
    with running_ministack(folder, program=launcher) as running:
        s3 = running.client("s3")
        s3.create_bucket(Bucket="code", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        done = subprocess.run(
            [
                SAM, "deploy", "--template-file", BUILT, "--stack-name", "nearside", "--s3-bucket", "code",
                "--no-confirm-changeset", "--no-progressbar", "--region", "eu-west-1",
                "--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND",
                "--parameter-overrides", *PARAMETERS,
            ],
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(folder),
                "AWS_ENDPOINT_URL": running.url,
                "AWS_ACCESS_KEY_ID": "test",
                "AWS_SECRET_ACCESS_KEY": "test",
                "SAM_CLI_POLL_DELAY": "0.5",
                "SAM_CLI_TELEMETRY": "0",
            },
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
        yield Deployed(running, dict(made_in(running.client("cloudformation"), "nearside", ())))


def made_in(client: Any, stack: str, path: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, str]]]:
    """Go through what a stack and its nested stacks made."""
    for page in client.get_paginator("list_stack_resources").paginate(StackName=stack):
        for each in page["StackResourceSummaries"]:
            assert each["ResourceStatus"] == "CREATE_COMPLETE", each
            place = (*path, each["LogicalResourceId"])
            if each["ResourceType"] == "AWS::CloudFormation::Stack":
                yield from made_in(client, each["PhysicalResourceId"], place)
            else:
                yield "/".join(place), (each["ResourceType"], each["PhysicalResourceId"])


def test_a_deployed_function_answers(deployed: Deployed) -> None:
    """By the alias that the API calls, from the package that was built for it, in its own role."""
    client = deployed.ministack.client("lambda")
    name = deployed.one("Api/HealthFunction")
    config = client.get_function_configuration(FunctionName=name)
    assert (config["Runtime"], config["Architectures"]) == ("python3.13", ["arm64"])
    assert deployed.one("Api/HealthRole") in config["Role"]
    event = {"version": "2.0", "rawPath": "/health", "requestContext": {"http": {"method": "GET"}}}
    done = client.invoke(FunctionName=name, Qualifier="live", Payload=json.dumps(event))
    answer = json.loads(done["Payload"].read())
    assert "FunctionError" not in done, answer
    assert (answer["statusCode"], json.loads(answer["body"])) == (200, {"v": 1})


def test_everything_that_the_templates_name_is_there(deployed: Deployed) -> None:
    """Each function, table, queue, key and bucket of the deployment, in its place; nothing of CodeDeploy."""
    kinds = ("AWS::DynamoDB::Table", "AWS::SQS::Queue", "AWS::KMS::Key", "AWS::S3::Bucket", "AWS::SNS::Topic")
    written = {each.path for each in (*functions(), *resources(*kinds)) if each.scope.path[0] != "witness"}
    assert written <= set(deployed.made)
    assert not [place for place, (kind, _) in deployed.made.items() if "CodeDeploy" in kind]


def test_what_was_written_of_a_table_reached_it(deployed: Deployed) -> None:
    """The ledger cannot be dropped, and what is erased has no recovery."""
    dynamodb = deployed.ministack.client("dynamodb")
    ledger = dynamodb.describe_table(TableName=deployed.one("Ledger/LedgerTable"))["Table"]
    assert ledger["DeletionProtectionEnabled"] is True
    wrapped = deployed.one("Ledger/SidecarKeyTable")
    assert (
        dynamodb.describe_table(TableName=wrapped)["Table"].get("DeletionProtectionEnabled", False) is False
    )
    found = dynamodb.describe_continuous_backups(TableName=wrapped)["ContinuousBackupsDescription"]
    assert found["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "DISABLED"


@pytest.mark.parametrize(("enabled", "expected"), [("false", 0), ("true", 6)])
def test_a_canary_is_a_parameter(enabled: str, expected: int) -> None:
    """SAM makes a CodeDeploy group for each function that devices call, or nothing of it at all."""
    if not SAM.exists():
        pytest.skip("the SAM CLI is not installed: run make suites, which installs it")
    asked = {"WithCanary": enabled, "CanaryType": "Canary10Percent5Minutes"}
    done = subprocess.run(
        [SAM.with_name("python"), EXPANDED, ROOT / "infra" / "api.yaml", json.dumps(asked)],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": os.environ["PATH"], "AWS_DEFAULT_REGION": "eu-west-1"},
    )
    kinds = list(json.loads(done.stdout).values())
    assert kinds.count("AWS::CodeDeploy::DeploymentGroup") == expected
    assert ("AWS::CodeDeploy::Application" in kinds) is (expected > 0)
    assert kinds.count("AWS::Lambda::Alias") == 6
