"""Which parts of a template mean something on one machine, and which mean nothing; all others are refused.

A property that nobody plays would be a promise that holds on AWS and not here, or the other way round: a
stream that nothing reads, a public address of a function's own, a filter that lets everything through.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from consent_ledger.errors import Refused
from nearside.local.intrinsics import Resolver
from nearside.local.template import Resource, Scope, walk

PLAYED: Final[Mapping[str, frozenset[str]]] = {
    "AWS::DynamoDB::Table": frozenset(
        {"AttributeDefinitions", "BillingMode", "GlobalSecondaryIndexes", "KeySchema",
         "LocalSecondaryIndexes", "TimeToLiveSpecification"}
    ),
    "AWS::KMS::Key": frozenset({"KeySpec", "KeyUsage"}),
    "AWS::S3::Bucket": frozenset(),
    "AWS::SQS::Queue": frozenset(
        {"DelaySeconds", "MessageRetentionPeriod", "RedrivePolicy", "VisibilityTimeout"}
    ),
    "AWS::Serverless::Function": frozenset(
        {"DeadLetterQueue", "Environment", "EventInvokeConfig", "Events", "Handler", "LoggingConfig",
         "MemorySize", "Role", "Timeout"}
    ),
}  # fmt: skip
"""The properties that are played, of the types that the runtime makes something of."""

WITHOUT_MEANING: Final[Mapping[str, frozenset[str]]] = {
    "AWS::DynamoDB::Table": frozenset(
        # Who deletes or reads a table, where it is copied and how it is sealed are an account's matter.
        {"ContributorInsightsSpecification", "DeletionProtectionEnabled", "PointInTimeRecoverySpecification",
         "ResourcePolicy", "SSESpecification", "TableClass", "Tags"}
    ),
    "AWS::KMS::Key": frozenset(
        {"Description", "EnableKeyRotation", "KeyPolicy", "PendingWindowInDays", "RotationPeriodInDays",
         "Tags"}
    ),
    "AWS::S3::Bucket": frozenset(
        {"BucketEncryption", "OwnershipControls", "PublicAccessBlockConfiguration", "Tags"}
    ),
    "AWS::SQS::Queue": frozenset(
        {"KmsDataKeyReusePeriodSeconds", "KmsMasterKeyId", "SqsManagedSseEnabled", "Tags"}
    ),
    "AWS::Serverless::Function": frozenset(
        # One version of the code runs here, in one process, whose threads are the most that run at once.
        {"Architectures", "AutoPublishAlias", "CodeUri", "DeploymentPreference", "Description",
         "EphemeralStorage", "ReservedConcurrentExecutions", "Runtime", "Tags"}
    ),
}  # fmt: skip
"""The properties that guard, watch or describe, where there is one user of one machine."""

EVENTS: Final[Mapping[str, frozenset[str]]] = {
    "HttpApi": frozenset({"ApiId", "Auth", "Method", "Path", "PayloadFormatVersion"}),
    "SQS": frozenset(
        # No more than one batch at a time is taken here, which keeps within any most.
        {"BatchSize", "Enabled", "FunctionResponseTypes", "Queue", "ScalingConfig"}
    ),
    # Delivering to a function never fails here: what a rule would do then is never done.
    "Schedule": frozenset(
        {"DeadLetterConfig", "Description", "Enabled", "Name", "RetryPolicy", "Schedule", "State"}
    ),
}  # fmt: skip
"""What calls a function, and what may be said of it."""


def check_played(root: Scope, resolver: Resolver) -> None:
    """Raise `Refused`, by the resource's name, for what a template asks of somebody who is not here."""
    for resource in walk(root):
        if resource.type in PLAYED and resolver.exists(resource):
            known = PLAYED[resource.type] | WITHOUT_MEANING[resource.type]
            _check(f"{resource.path} has", resource.properties, known)
            _check_events(resource)


def _check_events(resource: Resource) -> None:
    for event in resource.properties.get("Events", {}).values():
        kind = event["Type"]
        if kind not in EVENTS:
            raise Refused(f"template: {resource.path} waits for {kind}, which nobody plays here")
        _check(f"{resource.path} waits for {kind} with", event.get("Properties", {}), EVENTS[kind])
    config = resource.properties.get("EventInvokeConfig", {})
    _check(f"{resource.path} has EventInvokeConfig with", config, {"MaximumRetryAttempts"})


def _check(whose: str, written: Iterable[str], known: Iterable[str]) -> None:
    unknown = sorted(set(written) - set(known))
    if unknown:
        raise Refused(f"template: {whose} {unknown[0]}, which nobody plays here")
