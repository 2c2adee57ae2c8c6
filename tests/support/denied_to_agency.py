"""What the agency API's functions are denied: calls that an attacker inside one would make next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nearside.local.stack import Stack
from tests.support.denied_calls import row


def put(pk: str) -> Callable[[Any, Stack], object]:
    """Write a row under this key."""
    return lambda db, stack: db.put_item(TableName=stack.outputs["AgencyTable"], Item=row(pk, "x"))


def delete(pk: str) -> Callable[[Any, Stack], object]:
    """Delete a row under this key."""
    return lambda db, stack: db.delete_item(TableName=stack.outputs["AgencyTable"], Key=row(pk, "x"))


DENIED: list[tuple[str, str, str, Callable[[Any, Stack], object]]] = [
    ("who sends orders again takes none back", "resend_orders", "dynamodb", delete("riverton#jobs#riverton")),
    ("nor makes one", "resend_orders", "dynamodb", put("riverton#jobs#riverton")),
    ("nor an entry of the trail", "resend_orders", "dynamodb", delete("riverton#audit#")),
    ("nor enters one", "resend_orders", "dynamodb", put("riverton#audit#")),
    (
        "nor reads what waits of everybody at once",
        "resend_orders",
        "dynamodb",
        lambda db, stack: db.scan(TableName=stack.outputs["AgencyTable"]),
    ),
    (
        "nor says what became of a job",
        "resend_orders",
        "s3",
        lambda s3, stack: s3.put_object(
            Bucket=stack.outputs["AgencyBucket"], Key="agencies/riverton/riverton/jobs/x", Body=b"x"
        ),
    ),
    (
        "who decides takes no order back that waits",
        "agency_acts",
        "dynamodb",
        delete("riverton#waiting#riverton"),
    ),
    ("who keeps drafts cannot approve one", "agency_drafts", "dynamodb", put("riverton#proposals#riverton")),
    ("nor order anything of the publisher", "agency_drafts", "dynamodb", put("riverton#jobs#riverton")),
    ("nor take an entry of the trail back", "agency_drafts", "dynamodb", delete("riverton#audit#")),
    (
        "nor read what was answered to others",
        "agency_drafts",
        "dynamodb",
        lambda db, stack: db.get_item(
            TableName=stack.outputs["AgencyTable"], Key=row("riverton#answers#", "x")
        ),
    ),
    ("who takes files in cannot propose", "agency_imports", "dynamodb", put("riverton#proposals#riverton")),
    (
        "nor list what others wrote",
        "agency_imports",
        "dynamodb",
        lambda db, stack: db.query(
            TableName=stack.outputs["AgencyTable"],
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": "riverton#drafts#riverton#rules"}},
        ),
    ),
    ("who keeps proposals cannot edit", "agency_acts", "dynamodb", put("riverton#drafts#riverton#rules")),
    ("nor take an entry of the trail back, either", "agency_acts", "dynamodb", delete("riverton#audit#")),
    (
        "nor read all agencies at once",
        "agency_acts",
        "dynamodb",
        lambda db, stack: db.scan(TableName=stack.outputs["AgencyTable"]),
    ),
    (
        "nor write to the site past the publisher",
        "agency_acts",
        "s3",
        lambda s3, stack: s3.put_object(
            Bucket=stack.outputs["SiteBucket"], Key="nearside/riverton/bundle.json", Body=b"x"
        ),
    ),
    (
        "nor sign a bundle itself",
        "agency_acts",
        "kms",
        lambda kms, stack: kms.sign(
            KeyId=stack.outputs["AgencyKeyId"], Message=b"x", SigningAlgorithm="ED25519_SHA_512"
        ),
    ),
    (
        "nor write down what became of a job",
        "agency_acts",
        "s3",
        lambda s3, stack: s3.put_object(
            Bucket=stack.functions["agency_acts"].variables["AGENCY_BUCKET"],
            Key="agencies/riverton/riverton/jobs/x",
            Body=b"x",
            IfNoneMatch="*",
        ),
    ),
    (
        "who says who has which role reads no draft",
        "agency_team",
        "dynamodb",
        lambda db, stack: db.get_item(
            TableName=stack.outputs["AgencyTable"], Key=row("riverton#drafts#riverton#rules", "x")
        ),
    ),
    ("nor approve one", "agency_team", "dynamodb", put("riverton#proposals#riverton")),
    ("nor take back who asked for what", "agency_team", "dynamodb", delete("riverton#team#")),
    ("who shows things writes nothing", "agency_views", "dynamodb", put("riverton#drafts#riverton#rules")),
    ("not even an entry of the trail", "agency_views", "dynamodb", put("riverton#audit#")),
    (
        "nor sees a sum that is not released",
        "agency_views",
        "dynamodb",
        lambda db, stack: db.get_item(TableName=stack.outputs["MeasurementTable"], Key=row("batch#t", "x")),
    ),
    (
        "nor adds a release",
        "agency_views",
        "s3",
        lambda s3, stack: s3.put_object(
            Bucket=stack.outputs["ReleaseBucket"], Key="releases/x/y.json", Body=b"x", IfNoneMatch="*"
        ),
    ),
    (
        "nor decides on a model",
        "agency_views",
        "s3",
        lambda s3, stack: s3.put_object(
            Bucket=stack.outputs["LearningBucket"],
            Key="learning/riverton/after/x",
            Body=b"x",
            IfNoneMatch="*",
        ),
    ),
]
