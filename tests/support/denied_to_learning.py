"""What functions of counts and models are denied: calls that an attacker inside one would make next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nearside.local.stack import Stack
from tests.support.denied_calls import row

DENIED: list[tuple[str, str, str, Callable[[Any, Stack], object]]] = [
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
]  # fmt: skip
