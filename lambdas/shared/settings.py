"""What a function is told by its template: its environment, and nothing else.

On AWS every function has a process of its own and this is `os.environ`. On one machine several
functions share a process; there the runtime hands each of them exactly the variables that its
template names, so that a variable missing from the template is missing on one machine as well.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Final, Self

_ENVIRONMENT: Final[ContextVar[Mapping[str, str]]] = ContextVar("environment")


class SettingMissing(LookupError):
    """The template does not name a variable that the function needs."""


@contextmanager
def environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Run the body of a `with` under these variables instead of the process's own."""
    token = _ENVIRONMENT.set(variables)
    try:
        yield
    finally:
        _ENVIRONMENT.reset(token)


def variable(name: str) -> str:
    """Return a variable's value. Raises `SettingMissing`."""
    value = optional(name)
    if value is None:
        raise SettingMissing(f"settings: {name} is not set")
    return value


def optional(name: str) -> str | None:
    """Return a variable's value, or None when it is absent or empty."""
    return _ENVIRONMENT.get(os.environ).get(name) or None


def listed(name: str) -> tuple[str, ...]:
    """Return the values of a variable that lists them, parted by commas; "none" lists none.

    Raises `SettingMissing`.
    """
    value = variable(name)
    return () if value == "none" else tuple(value.split(","))


@dataclass(frozen=True, slots=True)
class AwsSettings:
    """Where AWS is: a region, and on one machine an endpoint with the credentials that it expects."""

    region: str
    endpoint_url: str | None = None
    access_key: str | None = None
    secret_key: str | None = None

    @classmethod
    def read(cls) -> Self:
        """Read the variables that Lambda itself sets, or those of the machine's own runtime."""
        endpoint_url = optional("AWS_ENDPOINT_URL")
        if endpoint_url is None:
            return cls(variable("AWS_REGION"))
        return cls(
            variable("AWS_REGION"),
            endpoint_url=endpoint_url,
            access_key=variable("AWS_ACCESS_KEY_ID"),
            secret_key=variable("AWS_SECRET_ACCESS_KEY"),
        )

    @classmethod
    def read_for(cls, service: str) -> Self:
        """Read the same for one service, by the SDK's name for it: it may be elsewhere than the others."""
        settings = cls.read()
        elsewhere = optional(f"AWS_ENDPOINT_URL_{service}")
        return replace(settings, endpoint_url=elsewhere or settings.endpoint_url)
