"""AWS clients, made once for each place that AWS can be."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.loaders import Loader, create_loader

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

    from lambdas.shared.settings import AwsSettings


def dynamodb(settings: AwsSettings) -> DynamoDBClient:
    """Return the DynamoDB client."""
    client: DynamoDBClient = _client("dynamodb", settings)
    return client


def s3(settings: AwsSettings) -> S3Client:
    """Return the S3 client."""
    client: S3Client = _client("s3", settings)
    return client


def sqs(settings: AwsSettings) -> SQSClient:
    """Return the SQS client."""
    client: SQSClient = _client("sqs", settings)
    return client


def kms(settings: AwsSettings) -> KMSClient:
    """Return the KMS client."""
    client: KMSClient = _client("kms", settings)
    return client


def cognito(settings: AwsSettings) -> CognitoIdentityProviderClient:
    """Return the client of Cognito's user pools."""
    client: CognitoIdentityProviderClient = _client("cognito-idp", settings)
    return client


def session(settings: AwsSettings) -> boto3.session.Session:
    """Return a new session: boto3's default one is not safe to share between threads.

    What AWS's services are is read once for all sessions; each would take ten megabytes a service for it.
    """
    core = botocore.session.Session()
    core.register_component("data_loader", _descriptions())
    return boto3.session.Session(
        aws_access_key_id=settings.access_key,
        aws_secret_access_key=settings.secret_key,
        region_name=settings.region,
        botocore_session=core,
    )


@cache
def _descriptions() -> Loader:
    return create_loader()


@cache
def _client(service: str, settings: AwsSettings) -> Any:
    config = Config(
        connect_timeout=2,
        read_timeout=10,
        retries={"mode": "standard", "max_attempts": 4},
        max_pool_connections=32,
        s3={"addressing_style": "path"} if settings.endpoint_url else None,
    )
    client = session(settings).client(service, endpoint_url=settings.endpoint_url, config=config)  # type: ignore[call-overload]  # the stubs overload on literal names
    # Loaded before threads share it: two that load at once get two kinds of each error, and catch neither.
    _ = client.exceptions
    return client
