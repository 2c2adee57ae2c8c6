"""The templates say what they must, whoever edits them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from nearside.local.intrinsics import Resolver
from nearside.local.names import LocalValues
from nearside.local.template import Scope, load, walk
from tests.support.templates import ROOT, by_name, functions, resources, role_of, statements

TEMPLATES = (ROOT / "template.yaml", *sorted((ROOT / "infra").glob("*.yaml")))
ERASABLE = {"SidecarTable", "SidecarKeyTable", "ErasureTable"}


def test_cfn_lint_has_nothing_to_say() -> None:
    """Every template is valid CloudFormation after SAM's transformation."""
    linter = Path(sys.executable).with_name("cfn-lint")
    done = subprocess.run([linter, *TEMPLATES], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_partition_is_written_out(template: Path) -> None:
    """The templates deploy in every partition: no ARN names one."""
    assert "arn:aws:" not in template.read_text()


def test_every_function_runs_what_the_card_says() -> None:
    """Python 3.13 on arm64, built by uv, with a memory size and a time limit of its own."""
    assert len(functions()) >= 15
    for function in functions():
        assert function.properties["Runtime"] == "python3.13", function.path
        assert function.properties["Architectures"] == ["arm64"], function.path
        assert function.properties["MemorySize"] >= 256
        assert "Timeout" in function.properties
    text = "".join(template.read_text() for template in TEMPLATES)
    # Those that train and make models are built by infra/trainer.mk: their libraries have to be cut to fit.
    assert text.count("BuildMethod: python-uv") == len(functions()) - 2
    assert text.count("BuildMethod: makefile") == 2


def test_every_log_group_is_swept() -> None:
    """Each function writes to a log group with a retention, and may write to no other."""
    for function in functions():
        group = by_name(function, function.properties["LoggingConfig"]["LogGroup"]["Ref"])
        assert group.type == "AWS::Logs::LogGroup"
        assert group.properties["RetentionInDays"] == {"Ref": "LogRetentionDays"}
        role = role_of(function)
        written = [each for each in statements(role) if "logs:PutLogEvents" in each["Action"]]
        assert [each["Resource"] for each in written] == [{"Fn::GetAtt": [group.logical_id, "Arn"]}]


def test_no_function_has_its_calls_reported() -> None:
    """Lambda's own lines, of one call each, tell its exact duration and memory: they are under WARN."""
    for function in functions():
        logging = function.properties["LoggingConfig"]
        assert (logging["LogFormat"], logging["SystemLogLevel"]) == ("JSON", "WARN")


def test_nobody_keeps_an_access_log() -> None:
    """Neither an API nor the distribution writes down who asked for what."""
    apis = resources("AWS::Serverless::HttpApi")
    (distribution,) = resources("AWS::CloudFront::Distribution")
    assert [api.logical_id for api in apis] == ["AgencyApi", "Api", "WitnessApi"]
    assert all("AccessLogSettings" not in api.properties for api in apis)
    assert not {"Logging", "RealtimeLogConfigArn"} & set(distribution.properties["DistributionConfig"])


def test_buckets_are_closed() -> None:
    """Nobody reaches a bucket but through its distribution or a role."""
    for bucket in resources("AWS::S3::Bucket"):
        assert set(bucket.properties["PublicAccessBlockConfiguration"].values()) == {True}, bucket.path


def test_signing_keys_are_ed25519() -> None:
    """C2SP asks for Ed25519 on public logs; other keys wrap or seal and do not sign."""
    specs = {key.logical_id: key.properties.get("KeySpec") for key in resources("AWS::KMS::Key")}
    signing = {name: specs[name] for name in ("LedgerKey", "AgencyKey", "WitnessKey")}
    assert set(signing.values()) == {"ECC_NIST_EDWARDS25519"}
    assert {name for name in specs if specs[name] is None} >= {"SidecarKey", "DataKey", "LogKey", "StoreKey"}


def recovery(root: Scope) -> dict[str, int]:
    """For how many days each table can be brought back; DynamoDB's own default is 35."""
    resolver = Resolver(LocalValues("", "", {}))
    found = {}
    for table in (each for each in walk(root) if each.type == "AWS::DynamoDB::Table"):
        asked = resolver.resolve(table.properties["PointInTimeRecoverySpecification"], table.scope)
        days = int(asked.get("RecoveryPeriodInDays", 35))
        found[table.logical_id] = days if asked["PointInTimeRecoveryEnabled"] else 0
    return found


def told(root: Scope) -> dict[str, int]:
    """What each function that erases tells citizens of that."""
    resolver = Resolver(LocalValues("", "", {}))
    found = {}
    for function in (each for each in walk(root) if each.type == "AWS::Serverless::Function"):
        variables = function.properties.get("Environment", {}).get("Variables", {})
        if "BACKUP_HORIZON_DAYS" in variables:
            found[function.logical_id] = int(
                resolver.resolve(variables["BACKUP_HORIZON_DAYS"], function.scope)
            )
    return found


def test_erased_records_cannot_come_back() -> None:
    """Boxes, keys and exact sums have no recovery to a point in time; the ledger has."""
    assert recovery(load(ROOT / "template.yaml")) == {
        "LedgerTable": 35,
        "AgencyTable": 35,
        "SidecarTable": 0,
        "SidecarKeyTable": 0,
        "ErasureTable": 0,
        "MeasurementTable": 0,
        "BudgetTable": 0,
    }
    assert not [each.path for each in walk(load(ROOT / "template.yaml")) if "Backup" in each.type]


@pytest.mark.parametrize("days", [0, 1, 35])
def test_whoever_enables_backups_changes_what_citizens_are_told(days: int) -> None:
    """One parameter decides for how many days erased records can come back, and what an erasure answers."""
    root = load(ROOT / "template.yaml", {"BackupHorizonDays": str(days)})
    assert {name: recovery(root)[name] for name in ERASABLE} == dict.fromkeys(ERASABLE, days)
    assert told(root) == {"EraseConsentFunction": days, "FinishErasuresFunction": days}
