"""CloudFormation's intrinsic functions, resolved against the values of one machine."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from consent_ledger.errors import Malformed
from nearside.local.template import Expression, Resource, Scope

_PLACEHOLDER: Final = re.compile(r"\$\{(!?)([A-Za-z0-9:.]+)\}")


class Values(Protocol):
    """What the resources of a deployment are called here."""

    def pseudo(self, name: str, scope: Scope) -> str:
        """Return a pseudo parameter such as `AWS::Region`."""

    def ref(self, resource: Resource) -> str:
        """Return what `Ref` means for the resource."""

    def attribute(self, resource: Resource, name: str) -> str:
        """Return one of its attributes."""


class _NoValue:
    """Stands for `AWS::NoValue` until the property around it is dropped."""


@dataclass(frozen=True, slots=True)
class Resolver:
    """Turns expressions into plain values."""

    values: Values

    def properties(self, resource: Resource) -> dict[str, Any]:
        """Resolve all properties of a resource."""
        resolved: dict[str, Any] = self.resolve(resource.properties, resource.scope)
        return resolved

    def exists(self, resource: Resource) -> bool:
        """Say whether the resource's condition, and those of its stacks, hold."""
        if resource.condition is not None and not self._condition(resource.condition, resource.scope):
            return False
        parent = resource.scope.parent
        return parent is None or self.exists(parent.resources[resource.scope.path[-1]])

    def output(self, scope: Scope, name: str) -> Any:
        """Resolve one output of a stack. Raises `Malformed` when it has none of that name."""
        if name not in scope.outputs:
            raise Malformed(f"template: {scope.file.name} has no output {name}")
        return self.resolve(scope.outputs[name]["Value"], scope)

    def resolve(self, expression: Expression, scope: Scope) -> Any:
        """Resolve an expression. Raises `Malformed` for names and functions that are not known."""
        match expression:
            case {"Ref": str(name), **rest} if not rest:
                return self._ref(name, scope)
            case {"Condition": str(name), **rest} if not rest:
                return self._condition(name, scope)
            case dict() if len(expression) == 1 and next(iter(expression)).startswith("Fn::"):
                ((function, argument),) = expression.items()
                return self._call(function, argument, scope)
            case dict():
                resolved = {key: self.resolve(value, scope) for key, value in expression.items()}
                return {key: value for key, value in resolved.items() if value is not _NoValue}
            case list():
                items = (self.resolve(item, scope) for item in expression)
                return [item for item in items if item is not _NoValue]
            case _:
                return expression

    def _call(self, function: str, argument: Expression, scope: Scope) -> Any:
        match function, argument:
            case "Fn::GetAtt", [str(logical_id), str(attribute)]:
                return self._attribute(logical_id, attribute, scope)
            case "Fn::Sub", str(text):
                return self._sub(text, {}, scope)
            case "Fn::Sub", [str(text), dict(names)]:
                return self._sub(text, names, scope)
            case "Fn::Join", [str(separator), parts]:
                return separator.join(self.resolve(parts, scope))
            case "Fn::Select", [index, parts]:
                return self.resolve(parts, scope)[int(index)]
            case "Fn::Split", [str(separator), text]:
                return self.resolve(text, scope).split(separator)
            case "Fn::If", [str(condition), yes, no]:
                return self.resolve(yes if self._condition(condition, scope) else no, scope)
            case "Fn::Equals", [left, right]:
                return str(self.resolve(left, scope)) == str(self.resolve(right, scope))
            case "Fn::Not", [condition]:
                return not self.resolve(condition, scope)
            case "Fn::And", [*conditions]:
                return all(self.resolve(condition, scope) for condition in conditions)
            case "Fn::Or", [*conditions]:
                return any(self.resolve(condition, scope) for condition in conditions)
            case _:
                raise Malformed(f"template: {scope.file.name} uses {function} in a way not known here")

    def _ref(self, name: str, scope: Scope) -> Any:
        if name == "AWS::NoValue":
            return _NoValue
        if name.startswith("AWS::"):
            return self.values.pseudo(name, scope)
        if name in scope.parameters:
            return self._parameter(name, scope)
        return self.values.ref(self._resource(name, scope))

    def _parameter(self, name: str, scope: Scope) -> Any:
        declared = scope.parameters[name]
        if name in scope.arguments:
            value = self.resolve(scope.arguments[name], scope.parent or scope)
        elif "Default" in declared:
            value = declared["Default"]
        else:
            raise Malformed(f"template: {scope.file.name} needs a value for {name}")
        return _allowed(name, value, declared)

    def _attribute(self, logical_id: str, attribute: str, scope: Scope) -> Any:
        if logical_id in scope.children:
            return self.output(scope.children[logical_id], attribute.removeprefix("Outputs."))
        return self.values.attribute(self._resource(logical_id, scope), attribute)

    def _sub(self, text: str, names: Mapping[str, Expression], scope: Scope) -> str:
        def replaced(found: re.Match[str]) -> str:
            literal, name = found.groups()
            if literal:
                return f"${{{name}}}"
            if name in names:
                return str(self.resolve(names[name], scope))
            logical_id, dot, attribute = name.partition(".")
            return str(self._attribute(logical_id, attribute, scope) if dot else self._ref(name, scope))

        return _PLACEHOLDER.sub(replaced, text)

    def _condition(self, name: str, scope: Scope) -> bool:
        if name not in scope.conditions:
            raise Malformed(f"template: {scope.file.name} has no condition {name}")
        return bool(self.resolve(scope.conditions[name], scope))

    @staticmethod
    def _resource(logical_id: str, scope: Scope) -> Resource:
        if logical_id not in scope.resources:
            raise Malformed(f"template: {scope.file.name} has no resource {logical_id}")
        return scope.resources[logical_id]


def check_given(scope: Scope) -> None:
    """Hold what a template is given to what it allows, before anything is started by it.

    Raises `Malformed` for a value that its parameter does not allow.
    """
    for name, value in scope.arguments.items():
        _allowed(name, value, scope.parameters[name])


def _allowed(name: str, value: Any, declared: Mapping[str, Any]) -> str:
    pattern, allowed = declared.get("AllowedPattern"), declared.get("AllowedValues")
    if pattern is not None and re.fullmatch(pattern, str(value)) is None:
        raise Malformed(f"template: {name} does not match its pattern")
    if allowed is not None and value not in allowed:
        raise Malformed(f"template: {name} is not one of its allowed values")
    return str(value)
