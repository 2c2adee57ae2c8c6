"""One route of the agency API: which requests are its, and what of them it is called with."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Final, get_args, get_origin, get_type_hints

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from lambdas.shared.agency.params import Param, Place
from lambdas.shared.agency.problem_json import Invalid

# What RFC 3986 lets a segment have, with what gateways have decoded of it already.
_SEGMENT: Final = r"[-._~()'!*:@,;=+&$%<> \[\]{}|^\w]+"
_NO_DEFAULT: Final = inspect.Parameter.empty
_ORDER: Final = tuple(Place)
_MISSING: Final = "missing"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A parameter of a route's function: its own name, where it is read, and as what."""

    name: str
    param: Param
    annotation: Any
    default: Any

    @property
    def key(self) -> str:
        """What it is called where it is read."""
        return self.param.name or self.name


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path such as `/sites/<site>`, whom they lead to, and what is told of them."""

    method: str
    path: str
    function: Callable[..., Any]
    told: Mapping[str, Any]

    @property
    def is_static(self) -> bool:
        """Whether it is one path alone."""
        return "<" not in self.path

    def parts_of(self, path: str) -> dict[str, str] | None:
        """The parts of a path that is this route's; None for any other."""
        found = _pattern(self.path).fullmatch(path)
        return None if found is None else found.groupdict()

    def read(self, event: Mapping[str, Any], parts: Mapping[str, str]) -> dict[str, Any]:
        """Return what the function is called with. Raises `Invalid`, with everything that is wrong."""
        values: dict[str, Any] = {}
        wrong: list[tuple[tuple[str | int, ...], str]] = []
        for wanted in wanted_by(self.function):
            found = _found(wanted, event, parts)
            place = (wanted.param.place.value,) + (() if wanted.param.place is Place.BODY else (wanted.key,))
            if found is not None:
                try:
                    values[wanted.name] = _adapter(wanted.annotation, wanted.param).validate_python(found)
                except ValidationError as error:
                    wrong += [((*place, *each["loc"]), each["type"]) for each in error.errors()]
            elif wanted.default is _NO_DEFAULT:
                wrong.append((place, _MISSING))
            else:
                values[wanted.name] = wanted.default
        if wrong:
            raise Invalid(tuple(wrong))
        return values


@cache
def wanted_by(function: Callable[..., Any]) -> tuple[Wanted, ...]:
    """Return what a route's function asks for: of the path first, then queries, headers and the body."""
    hints = get_type_hints(function, include_extras=True)
    wanted = (
        _wanted(name, hints[name], each.default)
        for name, each in inspect.signature(function).parameters.items()
    )
    return tuple(sorted(wanted, key=lambda each: _ORDER.index(each.param.place)))


def _wanted(name: str, hint: Any, default: Any) -> Wanted:
    if get_origin(hint) is Annotated:
        annotation, *said = get_args(hint)
        param = next((each for each in said if isinstance(each, Param)), None)
        if param is None:
            raise TypeError(f"route: nothing of lambdas.shared.agency.params says where {name} is read")
        return Wanted(name, param, annotation, default)
    is_model = isinstance(hint, type) and issubclass(hint, BaseModel)
    return Wanted(name, Param(Place.BODY if is_model else Place.PATH), hint, default)


def _found(wanted: Wanted, event: Mapping[str, Any], parts: Mapping[str, str]) -> Any:
    """What a request has of it; None for nothing."""
    match wanted.param.place:
        case Place.PATH:
            return parts.get(wanted.name)
        case Place.QUERY:
            # What is there twice the gateway joins by a comma: one value, which is what it is.
            return (event.get("queryStringParameters") or {}).get(wanted.key)
        case Place.HEADER:
            headers = {str(name).lower(): value for name, value in (event.get("headers") or {}).items()}
            return headers.get(wanted.key)
        case Place.BODY:
            return json.loads(event["body"]) if event.get("body") is not None else None


@cache
def _adapter(annotation: Any, param: Param) -> TypeAdapter[Any]:
    return TypeAdapter(Annotated[annotation, Field(**dict(param.held))] if param.held else annotation)


@cache
def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"<(\w+)>", lambda part: f"(?P<{part[1]}>{_SEGMENT})", path))
