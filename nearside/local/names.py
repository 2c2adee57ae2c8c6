"""What the resources of a deployment are called on one machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from consent_ledger.errors import Malformed
from nearside.local.template import Resource, Scope

ACCOUNT: Final = "000000000000"
REGION: Final = "us-east-1"

_SERVICE: Final = {
    "AWS::DynamoDB::Table": "dynamodb",
    "AWS::IAM::Role": "iam",
    "AWS::KMS::Key": "kms",
    "AWS::Logs::LogGroup": "logs",
    "AWS::SQS::Queue": "sqs",
    "AWS::Serverless::Function": "lambda",
}
_ARN_TAIL: Final = {
    "AWS::DynamoDB::Table": "table/{}",
    "AWS::IAM::Role": "role/{}",
    "AWS::KMS::Key": "key/{}",
    "AWS::Logs::LogGroup": "log-group:{}:*",
    "AWS::SQS::Queue": "{}",
    "AWS::Serverless::Function": "function:{}",
}


def physical_name(resource: Resource) -> str:
    """Name a resource after its place in the templates, in letters that every service takes."""
    return "-".join(("nearside", *resource.scope.path, resource.logical_id)).lower()


@dataclass(frozen=True, slots=True)
class LocalValues:
    """Values of a deployment whose AWS is at `endpoint_url` and whose front door is at `host` (`name:port`).

    `keys` maps the paths of KMS keys to their ids, which KMS gives out; `issuer` is the address of what
    plays the pool of an agency's people.
    """

    endpoint_url: str
    host: str
    keys: Mapping[str, str]
    issuer: str = ""

    def pseudo(self, name: str, scope: Scope) -> str:
        """Return a pseudo parameter. Raises `Malformed` for one without a meaning here."""
        known = {
            "AWS::AccountId": ACCOUNT,
            "AWS::Partition": "aws",
            "AWS::Region": REGION,
            "AWS::StackName": "-".join(("nearside", *scope.path)).lower(),
            "AWS::URLSuffix": "amazonaws.com",
        }
        if name not in known:
            raise Malformed(f"template: {name} means nothing on one machine")
        return known[name]

    def ref(self, resource: Resource) -> str:
        """Return what `Ref` means: a queue's URL, a key's id, otherwise a name."""
        if resource.type == "AWS::SQS::Queue":
            return f"{self.endpoint_url}/{ACCOUNT}/{physical_name(resource)}"
        if resource.type == "AWS::KMS::Key":
            if resource.path not in self.keys:
                raise Malformed(f"template: {resource.path} is used before it is made")
            return self.keys[resource.path]
        return physical_name(resource)

    def attribute(self, resource: Resource, name: str) -> str:
        """Return an attribute. Raises `Malformed` for one that is not known here."""
        match resource.type, name:
            case "AWS::S3::Bucket", "Arn":
                return f"arn:aws:s3:::{physical_name(resource)}"
            case "AWS::KMS::Key", "Arn":
                return self._arn(resource, self.ref(resource))
            case str(kind), "Arn" if kind in _SERVICE:
                return self._arn(resource, physical_name(resource))
            case "AWS::SQS::Queue", "QueueName":
                return physical_name(resource)
            case "AWS::Cognito::UserPool", "ProviderURL" if self.issuer:
                return self.issuer
            case "AWS::CloudFront::Distribution", "DomainName":
                return self.host
            case "AWS::CloudFront::Function", "FunctionMetadata.FunctionARN":
                return physical_name(resource)
            case _:
                raise Malformed(f"template: {resource.path} has no {name} on one machine")

    @staticmethod
    def _arn(resource: Resource, name: str) -> str:
        account = f"{REGION}:{ACCOUNT}" if resource.type != "AWS::IAM::Role" else f":{ACCOUNT}"
        return f"arn:aws:{_SERVICE[resource.type]}:{account}:{_ARN_TAIL[resource.type].format(name)}"
