"""A deployment as its deployer reaches it: its shelf of public files, its signers, its ledger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from consent_ledger.keys import KeyList
from consent_ledger.note import VerifierKey
from lambdas.shared.kms_signer import KmsSigner
from lambdas.shared.ledger_documents import S3Documents
from lambdas.shared.ledger_storage import DynamoS3Storage
from lambdas.shared.publishing.deployed_log import DeployedLog
from lambdas.shared.publishing.site_shelf import S3Shelf
from lambdas.shared.wake import waker
from nearside.keys_in_force import agency_signer, keys_in_force, ledger_signer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

    from nearside.local.stack import Stack


@dataclass(frozen=True, slots=True)
class Deployment:
    """The outputs of a deployed stack, and clients that may use them."""

    outputs: Mapping[str, str]
    s3: S3Client
    dynamodb: DynamoDBClient
    kms: KMSClient
    sqs: SQSClient

    @classmethod
    def of(cls, stack: Stack) -> Deployment:
        """The deployment that runs on this machine."""
        return cls(
            stack.outputs,
            s3=stack.client("s3"),
            dynamodb=stack.client("dynamodb"),
            kms=stack.client("kms"),
            sqs=stack.client("sqs"),
        )

    @property
    def shelf(self) -> S3Shelf:
        """Where public files go."""
        return S3Shelf(self.s3, self.outputs["SiteBucket"])

    def agency_signer(self) -> KmsSigner:
        """The signer of bundles, named after the agency."""
        return agency_signer(self.outputs, self.kms)

    def ledger_signer(self) -> KmsSigner:
        """The signer of checkpoints, whose name is the ledger's origin."""
        return ledger_signer(self.outputs, self.kms)

    def keys(self) -> KeyList:
        """The keys in force, as they are logged."""
        return keys_in_force(self.outputs, self.kms)

    @property
    def ledger(self) -> DynamoS3Storage:
        """The log's store."""
        return DynamoS3Storage(
            self.outputs["LedgerTable"],
            self.outputs["LedgerBucket"],
            dynamodb_client=self.dynamodb,
            s3_client=self.s3,
        )

    def approvers(self) -> tuple[VerifierKey, ...]:
        """Those who may decide on models now. Raises `Malformed` for what is no key."""
        listed = self.outputs["ApproverKeys"]
        return () if listed == "none" else tuple(VerifierKey.parse(vkey) for vkey in listed.split(","))

    @property
    def log(self) -> DeployedLog:
        """The ledger, for whoever has something to log."""
        documents_shelf = S3Documents(self.s3, self.outputs["LedgerBucket"])
        return DeployedLog(self.ledger, documents_shelf, waker(self.sqs, self.outputs["WakeQueueUrl"]))
