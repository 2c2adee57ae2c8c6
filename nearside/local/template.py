"""SAM templates as they are written: nested stacks opened, nothing resolved yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias

import yaml

from consent_ledger.errors import Malformed

Expression: TypeAlias = Any
"""A YAML value in which `{"Ref": ...}` and `{"Fn::...": ...}` stand for what is not known yet."""

NESTED: Final = "AWS::Serverless::Application"


@dataclass(slots=True)
class Scope:
    """One template file as one stack: `path` is () for the root and the logical ids down to it otherwise.

    `arguments` are expressions in the parent's scope, or plain values in the root's.
    """

    path: tuple[str, ...]
    file: Path
    parent: Scope | None
    arguments: Mapping[str, Expression]
    parameters: Mapping[str, Mapping[str, Any]]
    conditions: Mapping[str, Expression]
    outputs: Mapping[str, Expression]
    resources: dict[str, Resource] = field(default_factory=dict)
    children: dict[str, Scope] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Resource:
    """One resource; `properties` are unresolved and hold the template's globals already."""

    scope: Scope
    logical_id: str
    type: str
    condition: str | None
    properties: Mapping[str, Expression]

    @property
    def path(self) -> str:
        """Name the resource in the whole deployment, such as `Ledger/LedgerTable`."""
        return "/".join((*self.scope.path, self.logical_id))


def load(file: Path, arguments: Mapping[str, str] | None = None, *, stack: str = "") -> Scope:
    """Read a template and, through its nested applications, all others.

    `stack` names one of several stacks beside one another; the names of its resources begin with it.
    Raises `Malformed` when a file is missing, is not YAML, or lacks what every template has.
    """
    return _load(file, path=(stack,) if stack else (), parent=None, arguments=arguments or {})


def walk(scope: Scope) -> Iterator[Resource]:
    """Go through all resources of a stack and its nested stacks, in the order in which they are written."""
    for logical_id, resource in scope.resources.items():
        if logical_id in scope.children:
            yield from walk(scope.children[logical_id])
        else:
            yield resource


def _load(
    file: Path, *, path: tuple[str, ...], parent: Scope | None, arguments: Mapping[str, Expression]
) -> Scope:
    document = _read(file)
    scope = Scope(
        path=path,
        file=file,
        parent=parent,
        arguments=arguments,
        parameters=document.get("Parameters", {}),
        conditions=document.get("Conditions", {}),
        outputs=document.get("Outputs", {}),
    )
    unknown = set(arguments) - set(scope.parameters)
    if unknown:
        raise Malformed(f"template: {file.name} has no parameter {min(unknown)}")
    unplayed = set(document.get("Globals", {})) - {"Function"}
    if unplayed:
        # An authoriser may stand there, for all APIs.
        raise Malformed(f"template: {file.name} has globals of {min(unplayed)}, which nobody plays here")
    shared = document.get("Globals", {}).get("Function", {})
    for logical_id, body in document["Resources"].items():
        properties = dict(body.get("Properties", {}))
        if body["Type"] == "AWS::Serverless::Function":
            properties = {**shared, **properties}
        resource = Resource(scope, logical_id, body["Type"], body.get("Condition"), properties)
        scope.resources[logical_id] = resource
        if resource.type == NESTED:
            scope.children[logical_id] = _load(
                file.parent / properties["Location"],
                path=(*path, logical_id),
                parent=scope,
                arguments=properties.get("Parameters", {}),
            )
    return scope


def _read(file: Path) -> dict[str, Any]:
    try:
        document = yaml.load(file.read_bytes(), _loader())  # noqa: S506  # a SafeLoader with CloudFormation's tags
    except OSError as error:
        raise Malformed(f"template: {file.name} cannot be read") from error
    except yaml.YAMLError as error:
        raise Malformed(f"template: {file.name} is not YAML") from error
    if not isinstance(document, dict) or not isinstance(document.get("Resources"), dict):
        raise Malformed(f"template: {file.name} has no resources")
    return document


def _loader() -> type[yaml.SafeLoader]:
    # libyaml's parser where there is one: a start reads fifteen templates.
    base: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class Loader(base):  # type: ignore[misc, valid-type]  # the same interface, whichever parses
        """YAML in which `!Ref x` is `{"Ref": x}` and `!Sub x` is `{"Fn::Sub": x}`."""

    Loader.add_multi_constructor("!", _construct)
    return Loader


def _construct(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> Expression:
    value: Any
    match node:
        case yaml.ScalarNode():
            value = loader.construct_scalar(node)
        case yaml.SequenceNode():
            value = loader.construct_sequence(node, deep=True)
        case yaml.MappingNode():
            value = loader.construct_mapping(node, deep=True)
        case _:
            raise Malformed("template: a tag on neither scalar, sequence nor mapping")
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": value}
