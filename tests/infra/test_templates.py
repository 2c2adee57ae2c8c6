"""The templates say what they must, whoever edits them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from nearside.local.delivery import clean_url
from nearside.local.intrinsics import Resolver
from nearside.local.names import LocalValues
from nearside.local.template import Resource, Scope, load, walk
from tests.support.templates import ROOT, functions, resources

TEMPLATES = (ROOT / "template.yaml", *sorted((ROOT / "infra").glob("*.yaml")))
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types nearside"
)


def statements(role: Resource) -> Iterator[dict[str, Any]]:
    for policy in role.properties["Policies"]:
        yield from policy["PolicyDocument"]["Statement"]


def by_name(resource: Resource, name: str) -> Resource:
    return resource.scope.resources[name]


def header_policy(name: str) -> dict[str, Any]:
    (found,) = [
        each for each in resources("AWS::CloudFront::ResponseHeadersPolicy") if each.logical_id == name
    ]
    config: dict[str, Any] = found.properties["ResponseHeadersPolicyConfig"]
    return config


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
    assert len(functions()) == 12
    for function in functions():
        assert function.properties["Runtime"] == "python3.13", function.path
        assert function.properties["Architectures"] == ["arm64"], function.path
        assert function.properties["MemorySize"] >= 256
        assert "Timeout" in function.properties
    text = "".join(template.read_text() for template in TEMPLATES)
    # The one that trains is built by infra/trainer.mk: its libraries have to be cut to fit.
    assert text.count("BuildMethod: python-uv") == len(functions()) - 1
    assert text.count("BuildMethod: makefile") == 1


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
        role = by_name(function, function.properties["Role"]["Fn::GetAtt"][0])
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
    }


def test_documents_are_served_by_three_rights_and_no_other() -> None:
    """Who releases, proposes or decides may put documents where none are, beside the ledger; nobody else."""
    rights = {}
    for function in functions():
        role = by_name(function, function.properties["Role"]["Fn::GetAtt"][0])
        for statement in statements(role):
            if "ledger/documents" in json.dumps(statement):
                rights[role.logical_id] = (statement["Action"], statement["Condition"])
    once = ("s3:PutObject", {"Null": {"s3:if-none-match": "false"}})
    assert rights == dict.fromkeys(("MakeReleaseRole", "ProposeModelRole", "DecideModelRole"), once)


def test_nobody_writes_over_what_never_changes() -> None:
    """Tiles, superseded checkpoints and documents: the bucket refuses a write that is not conditional."""
    (policy,) = [
        each for each in resources("AWS::S3::BucketPolicy") if each.logical_id == "LedgerBucketPolicy"
    ]
    (denied,) = [
        each for each in policy.properties["PolicyDocument"]["Statement"] if each["Effect"] == "Deny"
    ]
    places = [resource["Fn::Sub"].partition("/ledger/")[2] for resource in denied["Resource"]]
    assert places == ["checkpoints/*", "documents/*", "tile/*"]
    assert (denied["Action"], denied["Principal"]) == ("s3:PutObject", "*")
    assert denied["Condition"] == {"Null": {"s3:if-none-match": "true"}}


@pytest.mark.parametrize(
    ("logical_id", "place"), [("ReleaseBucketPolicy", "releases/*"), ("LearningBucketPolicy", "learning/*")]
)
def test_what_was_released_or_decided_is_written_once(logical_id: str, place: str) -> None:
    """Each bucket refuses everybody a write that is not conditional."""
    (policy,) = [each for each in resources("AWS::S3::BucketPolicy") if each.logical_id == logical_id]
    (denied,) = policy.properties["PolicyDocument"]["Statement"]
    assert (denied["Effect"], denied["Principal"], denied["Action"]) == ("Deny", "*", "s3:PutObject")
    assert denied["Condition"] == {"Null": {"s3:if-none-match": "true"}}
    assert denied["Resource"]["Fn::Sub"].partition("/")[2] == place


def test_who_releases_may_write_a_release_only_where_none_is() -> None:
    """Its own right says so as well, and no role may delete one."""
    conditions = {}
    for function in functions():
        role = by_name(function, function.properties["Role"]["Fn::GetAtt"][0])
        for statement in statements(role):
            actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            if "ReleaseBucket" in json.dumps(statement["Resource"]):
                assert "s3:DeleteObject" not in actions
                if "s3:PutObject" in actions:
                    conditions[role.logical_id] = statement.get("Condition")
    assert conditions == {"MakeReleaseRole": {"Null": {"s3:if-none-match": "false"}}}


def test_documents_are_delivered_as_what_never_changes() -> None:
    """Before the behaviour of what does: the first that matches a path answers."""
    (distribution,) = resources("AWS::CloudFront::Distribution")
    behaviours = distribution.properties["DistributionConfig"]["CacheBehaviors"]
    paths = [each["PathPattern"] for each in behaviours]
    documents = behaviours[paths.index("/ledger/documents/*")]
    assert paths.index("/ledger/documents/*") < paths.index("/ledger/*")
    assert documents["TargetOriginId"] == "ledger"
    assert documents["CachePolicyId"] == {"Ref": "Immutable"}
    assert documents["ResponseHeadersPolicyId"] == {"Ref": "ImmutableHeaders"}


def signers(key: str) -> list[str]:
    """The roles that may sign with a key of this name."""
    found = []
    for function in functions():
        role = by_name(function, function.properties["Role"]["Fn::GetAtt"][0])
        for statement in statements(role):
            if "kms:Sign" in statement["Action"] and key in json.dumps(statement["Resource"]):
                found.append(role.logical_id)
    return found


def test_one_role_signs_with_each_key() -> None:
    """Who gives places cannot sign, who signs checkpoints cannot cosign, no function signs bundles."""
    assert signers("LedgerKey") == ["PublishCheckpointRole"]
    assert signers("WitnessKey") == ["CosignRole"]
    assert signers("AgencyKey") == []


def writers(path: str) -> set[str]:
    """The roles that may write to this path of the ledger's bucket."""
    found = set()
    for function in functions():
        role = by_name(function, function.properties["Role"]["Fn::GetAtt"][0])
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


def test_every_log_group_is_swept() -> None:
    """Each function writes to a log group with a retention, and may write to no other."""
    for function in functions():
        group = by_name(function, function.properties["LoggingConfig"]["LogGroup"]["Ref"])
        assert group.type == "AWS::Logs::LogGroup"
        assert group.properties["RetentionInDays"] == {"Ref": "LogRetentionDays"}
        role = by_name(function, function.properties["Role"]["Fn::GetAtt"][0])
        written = [each for each in statements(role) if "logs:PutLogEvents" in each["Action"]]
        assert [each["Resource"] for each in written] == [{"Fn::GetAtt": [group.logical_id, "Arn"]}]


def test_no_function_has_its_calls_reported() -> None:
    """Lambda's own lines, of one call each, tell its exact duration and memory: they are under WARN."""
    for function in functions():
        logging = function.properties["LoggingConfig"]
        assert (logging["LogFormat"], logging["SystemLogLevel"]) == ("JSON", "WARN")
    assert len(functions()) == 12


def test_nobody_keeps_an_access_log() -> None:
    """Neither the API nor the distribution writes down who asked for what."""
    apis = resources("AWS::Serverless::HttpApi")
    (distribution,) = resources("AWS::CloudFront::Distribution")
    assert [api.logical_id for api in apis] == ["Api", "WitnessApi"]
    assert all("AccessLogSettings" not in api.properties for api in apis)
    assert not {"Logging", "RealtimeLogConfigArn"} & set(distribution.properties["DistributionConfig"])


ERASABLE = {"SidecarTable", "SidecarKeyTable", "ErasureTable"}


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


def test_buckets_are_closed() -> None:
    """Nobody reaches a bucket but through its distribution or a role."""
    for bucket in resources("AWS::S3::Bucket"):
        assert set(bucket.properties["PublicAccessBlockConfiguration"].values()) == {True}, bucket.path


def test_the_page_policy_is_exactly_the_one_promised() -> None:
    """Pages run no inline script or style and nothing of third parties."""
    for name in ("PageHeaders", "FreshHeaders", "ImmutableHeaders"):
        policy = header_policy(name)["SecurityHeadersConfig"]["ContentSecurityPolicy"]
        assert policy == {"Override": True, "ContentSecurityPolicy": PAGE_POLICY}


def test_only_the_worker_may_compile_webassembly() -> None:
    """`'wasm-unsafe-eval'` stands in one policy, and one behaviour uses it."""
    policies = {
        each.logical_id
        for each in resources("AWS::CloudFront::ResponseHeadersPolicy")
        if "wasm-unsafe-eval" in json.dumps(each.properties)
    }
    assert policies == {"WorkerHeaders"}
    (distribution,) = resources("AWS::CloudFront::Distribution")
    config = distribution.properties["DistributionConfig"]
    users = [
        each["PathPattern"]
        for each in config["CacheBehaviors"]
        if each["ResponseHeadersPolicyId"] == {"Ref": "WorkerHeaders"}
    ]
    assert users == ["/nearside/runtime/*/worker.js"]
    assert config["DefaultCacheBehavior"]["ResponseHeadersPolicyId"] == {"Ref": "PageHeaders"}


def test_no_path_is_immutable_by_itself() -> None:
    """A path that holds a hash may be missing for a moment: only the object can say that it stays."""
    for policy in resources("AWS::CloudFront::ResponseHeadersPolicy"):
        items = policy.properties["ResponseHeadersPolicyConfig"]["CustomHeadersConfig"]["Items"]
        (cache,) = [item for item in items if item["Header"] == "cache-control"]
        assert "immutable" not in cache["Value"], policy.path
        # What is not to be kept gives way to an object that says otherwise.
        assert cache["Override"] is (cache["Value"] != "no-store"), policy.path


def test_no_visitor_is_told_apart_by_the_cache() -> None:
    """No cache key holds a cookie, a header or a query, and no behaviour forwards one to an origin."""
    for policy in resources("AWS::CloudFront::CachePolicy"):
        key = policy.properties["CachePolicyConfig"]["ParametersInCacheKeyAndForwardedToOrigin"]
        assert key["CookiesConfig"] == {"CookieBehavior": "none"}
        assert key["HeadersConfig"] == {"HeaderBehavior": "none"}
        assert key["QueryStringsConfig"] == {"QueryStringBehavior": "none"}
    (distribution,) = resources("AWS::CloudFront::Distribution")
    assert "OriginRequestPolicyId" not in json.dumps(distribution.properties)


def test_signing_keys_are_ed25519() -> None:
    """C2SP asks for Ed25519 on public logs; the third key wraps and does not sign."""
    specs = {key.logical_id: key.properties.get("KeySpec") for key in resources("AWS::KMS::Key")}
    assert specs == {
        "LedgerKey": "ECC_NIST_EDWARDS25519",
        "AgencyKey": "ECC_NIST_EDWARDS25519",
        "WitnessKey": "ECC_NIST_EDWARDS25519",
        "SidecarKey": None,
    }


@pytest.mark.skipif(shutil.which("node") is None, reason="node runs the CloudFront function")
def test_clean_urls_mean_the_same_here_and_at_cloudfront() -> None:
    """The function in the template and the one of the local delivery agree on every kind of path."""
    paths = [
        "/",
        "/parking",
        "/parking/",
        "/a/b",
        "/a.b/c",
        "/style.css",
        "/.well-known/gpc.json",
        "//",
        "/a.b/",
    ]
    (function,) = resources("AWS::CloudFront::Function")
    script = (
        f"{function.properties['FunctionCode']}\n"
        f"console.log(JSON.stringify({json.dumps(paths)}.map((uri) => handler({{request: {{uri}}}}).uri)));"
    )
    done = subprocess.run(["node", "-e", script], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [clean_url(path) for path in paths]
