"""Makes the tables, buckets, queues and keys that a template describes, unless they are there."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from consent_ledger.errors import Malformed, Refused
from nearside.local.intrinsics import Resolver
from nearside.local.ministack_calls import KEPT
from nearside.local.names import LocalValues, physical_name
from nearside.local.played import check_played
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
        "AWS::CloudFront::OriginRequestPolicy",
        "AWS::CloudFront::ResponseHeadersPolicy",
        "AWS::Cognito::UserPool",
        "AWS::Cognito::UserPoolClient",
        "AWS::Serverless::Function",
        "AWS::Serverless::HttpApi",
    }
)
"""Types that the runtime itself plays the part of."""

WITHOUT_MEANING: Final = frozenset(
    {
        "AWS::CloudFront::OriginAccessControl",
        "AWS::CloudWatch::Alarm",
        "AWS::CloudWatch::Dashboard",
        "AWS::Cognito::UserPoolDomain",
        "AWS::Cognito::UserPoolGroup",
        "AWS::Cognito::UserPoolResourceServer",
        "AWS::IAM::Role",
        "AWS::Logs::LogGroup",
        "AWS::Logs::MetricFilter",
        "AWS::S3::BucketPolicy",
        "AWS::SNS::Subscription",
        "AWS::SNS::Topic",
        "AWS::SNS::TopicPolicy",
    }
)
"""Types that guard or watch an account; here everything belongs to one user of one machine."""

_TABLE_SHAPES: Final = ("KeySchema", "GlobalSecondaryIndexes", "LocalSecondaryIndexes")
_TABLE_PARAMETERS: Final = ("AttributeDefinitions", "BillingMode", *_TABLE_SHAPES)
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
    """Make everything else.

    Raises `Malformed` for a type, and `Refused` for a property, that nobody here plays the part of.
    """
    resolver = Resolver(values)
    check_played(root, resolver)
    wakes = _that_only_wake(root, resolver)
    makers: dict[str, Callable[[Resource, dict[str, Any]], None]] = {
        "AWS::DynamoDB::Table": lambda resource, properties: _table(resource, properties, dynamodb),
        "AWS::S3::Bucket": lambda resource, properties: _bucket(resource, s3),
        "AWS::SQS::Queue": lambda resource, properties: _queue(
            resource, properties, sqs, is_kept=values.attribute(resource, "Arn") not in wakes
        ),
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
    asked: Any = {each: properties[each] for each in _TABLE_PARAMETERS if each in properties}
    try:
        dynamodb.create_table(TableName=name, **asked)
    except dynamodb.exceptions.ResourceInUseException:
        _check_table(resource, asked, dynamodb.describe_table(TableName=name)["Table"])
        return
    dynamodb.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 10})
    if "TimeToLiveSpecification" in properties:
        dynamodb.update_time_to_live(
            TableName=name, TimeToLiveSpecification=properties["TimeToLiveSpecification"]
        )


def _check_table(resource: Resource, asked: Mapping[str, Any], there: Any) -> None:
    """Raise `Refused` when the state holds the table with other keys or indexes than the template's."""
    for kind in _TABLE_SHAPES:
        if _shape(asked.get(kind, [])) != _shape(there.get(kind, [])):
            raise Refused(
                f"state: {resource.path} was made with another {kind}; export the folder with the version "
                "that made it, and begin anew"
            )


def _shape(rows: list[dict[str, Any]]) -> list[str]:
    """What identifies keys and indexes, whatever a service adds to them."""
    return sorted(
        json.dumps([row.get("IndexName"), row.get("KeySchema"), row.get("AttributeName"), row.get("KeyType")])
        for row in rows
    )


def _bucket(resource: Resource, s3: S3Client) -> None:
    name = physical_name(resource)
    if name not in {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}:
        s3.create_bucket(Bucket=name)


def _that_only_wake(root: Scope, resolver: Resolver) -> frozenset[str]:
    """The ARNs of queues whose messages may be lost: the clock calls whoever reads them too."""
    found: set[str] = set()
    for function in walk(root):
        events = function.properties.get("Events", {}).values()
        if resolver.exists(function) and any(event["Type"] == "Schedule" for event in events):
            asked = [event["Properties"]["Queue"] for event in events if event["Type"] == "SQS"]
            found.update(resolver.resolve(each, function.scope) for each in asked)
    return frozenset(found)


def _queue(resource: Resource, properties: dict[str, Any], sqs: SQSClient, *, is_kept: bool) -> None:
    name = physical_name(resource)
    attributes: Any = {each: str(properties[each]) for each in _QUEUE_ATTRIBUTES if each in properties}
    if "RedrivePolicy" in properties:
        redrive = properties["RedrivePolicy"]
        attributes["RedrivePolicy"] = (
            f'{{"deadLetterTargetArn":"{redrive["deadLetterTargetArn"]}",'
            f'"maxReceiveCount":"{redrive["maxReceiveCount"]}"}}'
        )
    try:
        url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    except sqs.exceptions.QueueNameExists:
        # An earlier version of the template made it; messages in it stay.
        url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
        sqs.set_queue_attributes(QueueUrl=url, Attributes=attributes)
    if is_kept:
        sqs.tag_queue(QueueUrl=url, Tags={KEPT: ""})
    else:
        sqs.untag_queue(QueueUrl=url, TagKeys=[KEPT])


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
