"""Which functions may ask the played pool for what: by their own keys, and as their roles say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from nearside.local.functions import LocalFunction
from nearside.local.identities import role_of
from nearside.local.intrinsics import Resolver
from nearside.local.issuer_pool import SERVICE, Caller
from nearside.local.template import Resource, Scope, walk


def callers_of(root: Scope, resolver: Resolver, functions: Mapping[str, LocalFunction]) -> dict[str, Caller]:
    """Return every function whose role speaks of pools, by its access key; `functions` are by their paths."""
    callers = {}
    for resource in walk(root):
        if resource.path not in functions or resource.type != "AWS::Serverless::Function":
            continue
        rights = _Rights(tuple(_statements(resource, resolver)))
        if rights.statements:
            variables = functions[resource.path].variables
            callers[variables["AWS_ACCESS_KEY_ID"]] = Caller(variables["AWS_SECRET_ACCESS_KEY"], rights)
    return callers


class _Rights:
    """What statements about pools allow: an action by its whole name, on a resource by its whole name."""

    def __init__(self, statements: tuple[Mapping[str, Any], ...]) -> None:
        self.statements = statements

    def __call__(self, action: str, resource: str) -> bool:
        """Say whether one allows it, and none denies it; a condition is met by nobody here."""
        told = {
            each["Effect"]
            for each in self.statements
            if action in _listed(each["Action"])
            and resource in _listed(each["Resource"])
            and "Condition" not in each
        }
        return told == {"Allow"}


def _statements(function: Resource, resolver: Resolver) -> Iterator[Mapping[str, Any]]:
    role = role_of(function)
    for policy in role.properties["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            if any(str(action).startswith(f"{SERVICE}:") for action in _listed(statement["Action"])):
                yield resolver.resolve(statement, role.scope)


def _listed(value: Any) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]
