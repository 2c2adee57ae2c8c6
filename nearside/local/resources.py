"""Makes the tables, buckets, queues and keys that a template describes, unless they are there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

from consent_ledger.errors import Malformed
from nearside.local.intrinsics import Resolver
from nearside.local.names import LocalValues, physical_name
from nearside.local.template import Resource, Scope, walk

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

PLAYED: Final = frozenset(
    {
        "AWS::CloudFront::CachePolicy",
        "AWS::CloudFront::Distribution",
        "AWS::CloudFront::Function",
        "AWS::CloudFront::ResponseHeadersPolicy",
        "AWS::Serverless::Function",
        "AWS::Serverless::HttpApi",
    }
)
"""Types that the runtime itself plays the part of."""

WITHOUT_MEANING: Final = frozenset(
    {
        "AWS::CloudFront::OriginAccessControl",
        "AWS::CloudWatch::Alarm",
        "AWS::IAM::Role",
        "AWS::Logs::LogGroup",
        "AWS::S3::BucketPolicy",
    }
)
"""Types that guard or watch an account; here everything belongs to one user of one machine."""

_QUEUE_ATTRIBUTES: Final = ("VisibilityTimeout", "MessageRetentionPeriod", "DelaySeconds")


def make_keys(root: Scope, kms: KMSClient) -> dict[str, str]:
    """Make the keys that are not there yet; return the id of each by its resource's path."""
    return {resource.path: _key(resource, kms) for resource in walk(root) if resource.type == "AWS::KMS::Key"}


def make_resources(
    root: Scope,
    values: LocalValues,
    *,
    dynamodb: DynamoDBClient,
    s3: S3Client,
    sqs: SQSClient,
) -> None:
    """Make everything else. Raises `Malformed` for a type that nobody here plays the part of."""
    resolver = Resolver(values)
    makers: dict[str, Callable[[Resource, dict[str, Any]], None]] = {
        "AWS::DynamoDB::Table": lambda resource, properties: _table(resource, properties, dynamodb),
        "AWS::S3::Bucket": lambda resource, properties: _bucket(resource, s3),
        "AWS::SQS::Queue": lambda resource, properties: _queue(resource, properties, sqs),
    }
    for resource in _dead_letter_queues_first(root):
        if not resolver.exists(resource) or resource.type in PLAYED | WITHOUT_MEANING | {"AWS::KMS::Key"}:
            continue
        if resource.type not in makers:
            raise Malformed(f"template: {resource.path} is a {resource.type}, which nobody plays here")
        makers[resource.type](resource, resolver.properties(resource))


def _dead_letter_queues_first(root: Scope) -> Iterator[Resource]:
    # A queue may only name another that is there.
    return iter(sorted(walk(root), key=lambda resource: "RedrivePolicy" in resource.properties))


def _table(resource: Resource, properties: dict[str, Any], dynamodb: DynamoDBClient) -> None:
    name = physical_name(resource)
    try:
        dynamodb.create_table(
            TableName=name,
            AttributeDefinitions=properties["AttributeDefinitions"],
            KeySchema=properties["KeySchema"],
            BillingMode=properties["BillingMode"],
        )
    except dynamodb.exceptions.ResourceInUseException:
        return
    dynamodb.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 10})
    if "TimeToLiveSpecification" in properties:
        dynamodb.update_time_to_live(
            TableName=name, TimeToLiveSpecification=properties["TimeToLiveSpecification"]
        )


def _bucket(resource: Resource, s3: S3Client) -> None:
    name = physical_name(resource)
    if name not in {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}:
        s3.create_bucket(Bucket=name)


def _queue(resource: Resource, properties: dict[str, Any], sqs: SQSClient) -> None:
    attributes: Any = {name: str(properties[name]) for name in _QUEUE_ATTRIBUTES if name in properties}
    if "RedrivePolicy" in properties:
        redrive = properties["RedrivePolicy"]
        attributes["RedrivePolicy"] = (
            f'{{"deadLetterTargetArn":"{redrive["deadLetterTargetArn"]}",'
            f'"maxReceiveCount":"{redrive["maxReceiveCount"]}"}}'
        )
    sqs.create_queue(QueueName=physical_name(resource), Attributes=attributes)


def _key(resource: Resource, kms: KMSClient) -> str:
    alias = f"alias/{physical_name(resource)}"
    try:
        return kms.describe_key(KeyId=alias)["KeyMetadata"]["KeyId"]
    except kms.exceptions.NotFoundException:
        asked: Any = {
            name: resource.properties[name] for name in ("KeySpec", "KeyUsage") if name in resource.properties
        }
        key_id = kms.create_key(**asked)["KeyMetadata"]["KeyId"]
        kms.create_alias(AliasName=alias, TargetKeyId=key_id)
        return key_id
