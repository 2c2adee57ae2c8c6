"""Each function may do what it must, and what an attacker inside it would want next is denied."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from nearside.local.stack import Stack

pytest_plugins = ["tests.support.stack"]
pytestmark = pytest.mark.stack


def attempt(stack: Stack, function: str, service: str, call: Callable[[Any], object]) -> str:
    """Make one AWS call under a function's own identity; return the error's code, or "allowed"."""
    variables = stack.functions[function].variables
    session = boto3.session.Session(
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
        region_name=variables["AWS_REGION"],
    )
    try:
        call(session.client(service, endpoint_url=stack.endpoint_url))
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return "allowed"


def row(pk: str, sk: str) -> dict[str, dict[str, str]]:
    """The key of a row."""
    return {"pk": {"S": pk}, "sk": {"S": sk}}


DENIED: list[tuple[str, str, str, Callable[[Any, Stack], object]]] = [
    (
        "the function that takes records in cannot open them",
        "record_consent",
        "kms",
        lambda kms, stack: kms.decrypt(KeyId=stack.outputs["SidecarKeyId"], CiphertextBlob=b"x" * 100),
    ),
    (
        "nor read a box",
        "record_consent",
        "dynamodb",
        lambda db, stack: db.get_item(TableName=stack.outputs["SidecarTable"], Key={"pk": {"S": "x"}}),
    ),
    (
        "nor sign a checkpoint",
        "record_consent",
        "kms",
        lambda kms, stack: kms.sign(
            KeyId=stack.outputs["LedgerKeyId"], Message=b"x", SigningAlgorithm="ED25519_SHA_512"
        ),
    ),
    (
        "the sequencer cannot sign checkpoints",
        "sequence",
        "kms",
        lambda kms, stack: kms.sign(
            KeyId=stack.outputs["LedgerKeyId"], Message=b"x", SigningAlgorithm="ED25519_SHA_512"
        ),
    ),
    (
        "nor publish one",
        "sequence",
        "s3",
        lambda s3, stack: s3.put_object(
            Bucket=stack.outputs["LedgerBucket"], Key="ledger/checkpoint", Body=b"x"
        ),
    ),
    (
        "who signs checkpoints cannot write the tree",
        "publish_checkpoint",
        "s3",
        lambda s3, stack: s3.put_object(
            Bucket=stack.outputs["LedgerBucket"], Key="ledger/tile/0/999", Body=b"x"
        ),
    ),
    (
        "nor give an entry its place",
        "publish_checkpoint",
        "dynamodb",
        lambda db, stack: db.put_item(TableName=stack.outputs["LedgerTable"], Item=row("head", "head")),
    ),
    (
        "nor see what is pending",
        "publish_checkpoint",
        "dynamodb",
        lambda db, stack: db.query(
            TableName=stack.outputs["LedgerTable"],
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": "pending#0"}},
        ),
    ),
    (
        "nor cosign for a witness",
        "publish_checkpoint",
        "kms",
        lambda kms, stack: kms.sign(
            KeyId=stack.witnesses[0].outputs["WitnessKeyId"], Message=b"x", SigningAlgorithm="ED25519_SHA_512"
        ),
    ),
    (
        "nor touch what a witness remembers",
        "publish_checkpoint",
        "dynamodb",
        lambda db, stack: db.put_item(
            TableName=stack.witnesses[0].outputs["WitnessTable"], Item={"pk": {"S": "x"}}
        ),
    ),
    (
        "the sequencer cannot sign bundles",
        "sequence",
        "kms",
        lambda kms, stack: kms.sign(
            KeyId=stack.outputs["AgencyKeyId"], Message=b"x", SigningAlgorithm="ED25519_SHA_512"
        ),
    ),
    (
        "nor see a box",
        "sequence",
        "dynamodb",
        lambda db, stack: db.scan(TableName=stack.outputs["SidecarTable"]),
    ),
    (
        "who reads receipts cannot list the entries",
        "read_receipt",
        "dynamodb",
        lambda db, stack: db.scan(TableName=stack.outputs["LedgerTable"]),
    ),
    (
        "who adds contributions cannot read the sums",
        "add_contribution",
        "dynamodb",
        lambda db, stack: db.scan(TableName=stack.outputs["MeasurementTable"]),
    ),
    (
        "nor touch the ledger",
        "add_contribution",
        "dynamodb",
        lambda db, stack: db.put_item(
            TableName=stack.outputs["LedgerTable"], Item={"pk": {"S": "x"}, "sk": {"S": "x"}}
        ),
    ),
    (
        "who releases cannot change a page",
        "make_release",
        "s3",
        lambda s3, stack: s3.put_object(Bucket=stack.outputs["SiteBucket"], Key="index.html", Body=b"x"),
    ),
    (
        "nor write over a document",
        "make_release",
        "s3",
        lambda s3, stack: s3.put_object(
            Bucket=stack.outputs["LedgerBucket"], Key=f"ledger/documents/{'0' * 64}", Body=b"x"
        ),
    ),
    (
        "nor put anything else beside the ledger",
        "make_release",
        "s3",
        lambda s3, stack: s3.put_object(
            Bucket=stack.outputs["LedgerBucket"], Key="ledger/checkpoint", Body=b"x", IfNoneMatch="*"
        ),
    ),
    (
        "nor look at what is there",
        "make_release",
        "s3",
        lambda s3, stack: s3.get_object(
            Bucket=stack.outputs["LedgerBucket"], Key=f"ledger/documents/{'0' * 64}"
        ),
    ),
    (
        "nor write over a release",
        "make_release",
        "s3",
        lambda s3, stack: s3.put_object(
            Bucket=stack.outputs["ReleaseBucket"], Key="releases/t/2026-W01.json", Body=b"x"
        ),
    ),
    (
        "nor say which release another site made",
        "make_release",
        "dynamodb",
        lambda db, stack: db.put_item(
            TableName=stack.outputs["BudgetTable"], Item={"pk": {"S": "release#elsewhere#t#2026-W01"}}
        ),
    ),
    (
        "nor sign a bundle",
        "make_release",
        "kms",
        lambda kms, stack: kms.sign(
            KeyId=stack.outputs["AgencyKeyId"], Message=b"x", SigningAlgorithm="ED25519_SHA_512"
        ),
    ),
    (
        "nor write another population's budget",
        "make_release",
        "dynamodb",
        lambda db, stack: db.put_item(
            TableName=stack.outputs["BudgetTable"], Item={"pk": {"S": "elsewhere"}}
        ),
    ),
    (
        "nor take back what was spent",
        "make_release",
        "dynamodb",
        lambda db, stack: db.delete_item(
            TableName=stack.outputs["BudgetTable"], Key={"pk": {"S": stack.outputs["Site"]}}
        ),
    ),
    (
        "who adds contributions cannot spend",
        "add_contribution",
        "dynamodb",
        lambda db, stack: db.put_item(
            TableName=stack.outputs["BudgetTable"], Item={"pk": {"S": stack.outputs["Site"]}}
        ),
    ),
    (
        "not where contributions arrive either",
        "add_contribution",
        "kms",
        lambda kms, stack: kms.sign(
            KeyId=stack.outputs["AgencyKeyId"], Message=b"x", SigningAlgorithm="ED25519_SHA_512"
        ),
    ),
    (
        "nobody who accepts entries can move the ledger's head",
        "record_consent",
        "dynamodb",
        lambda db, stack: db.put_item(TableName=stack.outputs["LedgerTable"], Item=row("head", "head")),
    ),
    (
        "not when erasing",
        "erase_consent",
        "dynamodb",
        lambda db, stack: db.put_item(TableName=stack.outputs["LedgerTable"], Item=row("head", "head")),
    ),
    (
        "nor when completing an erasure",
        "finish_erasures",
        "dynamodb",
        lambda db, stack: db.put_item(TableName=stack.outputs["LedgerTable"], Item=row("head", "head")),
    ),
    (
        "which needs no record opened",
        "finish_erasures",
        "kms",
        lambda kms, stack: kms.decrypt(KeyId=stack.outputs["SidecarKeyId"], CiphertextBlob=b"x" * 100),
    ),
    (
        "who takes records in cannot see what is being erased",
        "record_consent",
        "dynamodb",
        lambda db, stack: db.get_item(TableName=stack.outputs["ErasureTable"], Key=row("open", "0")),
    ),
    (
        "not when releasing",
        "make_release",
        "dynamodb",
        lambda db, stack: db.put_item(TableName=stack.outputs["LedgerTable"], Item=row("head", "head")),
    ),
    (
        "not hidden behind an entry in one transaction",
        "record_consent",
        "dynamodb",
        lambda db, stack: db.transact_write_items(
            TransactItems=[
                {"Put": {"TableName": stack.outputs["LedgerTable"], "Item": row(pk, "x")}}
                for pk in ("entry#0", "head")
            ]
        ),
    ),
    (
        "nor say where an entry is",
        "record_consent",
        "dynamodb",
        lambda db, stack: db.put_item(TableName=stack.outputs["LedgerTable"], Item=row("index#0", "index")),
    ),
    (
        "the sequencer cannot claim to know an entry",
        "sequence",
        "dynamodb",
        lambda db, stack: db.put_item(TableName=stack.outputs["LedgerTable"], Item=row("entry#0", "entry")),
    ),
    (
        "nor in a batch",
        "sequence",
        "dynamodb",
        lambda db, stack: db.batch_write_item(
            RequestItems={stack.outputs["LedgerTable"]: [{"PutRequest": {"Item": row("entry#0", "entry")}}]}
        ),
    ),
    (
        "who reads receipts cannot read what is pending",
        "read_receipt",
        "dynamodb",
        lambda db, stack: db.get_item(TableName=stack.outputs["LedgerTable"], Key=row("pending#0", "x")),
    ),
    (
        "who adds contributions cannot read one sum",
        "add_contribution",
        "dynamodb",
        lambda db, stack: db.get_item(
            TableName=stack.outputs["MeasurementTable"], Key=row("batch#t#2026-W47#0", "cell#0#1")
        ),
    ),
    (
        "who releases cannot read the ids of reports",
        "make_release",
        "dynamodb",
        lambda db, stack: db.query(
            TableName=stack.outputs["MeasurementTable"],
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": "report#0"}},
        ),
    ),
    (
        "who proposes a model cannot decide on it",
        "propose_model",
        "s3",
        lambda s3, stack: s3.put_object(
            Bucket=stack.outputs["LearningBucket"],
            Key=f"learning/{stack.outputs['Site']}/after/start",
            Body=b"x",
            IfNoneMatch="*",
        ),
    ),
    (
        "nor write a proposal over",
        "propose_model",
        "s3",
        lambda s3, stack: s3.put_object(
            Bucket=stack.outputs["LearningBucket"],
            Key=f"learning/{stack.outputs['Site']}/inputs/x",
            Body=b"x",
        ),
    ),
    (
        "nor make a release to learn from",
        "propose_model",
        "s3",
        lambda s3, stack: s3.put_object(
            Bucket=stack.outputs["ReleaseBucket"], Key="releases/t/2026-W01.json", Body=b"x", IfNoneMatch="*"
        ),
    ),
    (
        "nor publish what it trained",
        "propose_model",
        "s3",
        lambda s3, stack: s3.put_object(
            Bucket=stack.outputs["SiteBucket"], Key="nearside/riverton/bundle.json", Body=b"x"
        ),
    ),
    (
        "nor sign a bundle with it",
        "propose_model",
        "kms",
        lambda kms, stack: kms.sign(
            KeyId=stack.outputs["AgencyKeyId"], Message=b"x", SigningAlgorithm="ED25519_SHA_512"
        ),
    ),
    (
        "nor see a sum",
        "propose_model",
        "dynamodb",
        lambda db, stack: db.scan(TableName=stack.outputs["MeasurementTable"]),
    ),
    (
        "who takes decisions in cannot propose",
        "decide_model",
        "s3",
        lambda s3, stack: s3.put_object(
            Bucket=stack.outputs["LearningBucket"],
            Key=f"learning/{stack.outputs['Site']}/inputs/x",
            Body=b"x",
            IfNoneMatch="*",
        ),
    ),
    (
        "nor decide a second time",
        "decide_model",
        "s3",
        lambda s3, stack: s3.put_object(
            Bucket=stack.outputs["LearningBucket"],
            Key=f"learning/{stack.outputs['Site']}/after/start",
            Body=b"x",
        ),
    ),
    (
        "nor take a decision back",
        "decide_model",
        "s3",
        lambda s3, stack: s3.delete_object(
            Bucket=stack.outputs["LearningBucket"], Key=f"learning/{stack.outputs['Site']}/after/start"
        ),
    ),
    (
        "nor sign a checkpoint that holds it",
        "decide_model",
        "kms",
        lambda kms, stack: kms.sign(
            KeyId=stack.outputs["LedgerKeyId"], Message=b"x", SigningAlgorithm="ED25519_SHA_512"
        ),
    ),
    (
        "and health can do nothing at all",
        "health",
        "s3",
        lambda s3, stack: s3.list_buckets(),
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("function", "service", "call"), [case[1:] for case in DENIED], ids=[case[0] for case in DENIED]
)
def test_what_a_function_has_no_need_of_is_denied(
    stack: Stack, *, function: str, service: str, call: Callable[[Any, Stack], object]
) -> None:
    """Roles are enforced here by the same policies that are deployed."""
    code = attempt(stack, function, service, lambda client: call(client, stack))
    assert code in {"AccessDenied", "AccessDeniedException"}


def test_a_function_is_allowed_what_its_role_names(stack: Stack) -> None:
    """The denials above are not those of an identity that can do nothing."""
    assert attempt(
        stack,
        "publish_checkpoint",
        "kms",
        lambda kms: kms.sign(
            KeyId=stack.outputs["LedgerKeyId"], Message=b"x", SigningAlgorithm="ED25519_SHA_512"
        ),
    ) == "allowed"  # fmt: skip


def test_a_release_may_be_served_where_nothing_is_yet(stack: Stack) -> None:
    """Once, and then it stays."""

    def put(s3: Any) -> object:
        return s3.put_object(Bucket=stack.outputs["LedgerBucket"], Key=key, Body=b"x", IfNoneMatch="*")

    key = f"ledger/documents/{secrets.token_hex(32)}"
    assert attempt(stack, "make_release", "s3", put) == "allowed"
    assert attempt(stack, "make_release", "s3", put) == "PreconditionFailed"


def test_a_budget_may_be_read_and_written_once_a_revision(stack: Stack) -> None:
    """The site's own, by whoever releases."""
    table, site = stack.outputs["BudgetTable"], stack.outputs["Site"]

    def write(db: Any) -> object:
        item = {"pk": {"S": site}, "budget": {"B": b"{}"}, "revision": {"N": "1"}}
        return db.put_item(TableName=table, Item=item, ConditionExpression="attribute_not_exists(pk)")

    def read(db: Any) -> object:
        return db.get_item(TableName=table, Key={"pk": {"S": site}}, ConsistentRead=True)

    assert attempt(stack, "make_release", "dynamodb", read) == "allowed"
    assert attempt(stack, "make_release", "dynamodb", write) == "allowed"
    assert attempt(stack, "make_release", "dynamodb", write) == "ConditionalCheckFailedException"
    stack.client("dynamodb").delete_item(TableName=table, Key={"pk": {"S": site}})


@pytest.mark.parametrize("function", ["make_release", "add_contribution"])
def test_functions_that_read_the_bundle_may_know_who_signs_it(stack: Stack, function: str) -> None:
    """The public half of the agency's key, and of no other."""

    def ask(output: str) -> str:
        return attempt(stack, function, "kms", lambda kms: kms.get_public_key(KeyId=stack.outputs[output]))

    assert ask("AgencyKeyId") == "allowed"
    assert ask("LedgerKeyId") in {"AccessDenied", "AccessDeniedException"}


@pytest.mark.parametrize(
    ("function", "output", "key"),
    [
        ("sequence", "LedgerTable", row("head", "head")),
        ("publish_checkpoint", "LedgerTable", row("head", "head")),
        ("read_receipt", "LedgerTable", row("index#0", "index")),
        ("add_contribution", "MeasurementTable", row("task#t", "task")),
        ("finish_erasures", "ErasureTable", row("open", "0")),
    ],
)
def test_a_function_is_allowed_the_rows_that_its_role_names(
    stack: Stack, *, function: str, output: str, key: dict[str, dict[str, str]]
) -> None:
    """Nor those of a role that can read no row at all."""
    done = attempt(
        stack,
        function,
        "dynamodb",
        lambda db: db.get_item(TableName=stack.outputs[output], Key=key),
    )
    assert done == "allowed"


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_nothing_listens_beyond_this_machine(stack: Stack) -> None:
    """Every listening socket of this process and of MiniStack is on the loopback interface."""
    state = Path(stack.functions["health"].variables["AWS_ENDPOINT_URL"]).name
    assert state.startswith("127.0.0.1:")
    ours = {os.getpid(), *children(os.getpid())}
    sockets = {
        os.readlink(link).removeprefix("socket:[").removesuffix("]")
        for pid in ours
        for link in Path(f"/proc/{pid}/fd").iterdir()
        if link.exists() or link.is_symlink()
    }
    listening = [
        fields[1].partition(":")[0]
        for table in ("tcp", "tcp6")
        for fields in (line.split() for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:])
        if fields[3] == "0A" and fields[9] in sockets
    ]
    assert len(listening) >= 2
    assert set(listening) == {"0100007F"}


def children(pid: int) -> set[int]:
    found: set[int] = set()
    for task in Path(f"/proc/{pid}/task").iterdir():
        found |= {int(child) for child in (task / "children").read_text().split()}
    return found
