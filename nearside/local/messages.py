"""HTTP messages on their way between the front door and whoever answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """`path` is as sent, still percent-encoded; header names are lower case, repeated ones joined."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    source_ip: str = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """Header names are lower case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


Answer: TypeAlias = Callable[[HttpRequest], HttpResponse]
