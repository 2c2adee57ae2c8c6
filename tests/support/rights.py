"""What roles grant, and which calls functions make under them: to find what is granted and never used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final

from lambdas.shared import clients
from lambdas.shared.settings import AwsSettings, environment
from nearside.local.functions import LocalFunction
from nearside.local.intrinsics import Resolver
from nearside.local.names import ACCOUNT, REGION
from nearside.local.template import Resource
from tests.support.templates import listed, role_of, statements

_TRANSACTED: Final = {
    "ConditionCheck": "ConditionCheckItem",
    "Delete": "DeleteItem",
    "Get": "GetItem",
    "Put": "PutItem",
    "Update": "UpdateItem",
}
_SAME: Final = {"s3:HeadObject": "s3:GetObject", "s3:ListObjectsV2": "s3:ListBucket"}
_POLLED: Final = ("DeleteMessage", "GetQueueAttributes", "ReceiveMessage")
_MISSING: Final = {"NoSuchKey", "404"}


@dataclass(frozen=True, slots=True)
class Use:
    """One right that a call made use of; `row` is the partition key that it named, if any."""

    action: str
    resource: str
    row: str | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """One action on one resource, and on rows whose partition key is like one of `rows`; all, for none."""

    action: str
    resource: str
    rows: tuple[str, ...] = ()

    def covers(self, use: Use) -> bool:
        """Whether it is this grant that the call rests on."""
        if use.action != self.action or not fnmatchcase(use.resource, self.resource):
            return False
        return not self.rows or any(fnmatchcase(use.row or "", row) for row in self.rows)


def grants_of(function: Resource, resolver: Resolver) -> Iterator[Grant]:
    """What a function's role grants to its code: Lambda's own work in that role is left out."""
    for statement in statements(role_of(function)):
        told = resolver.resolve(statement, function.scope)
        rows = told.get("Condition", {}).get("ForAllValues:StringLike", {}).get("dynamodb:LeadingKeys", [])
        for action in listed(told["Action"]):
            for resource in listed(told["Resource"]):
                if (action, resource) not in set(_by_lambda_itself(function, resolver)):
                    yield Grant(action, resource, tuple(listed(rows)))


def _by_lambda_itself(function: Resource, resolver: Resolver) -> Iterator[tuple[str, str]]:
    logs = resolver.resolve({"Fn::GetAtt": [function.properties["LoggingConfig"]["LogGroup"]["Ref"], "Arn"]},
                            function.scope)  # fmt: skip
    yield from ((f"logs:{action}", logs) for action in ("CreateLogStream", "PutLogEvents"))
    for event in function.properties.get("Events", {}).values():
        if event["Type"] == "SQS":
            queue = resolver.resolve(event["Properties"]["Queue"], function.scope)
            yield from (
                (f"sqs:{action}", queue)
                for action in ("DeleteMessage", "GetQueueAttributes", "ReceiveMessage")
            )
    if "DeadLetterQueue" in function.properties:
        target = resolver.resolve(function.properties["DeadLetterQueue"]["TargetArn"], function.scope)
        yield "sqs:SendMessage", target


def listen(function: LocalFunction, heard: set[Use]) -> None:
    """Write down which rights a function's calls use from now on: its clients are its own, as its key is."""
    with environment(function.variables):
        settings = AwsSettings.read()
    for client in (
        clients.dynamodb(settings),
        clients.s3(settings),
        clients.sqs(settings),
        clients.kms(settings),
    ):

        def asked(params: Any, context: Any, **_: Any) -> None:
            context["asked"] = params

        def answered(model: Any, parsed: Any, context: Any, **_: Any) -> None:
            code = parsed.get("Error", {}).get("Code")
            service = model.service_model.service_name
            heard.update(uses(service, model.name, context["asked"], code))

        client.meta.events.register("provide-client-params", asked)
        client.meta.events.register("after-call", answered)


def uses(service: str, operation: str, params: Mapping[str, Any], code: str | None) -> Iterator[Use]:
    """Which rights AWS asks for when this call is made (its service authorisation reference)."""
    match service:
        case "dynamodb":
            yield from _of_tables(operation, params)
        case "s3":
            bucket = f"arn:aws:s3:::{params['Bucket']}"
            action = _SAME.get(f"s3:{operation}", f"s3:{operation}")
            yield Use(action, bucket if action == "s3:ListBucket" else f"{bucket}/{params['Key']}")
            if action == "s3:GetObject" and code in _MISSING:
                # Without it S3 would say that it may not tell.
                yield Use("s3:ListBucket", bucket)
        case "sqs":
            queue = params["QueueUrl"].rpartition("/")[2]
            yield Use(f"sqs:{operation}", f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}")
        case _:
            key = params["KeyId"].rpartition("/")[2]
            yield Use(f"kms:{operation}", f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{key}")


def _of_tables(operation: str, params: Mapping[str, Any]) -> Iterator[Use]:
    for item in params.get("TransactItems", ()):
        for kind, part in item.items():
            yield _of_row(_TRANSACTED[kind], part["TableName"], part.get("Key") or part["Item"])
    for table, rows in params.get("RequestItems", {}).items():
        for row in rows["Keys"] if isinstance(rows, dict) else rows:
            key = row.get("PutRequest", {}).get("Item") or row.get("DeleteRequest", {}).get("Key") or row
            yield _of_row(operation, table, key)
    if operation == "Query":
        values = params["ExpressionAttributeValues"]
        named = params["KeyConditionExpression"].partition("=")[2].split()[0]
        yield _of_row(operation, params["TableName"], {"pk": values[named]})
    elif "TableName" in params:
        yield _of_row(operation, params["TableName"], params.get("Key") or params["Item"])


def _of_row(operation: str, table: str, key: Mapping[str, Any]) -> Use:
    (row,) = key["pk"].values()
    return Use(f"dynamodb:{operation}", f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{table}", str(row))


def unused(grants: Iterable[Grant], heard: set[Use]) -> list[str]:
    """What is granted and was never used: actions on resources, and kinds of row."""
    grants = tuple(grants)
    found = {
        f"{grant.action} on {grant.resource}"
        for grant in grants
        if not any(grant.covers(use) for use in heard)
    }
    for grant in grants:
        for row in grant.rows:
            same = [each for each in grants if (each.resource, each.rows) == (grant.resource, grant.rows)]
            if not any(
                each.covers(use) and fnmatchcase(use.row or "", row) for each in same for use in heard
            ):
                found.add(f"rows {row} of {grant.resource}")
    return sorted(found)
