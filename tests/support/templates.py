"""The templates as tests look into them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nearside.local.template import Resource, load, walk

ROOT = Path(__file__).resolve().parent.parent.parent


def resources(*kinds: str) -> list[Resource]:
    """What the deployment has of these types, and a witness beside it."""
    roots = (load(ROOT / "template.yaml"), load(ROOT / "infra" / "witness.yaml", stack="witness"))
    return [each for root in roots for each in walk(root) if each.type in kinds]


def functions() -> list[Resource]:
    """Every function of ours."""
    return resources("AWS::Serverless::Function")


def by_name(resource: Resource, name: str) -> Resource:
    """What a resource's own template calls by this name."""
    return resource.scope.resources[name]


def role_of(function: Resource) -> Resource:
    """The role that a function runs in."""
    return by_name(function, function.properties["Role"]["Fn::GetAtt"][0])


def statements(role: Resource, effect: str = "Allow") -> Iterator[dict[str, Any]]:
    """Every statement of a role's policies with this effect."""
    for policy in role.properties["Policies"]:
        yield from (each for each in policy["PolicyDocument"]["Statement"] if each["Effect"] == effect)


def listed(value: str | list[str]) -> list[str]:
    """What may be written as one, as a list."""
    return value if isinstance(value, list) else [value]
