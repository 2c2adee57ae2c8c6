"""Who may touch, write, sign and forget what: the roles and policies of the templates, whoever edits them."""

from __future__ import annotations

import json
import re
from fnmatch import fnmatchcase
from typing import Any

import pytest

from nearside.local.template import Resource
from tests.support.templates import by_name, functions, resources, role_of, statements

REMOVES = ["s3:DeleteObject", "s3:DeleteObjectVersion"]


def denials(policy: Resource) -> dict[str, dict[str, Any]]:
    """What a bucket's policy denies, by the name of each statement."""
    written = policy.properties["PolicyDocument"]["Statement"]
    return {each["Sid"]: each for each in written if each["Effect"] == "Deny"}


def test_every_function_has_a_role_of_its_own_without_wildcards() -> None:
    """No action has a wildcard; a resource ends in one only below a folder of one bucket."""
    roles = [function.properties["Role"]["Fn::GetAtt"][0] for function in functions()]
    assert len(set(roles)) == len(functions())
    for function, role in zip(functions(), roles, strict=True):
        for statement in statements(by_name(function, role)):
            actions = statement["Action"]
            targets = statement["Resource"]
            for action in [actions] if isinstance(actions, str) else actions:
                assert "*" not in action, (role, action)
            for target in targets if isinstance(targets, list) else [targets]:
                text = json.dumps(target)
                assert "*" not in text or re.search(r"(Bucket(\.Arn)?\}/(([a-z]+|\$\{Site\})/)+\*)", text), (
                    role,
                    text,
                )


def test_every_role_names_the_rows_that_it_may_touch() -> None:
    """In tables of many kinds of row no role has them all, and the ledger's head is the sequencer's alone."""
    rows: dict[str, set[str]] = {}
    for function in functions():
        role = role_of(function)
        for statement in statements(role):
            if re.search(r"(Ledger|Measurement)Table", json.dumps(statement["Resource"])):
                allowed = statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
                assert "*" not in allowed, role.path
                for table in re.findall(r"(Ledger|Measurement)Table", json.dumps(statement["Resource"])):
                    rows.setdefault(f"{role.logical_id} {table}", set()).update(allowed)
    assert rows == {
        "RecordConsentRole Ledger": {"entry#*", "pending#*"},
        "EraseConsentRole Ledger": {"entry#*", "pending#*"},
        "FinishErasuresRole Ledger": {"entry#*", "pending#*"},
        "ReadReceiptRole Ledger": {"index#*"},
        "SequenceRole Ledger": {"head", "index#*", "pending#*"},
        "PublishCheckpointRole Ledger": {"head"},
        "AddContributionRole Measurement": {"task#*", "week#*", "report#*", "batch#*"},
        "MakeReleaseRole Ledger": {"entry#*", "pending#*"},
        "MakeReleaseRole Measurement": {"task#*", "week#*", "batch#*"},
        "ProposeModelRole Ledger": {"entry#*", "index#*", "pending#*"},
        "DecideModelRole Ledger": {"entry#*", "index#*", "pending#*"},
        "PublishBundleRole Ledger": {"entry#*", "index#*", "pending#*"},
        "AgencyViewsRole Ledger": {"index#*"},
    }


def test_documents_are_served_by_four_rights_and_no_other() -> None:
    """Who releases, proposes, decides or publishes may put documents where none are, beside the ledger."""
    rights = {}
    for function in functions():
        role = role_of(function)
        for statement in statements(role):
            if "ledger/documents" in json.dumps(statement):
                rights[role.logical_id] = (statement["Action"], statement["Condition"])
    once = ("s3:PutObject", {"Null": {"s3:if-none-match": "false"}})
    assert rights == dict.fromkeys(
        ("MakeReleaseRole", "ProposeModelRole", "DecideModelRole", "PublishBundleRole"), once
    )


def test_nobody_writes_over_what_never_changes() -> None:
    """Tiles, superseded checkpoints and documents: the bucket refuses a write that is not conditional."""
    (policy,) = [
        each for each in resources("AWS::S3::BucketPolicy") if each.logical_id == "LedgerBucketPolicy"
    ]
    denied = denials(policy)["WriteOnce"]
    places = [resource["Fn::Sub"].partition("/ledger/")[2] for resource in denied["Resource"]]
    assert places == ["checkpoints/*", "documents/*", "tile/*"]
    assert (denied["Action"], denied["Principal"]) == ("s3:PutObject", "*")
    assert denied["Condition"] == {"Null": {"s3:if-none-match": "true"}}
    taken_back = denials(policy)["NeverTakenBack"]
    assert (taken_back["Action"], taken_back["Principal"]) == (REMOVES, "*")
    assert taken_back["Resource"]["Fn::Sub"].endswith("${LedgerBucket}/ledger/*")
    assert "Condition" not in taken_back


@pytest.mark.parametrize(
    ("logical_id", "place"), [("ReleaseBucketPolicy", "releases/*"), ("LearningBucketPolicy", "learning/*")]
)
def test_what_was_released_or_decided_is_written_once(logical_id: str, place: str) -> None:
    """Each bucket refuses everybody a write that is not conditional."""
    (policy,) = [each for each in resources("AWS::S3::BucketPolicy") if each.logical_id == logical_id]
    denied, taken_back = denials(policy)["WriteOnce"], denials(policy)["NeverTakenBack"]
    assert (denied["Principal"], denied["Action"]) == ("*", "s3:PutObject")
    assert denied["Condition"] == {"Null": {"s3:if-none-match": "true"}}
    assert denied["Resource"]["Fn::Sub"].partition("/")[2] == place
    assert (taken_back["Principal"], taken_back["Action"]) == ("*", REMOVES)
    assert taken_back["Resource"] == denied["Resource"]


def test_who_releases_may_write_a_release_only_where_none_is() -> None:
    """Its own right says so as well, and no role may delete one."""
    conditions = {}
    for function in functions():
        role = role_of(function)
        for statement in statements(role):
            actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            if "ReleaseBucket" in json.dumps(statement["Resource"]):
                assert "s3:DeleteObject" not in actions
                if "s3:PutObject" in actions:
                    conditions[role.logical_id] = statement.get("Condition")
    assert conditions == {"MakeReleaseRole": {"Null": {"s3:if-none-match": "false"}}}


def signers(key: str) -> list[str]:
    """The roles that may sign with a key of this name."""
    found = []
    for function in functions():
        role = role_of(function)
        for statement in statements(role):
            if "kms:Sign" in statement["Action"] and key in json.dumps(statement["Resource"]):
                found.append(role.logical_id)
    return found


def test_one_role_signs_with_each_key() -> None:
    """Who gives places cannot sign, who signs checkpoints cannot cosign, and one function signs bundles."""
    assert signers("LedgerKey") == ["PublishCheckpointRole"]
    assert signers("WitnessKey") == ["CosignRole"]
    assert signers("AgencyKey") == ["PublishBundleRole"]


def test_who_publishes_writes_bundles_and_no_code() -> None:
    """Of what devices load it may replace a bundle and what was signed last; what is under its hash, and
    what became of a job, it writes where nothing is."""
    (role,) = [role_of(function) for function in functions() if "PublishBundle" in function.logical_id]
    once, again = [], []
    for statement in statements(role):
        if "s3:PutObject" in statement["Action"]:
            condition = statement.get("Condition")
            kept = again if condition is None else once
            assert condition in (None, {"Null": {"s3:if-none-match": "false"}})
            kept += [target["Fn::Sub"].partition(":::")[2] for target in statement["Resource"]]
        assert "s3:DeleteObject" not in statement["Action"]
    assert once == [
        "${SiteBucket}/nearside/*/files/*",
        "${AgencyBucket}/agencies/*/jobs/*",
        "${LedgerBucket}/ledger/documents/*",
    ]
    assert again == [
        "${SiteBucket}/nearside/*/bundle.json",
        "${SiteBucket}/nearside/*/bundle.note",
        "${AgencyBucket}/agencies/*/begun/*",
    ]
    for path in (
        "nearside/loader.js",
        "nearside/worker.js",
        "nearside/runtime/0123/python.wasm",
        "index.html",
    ):
        assert not any(fnmatchcase(path, each.partition("/")[2]) for each in (*once, *again)), path


def test_what_was_approved_is_written_once() -> None:
    """The bucket refuses everybody a write that is not conditional, to files and to what became of jobs."""
    (policy,) = [
        each for each in resources("AWS::S3::BucketPolicy") if each.logical_id == "AgencyBucketPolicy"
    ]
    denied = {each["Sid"]: each for each in policy.properties["PolicyDocument"]["Statement"]}
    places = [resource["Fn::Sub"].partition("/")[2] for resource in denied["WriteOnce"]["Resource"]]
    assert places == ["agencies/*/files/*", "agencies/*/jobs/*"]
    assert denied["WriteOnce"]["Condition"] == {"Null": {"s3:if-none-match": "true"}}
    assert denied["NeverTakenBack"]["Resource"]["Fn::Sub"].endswith("/agencies/*")


def writers(path: str) -> set[str]:
    """The roles that may write to this path of the ledger's bucket."""
    found = set()
    for function in functions():
        role = role_of(function)
        for statement in statements(role):
            if "s3:PutObject" not in statement["Action"]:
                continue
            patterns = re.findall(r'LedgerBucket[^/"]*(/[^"]*)', json.dumps(statement["Resource"]))
            if any(fnmatchcase(path, pattern) for pattern in patterns):
                found.add(role.logical_id)
    return found


def test_who_writes_the_tree_does_not_publish_it() -> None:
    """Tiles and staged batches are the sequencer's, checkpoints the publisher's."""
    assert writers("/ledger/tile/0/000") == {"SequenceRole"}
    assert writers("/staging/0-0") == {"SequenceRole"}
    assert writers("/ledger/checkpoint") == {"PublishCheckpointRole"}
    assert writers("/ledger/checkpoints/8") == {"PublishCheckpointRole"}


def test_a_witness_cannot_forget() -> None:
    """Its role deletes nothing, its table is protected, and nobody brings an older memory back."""
    (role,) = [each for each in resources("AWS::IAM::Role") if each.logical_id == "CosignRole"]
    actions = {action for each in statements(role) for action in each["Action"]}
    assert {action for action in actions if "dynamodb" in action} == {"dynamodb:GetItem", "dynamodb:PutItem"}
    (table,) = [each for each in resources("AWS::DynamoDB::Table") if each.logical_id == "WitnessTable"]
    assert table.properties["DeletionProtectionEnabled"] is True
    assert table.properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": False}
