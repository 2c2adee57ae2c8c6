"""What functions of the ledger are denied: calls that an attacker inside one would make next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nearside.local.stack import Stack


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
        "nor take from the list of what waits",
        "record_consent",
        "dynamodb",
        lambda db, stack: db.delete_item(TableName=stack.outputs["LedgerTable"], Key=row("pending#0", "x")),
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
        "who publishes cannot replace the loader",
        "publish_bundle",
        "s3",
        lambda s3, stack: s3.put_object(
            Bucket=stack.outputs["SiteBucket"], Key="nearside/loader.js", Body=b"x"
        ),
    ),
    (
        "nor put a page",
        "publish_bundle",
        "s3",
        lambda s3, stack: s3.put_object(Bucket=stack.outputs["SiteBucket"], Key="index.html", Body=b"x"),
    ),
    (
        "nor write over a file of a bundle",
        "publish_bundle",
        "s3",
        lambda s3, stack: s3.put_object(
            Bucket=stack.outputs["SiteBucket"], Key=f"nearside/riverton/files/{'0' * 64}", Body=b"x"
        ),
    ),
    (
        "nor approve a file",
        "publish_bundle",
        "s3",
        lambda s3, stack: s3.put_object(
            Bucket=stack.outputs["AgencyBucket"],
            Key=f"agencies/riverton/riverton/files/{'0' * 64}",
            Body=b"x",
            IfNoneMatch="*",
        ),
    ),
    (
        "nor say otherwise what became of a job",
        "publish_bundle",
        "s3",
        lambda s3, stack: s3.put_object(
            Bucket=stack.outputs["AgencyBucket"], Key="agencies/riverton/riverton/jobs/1", Body=b"x"
        ),
    ),
    (
        "nor decide on a model",
        "publish_bundle",
        "s3",
        lambda s3, stack: s3.put_object(
            Bucket=stack.outputs["LearningBucket"],
            Key="learning/riverton/after/start",
            Body=b"x",
            IfNoneMatch="*",
        ),
    ),
    (
        "nor sign a checkpoint that has its own bundle",
        "publish_bundle",
        "kms",
        lambda kms, stack: kms.sign(
            KeyId=stack.outputs["LedgerKeyId"], Message=b"x", SigningAlgorithm="ED25519_SHA_512"
        ),
    ),
    (
        "nor give an entry its place",
        "publish_bundle",
        "dynamodb",
        lambda db, stack: db.put_item(TableName=stack.outputs["LedgerTable"], Item=row("head", "head")),
    ),
    (
        "nor order anything of itself",
        "publish_bundle",
        "dynamodb",
        lambda db, stack: db.put_item(
            TableName=stack.outputs["AgencyTable"], Item=row("riverton#jobs#riverton", "x")
        ),
    ),
    (
        "nor take an order back",
        "publish_bundle",
        "dynamodb",
        lambda db, stack: db.delete_item(
            TableName=stack.outputs["AgencyTable"], Key=row("riverton#jobs#riverton", "x")
        ),
    ),
    (
        "nor read what was proposed, and by whom",
        "publish_bundle",
        "dynamodb",
        lambda db, stack: db.get_item(
            TableName=stack.outputs["AgencyTable"], Key=row("riverton#proposals#riverton", "x")
        ),
    ),
    (
        "nor list who ordered what",
        "publish_bundle",
        "dynamodb",
        lambda db, stack: db.query(
            TableName=stack.outputs["AgencyTable"],
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": "riverton#jobs#riverton"}},
        ),
    ),
    (
        "nor ask itself for more",
        "publish_bundle",
        "sqs",
        lambda sqs, stack: sqs.send_message(QueueUrl=stack.outputs["JobQueueUrl"], MessageBody="{}"),
    ),
    (
        "nor see a citizen's record",
        "publish_bundle",
        "dynamodb",
        lambda db, stack: db.scan(TableName=stack.outputs["SidecarTable"]),
    ),
    (
        "who makes models cannot order what it sends on",
        "page_model",
        "dynamodb",
        lambda db, stack: db.put_item(
            TableName=stack.outputs["AgencyTable"], Item=row("riverton#jobs#riverton", "x")
        ),
    ),
    (
        "nor publish what it made",
        "page_model",
        "s3",
        lambda s3, stack: s3.put_object(
            Bucket=stack.outputs["SiteBucket"],
            Key=f"nearside/riverton/files/{'0' * 64}",
            Body=b"x",
            IfNoneMatch="*",
        ),
    ),
    (
        "nor sign it",
        "page_model",
        "kms",
        lambda kms, stack: kms.sign(
            KeyId=stack.outputs["AgencyKeyId"], Message=b"x", SigningAlgorithm="ED25519_SHA_512"
        ),
    ),
    (
        "nor write over what an agency approved",
        "page_model",
        "s3",
        lambda s3, stack: s3.put_object(
            Bucket=stack.outputs["AgencyBucket"],
            Key=f"agencies/riverton/riverton/files/{'0' * 64}",
            Body=b"x",
        ),
    ),
    (
        "nor say what became of a job",
        "page_model",
        "s3",
        lambda s3, stack: s3.put_object(
            Bucket=stack.outputs["AgencyBucket"],
            Key="agencies/riverton/riverton/jobs/1",
            Body=b"x",
            IfNoneMatch="*",
        ),
    ),
    (
        "nor read what devices added",
        "page_model",
        "s3",
        lambda s3, stack: s3.get_object(Bucket=stack.outputs["ReleaseBucket"], Key="releases/x/y.json"),
    ),
    (
        "nor read what was proposed of models",
        "page_model",
        "s3",
        lambda s3, stack: s3.get_object(
            Bucket=stack.outputs["LearningBucket"], Key=f"learning/riverton/files/{'0' * 64}"
        ),
    ),
    (
        "no other function signs a bundle",
        "decide_model",
        "kms",
        lambda kms, stack: kms.sign(
            KeyId=stack.outputs["AgencyKeyId"], Message=b"x", SigningAlgorithm="ED25519_SHA_512"
        ),
    ),
    (
        "and health can do nothing at all",
        "health",
        "s3",
        lambda s3, stack: s3.list_buckets(),
    ),
]  # fmt: skip
