"""What guards a deployment: keys, protections, denials, a firewall; whoever edits the templates."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from nearside.local.intrinsics import Resolver
from nearside.local.names import LocalValues
from nearside.local.template import Resource, load, walk
from tests.support.templates import ROOT, functions, listed, resources, role_of, statements

ALONE = {"DeleteItem", "PartiQLDelete", "PartiQLInsert", "PartiQLUpdate", "UpdateItem"}
CHANGES = ALONE | {"BatchWriteItem"}
WRITES = CHANGES | {"PutItem"}


def test_tables_queues_and_logs_are_sealed_by_keys_of_the_agencys() -> None:
    """Each names one, and the topic of alarms does."""
    for table in resources("AWS::DynamoDB::Table"):
        sealed = table.properties["SSESpecification"]
        assert (sealed["SSEEnabled"], sealed["SSEType"]) == (True, "KMS"), table.path
        assert "KMSMasterKeyId" in sealed, table.path
    for queue in resources("AWS::SQS::Queue"):
        assert queue.properties["KmsMasterKeyId"] == {"Ref": "DataKeyArn"}, queue.path
    for group in resources("AWS::Logs::LogGroup"):
        assert "KmsKeyId" in group.properties, group.path
    (topic,) = resources("AWS::SNS::Topic")
    assert topic.properties["KmsMasterKeyId"] == {"Ref": "LogKeyArn"}


@pytest.mark.parametrize("key", resources("AWS::KMS::Key"), ids=lambda each: each.path)
def test_no_key_may_do_everything(key: Resource) -> None:
    """Whoever runs the account looks after a key; what it is used for is said action by action."""
    for statement in key.properties["KeyPolicy"]["Statement"]:
        actions = listed(statement["Action"])
        assert all("*" not in action for action in actions)
        if statement["Sid"] == "Administer":
            assert not set(actions) & {"kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:Sign"}
        if statement["Principal"] == {"AWS": "*"}:
            condition = statement["Condition"]["StringEquals"]
            assert condition["kms:CallerAccount"] == {"Ref": "AWS::AccountId"}
            assert all("${AWS::Region}" in each["Fn::Sub"] for each in listed(condition["kms:ViaService"]))
    assert key.properties["PendingWindowInDays"] == 30
    assert key.properties.get("EnableKeyRotation", False) is ("KeySpec" not in key.properties)


def test_an_alarm_can_always_be_sealed_and_only_this_account_s_is_sent() -> None:
    """The key asks nothing of an alarm that is not documented to be said; the topic asks whose it is."""
    (key,) = [each for each in resources("AWS::KMS::Key") if each.logical_id == "LogKey"]
    alarms = {"Service": "cloudwatch.amazonaws.com"}
    (use,) = [each for each in key.properties["KeyPolicy"]["Statement"] if each["Principal"] == alarms]
    assert set(use["Action"]) == {"kms:Decrypt", "kms:GenerateDataKey"}
    assert "Condition" not in use
    (policy,) = resources("AWS::SNS::TopicPolicy")
    (send,) = policy.properties["PolicyDocument"]["Statement"]
    assert (send["Principal"], send["Action"]) == (alarms, "sns:Publish")
    assert send["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def test_no_table_of_an_erasure_is_kept_from_it() -> None:
    """What must last cannot be dropped by a slip; what must go can be, and nothing brings it back."""
    tables = {table.logical_id: table.properties for table in resources("AWS::DynamoDB::Table")}
    protected = {name for name in tables if tables[name].get("DeletionProtectionEnabled")}
    assert {"LedgerTable", "ErasureTable", "BudgetTable", "WitnessTable"} <= protected
    assert not protected & {"SidecarTable", "SidecarKeyTable", "MeasurementTable"}


def denied_of(statements: list[dict[str, Any]]) -> dict[str, tuple[set[str], list[str]]]:
    """What statements on the ledger's table deny, by their names: actions, and the rows; none for all."""
    found = {}
    for each in statements:
        if "LedgerTable" in json.dumps(each["Resource"]) or each["Resource"] == "*":
            rows = each.get("Condition", {}).get("ForAnyValue:StringLike", {}).get("dynamodb:LeadingKeys", [])
            found[each["Sid"]] = ({action.removeprefix("dynamodb:") for action in each["Action"]}, rows)
    return found


def test_an_entry_of_the_ledger_is_denied_to_everybody() -> None:
    """By the table's own policy and by each role that reaches the table, beyond what they are allowed.

    Nobody may write over an entry but who records: a policy cannot tell whether a put is conditional. An
    entry holds nothing but its name, so that what is put over it says the same.
    """
    (table,) = [each for each in resources("AWS::DynamoDB::Table") if each.logical_id == "LedgerTable"]
    own = table.properties["ResourcePolicy"]["PolicyDocument"]["Statement"]
    assert all((each["Effect"], each["Principal"]) == ("Deny", "*") for each in own)
    assert denied_of(own) == {
        "EntriesStay": (CHANGES, ["entry#*"]),
        "RowsAreWrittenWhole": (ALONE, ["head", "index#*", "pending#*"]),
    }
    records = {
        "EntriesStay": (CHANGES, ["entry#*", "pending#*"]),
        "PlacesStay": (WRITES, ["head", "index#*"]),
    }
    found = {}
    for function in functions():
        role = role_of(function)
        reaches = [each for each in statements(role) if "LedgerTable" in json.dumps(each["Resource"])]
        if reaches:
            writes = any("PutItem" in json.dumps(each["Action"]) for each in reaches)
            denied = denied_of(statements(role, "Deny"))
            found[role.logical_id] = denied
            if role.logical_id == "SequenceRole":
                assert denied == {"EntriesStay": (WRITES, ["entry#*"])}
            else:
                assert denied == (records if writes else {"ReadsAlone": (WRITES, [])}), role.path
    assert len(found) >= 10


def test_buckets_are_reached_over_tls_alone() -> None:
    """Each has a policy that denies anything else, with CloudFront before it or without."""
    for partition in ("WithCloudFront", "WithoutCloudFront"):
        sealed = set()
        for policy in resources("AWS::S3::BucketPolicy"):
            nested = policy.scope.parent.resources[policy.scope.path[-1]] if policy.scope.parent else policy
            if nested.condition not in {None, partition}:
                continue
            for statement in policy.properties["PolicyDocument"]["Statement"]:
                if statement.get("Sid") == "EncryptedOnTheWay":
                    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
                    sealed.add(policy.properties["Bucket"]["Ref"])
        assert sealed >= {"SiteBucket", "LedgerBucket", "ReleaseBucket", "LearningBucket"}


def test_without_cloudfront_the_ledger_is_as_hard_to_change() -> None:
    """Both policies of its bucket deny the same; one alone of both is deployed."""

    def denied(name: str) -> list[dict[str, Any]]:
        (policy,) = [each for each in resources("AWS::S3::BucketPolicy") if each.logical_id == name]
        written = policy.properties["PolicyDocument"]["Statement"]
        found = [each for each in written if each["Effect"] == "Deny"]
        return sorted(found, key=lambda each: str(each["Sid"]))

    assert denied("LedgerBucketPolicy") == denied("UndeliveredLedgerPolicy")
    root = load(ROOT / "template.yaml")
    for partition, expected in (("aws", "Delivery"), ("aws-us-gov", "Undelivered")):
        there = {
            each.scope.path[-1]
            for each in walk(root)
            if each.scope.path and Resolver(Partition("", "", {}, name=partition)).exists(each)
        }
        assert there & {"Delivery", "Undelivered"} == {expected}


class Partition(LocalValues):
    """A deployment of another partition."""

    def __init__(self, endpoint_url: str, host: str, keys: dict[str, str], *, name: str) -> None:
        super().__init__(endpoint_url, host, keys)
        object.__setattr__(self, "_name", name)

    def pseudo(self, name: str, scope: object) -> str:
        if name == "AWS::Partition":
            return str(self._name)  # type: ignore[attr-defined]  # set above
        return super().pseudo(name, scope)  # type: ignore[arg-type]  # a Scope


def test_a_firewall_keeps_no_address() -> None:
    """It has neither log nor samples, and every rule that could let a flood through blocks."""
    root = load(ROOT / "infra" / "waf.yaml")
    kinds = [each.type for each in walk(root)]
    assert kinds == ["AWS::WAFv2::WebACL"]
    text = json.dumps([each.properties for each in walk(root)])
    assert "true" not in re.findall(r'"SampledRequestsEnabled": (\w+)', text)
    (acl,) = walk(root)
    rate = next(rule for rule in acl.properties["Rules"] if "RateBasedStatement" in rule["Statement"])
    assert rate["Action"] == {"Block": {}}
    (distribution,) = resources("AWS::CloudFront::Distribution")
    asked = distribution.properties["DistributionConfig"]["WebACLId"]
    assert asked == {"Fn::If": ["WithWaf", {"Ref": "WebAclArn"}, {"Ref": "AWS::NoValue"}]}
