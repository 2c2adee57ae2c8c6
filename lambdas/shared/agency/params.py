"""What a route asks for beside its path: a query, a header or the body, and what it is held to.

A parameter of a route is `Annotated` with one of these; without one it is the body where it is a model, and a
part of the path otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Place(StrEnum):
    """Where of a request a parameter is read."""

    PATH = "path"
    QUERY = "query"
    HEADER = "header"
    BODY = "body"


@dataclass(frozen=True, slots=True)
class Param:
    """A place, a name there where it is not the parameter's own, and arguments of Pydantic's `Field`."""

    place: Place
    name: str = ""
    held: tuple[tuple[str, Any], ...] = ()


def query(**held: Any) -> Param:
    """A parameter of the query."""
    return Param(Place.QUERY, held=tuple(held.items()))


def header(name: str, **held: Any) -> Param:
    """A header, by a name in whatever case."""
    return Param(Place.HEADER, name.lower(), tuple(held.items()))


def body(**held: Any) -> Param:
    """The body, where it is no model."""
    return Param(Place.BODY, held=tuple(held.items()))
