"""Gives each function an identity with its role's policies, so that what a role forbids fails here too."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from consent_ledger.errors import Malformed
from nearside.local.intrinsics import Resolver
from nearside.local.names import physical_name
from nearside.local.template import Resource, Scope, walk


@dataclass(frozen=True, slots=True)
class Identity:
    """An access key that stands for one role; it ends with the next start."""

    access_key: str
    secret_key: str

    def variables(self) -> Mapping[str, str]:
        """Return what Lambda would put into the function's environment."""
        return {"AWS_ACCESS_KEY_ID": self.access_key, "AWS_SECRET_ACCESS_KEY": self.secret_key}


def make_identities(root: Scope, resolver: Resolver, client: Any) -> dict[str, Identity]:
    """Make one identity for each function, by the function's path.

    Raises `Malformed` for a function whose role is not in its own template.
    """
    return {
        resource.path: _identity(role_of(resource), resolver, client)
        for resource in walk(root)
        if resource.type == "AWS::Serverless::Function" and resolver.exists(resource)
    }


def role_of(function: Resource) -> Resource:
    """Return the role that a function runs in. Raises `Malformed` for one that is not in its own template."""
    match function.properties.get("Role"):
        case {"Fn::GetAtt": [str(logical_id), "Arn"]} if logical_id in function.scope.resources:
            return function.scope.resources[logical_id]
        case _:
            raise Malformed(f"template: {function.path} has no role of its own template")


def _identity(role: Resource, resolver: Resolver, client: Any) -> Identity:
    name = physical_name(role)
    try:
        client.create_user(UserName=name)
    except client.exceptions.EntityAlreadyExistsException:
        for old in client.list_access_keys(UserName=name)["AccessKeyMetadata"]:
            client.delete_access_key(UserName=name, AccessKeyId=old["AccessKeyId"])
        for policy in client.list_user_policies(UserName=name)["PolicyNames"]:
            client.delete_user_policy(UserName=name, PolicyName=policy)
    for policy in resolver.resolve(role.properties["Policies"], role.scope):
        client.put_user_policy(
            UserName=name,
            PolicyName=policy["PolicyName"],
            PolicyDocument=json.dumps(policy["PolicyDocument"]),
        )
    made = client.create_access_key(UserName=name)["AccessKey"]
    return Identity(made["AccessKeyId"], made["SecretAccessKey"])
